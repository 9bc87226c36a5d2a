// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.cache.WindowFinding.Part;
import io.spanway.streams.Direction;
import io.spanway.streams.LogEntry;
import io.spanway.streams.QueryStats;
import io.spanway.streams.StreamsAnswer;
import io.spanway.streams.StreamsFormatException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Entries that are held and answer a question, all of it or all but one gap. Immutable: whatever
 * becomes of the cache, the answer is of one piece.
 */
public final class HeldLogs {
  private static final int BYTES_PER_ENTRY = 48;

  private final WindowAsk ask;
  private final WindowEntry.Shape shape;
  private final List<Part> parts;
  private final @Nullable WindowQuestion gap;

  HeldLogs(WindowAsk ask, WindowEntry.Shape shape, WindowFinding finding) {
    this.ask = ask;
    this.shape = shape;
    this.parts = finding.parts();
    this.gap = finding.gap();
  }

  /** Returns how many series or streams the parts have. */
  long series() {
    return parts.stream()
        .flatMap(part -> inside(part).stream())
        .map(LogEntry::stream)
        .distinct()
        .count();
  }

  /** Returns how long ago the oldest part was fetched. */
  public Duration age() {
    long oldest = 0;
    for (Part part : parts) {
      oldest = Math.max(oldest, ask.tick() - part.segment().fetchedTick());
    }
    return Duration.ofNanos(oldest);
  }

  /** Returns about how many bytes the entries have in an answer: what it costs to write them. */
  public long bytes() {
    long bytes = 0;
    for (Part part : parts) {
      for (LogEntry entry : inside(part)) {
        bytes += BYTES_PER_ENTRY + entry.line().length();
      }
    }
    return bytes;
  }

  /**
   * Writes the answer as Loki would; the statistics say that nothing was read for it. Takes some
   * milliseconds for a thousand entries.
   */
  public CachedResponse write() {
    return write(null, List.of(), QueryStats.NONE);
  }

  /**
   * Writes the answer with what was missing, whose statistics it has: it is what was read for it.
   *
   * @param fetched the body of the answer about the gap, lent
   * @return null when that is not a whole answer to it, or of another shape
   */
  @Nullable CachedResponse write(WindowQuestion missing, byte[] fetched) {
    StreamsAnswer answer;
    try {
      answer = WindowCodec.read(missing, fetched);
    } catch (StreamsFormatException e) {
      return null;
    }
    WindowEntry.Shape other =
        new WindowEntry.Shape(answer.categorised(), answer.encodingFlags(), shape.contentType());
    if (!answer.warnings().isEmpty()
        || !other.equals(shape)
        || answer.entries().size() > missing.limit()
        || !EntryOrder.isAnswer(answer.entries(), missing)) {
      return null;
    }
    List<LogEntry> between = EntryOrder.oldestFirst(answer.entries(), missing.direction());
    return write(missing, between, answer.stats());
  }

  private CachedResponse write(
      @Nullable WindowQuestion missing, List<LogEntry> fetched, QueryStats stats) {
    WindowQuestion question = ask.question();
    List<LogEntry> entries = new ArrayList<>();
    boolean added = missing == null;
    for (Part part : parts) {
      if (!added && missing != null && isPast(missing, part)) {
        EntryOrder.take(fetched, question.direction(), question.limit(), entries);
        added = true;
      }
      EntryOrder.take(inside(part), question.direction(), question.limit(), entries);
    }
    if (!added) {
      EntryOrder.take(fetched, question.direction(), question.limit(), entries);
    }
    StreamsAnswer answer =
        new StreamsAnswer(
            entries,
            shape.categorised(),
            shape.encodingFlags(),
            List.of(),
            stats.withEntriesReturned(entries.size()));
    HttpHeaders headers =
        DefaultHttpHeadersFactory.headersFactory()
            .newHeaders()
            .set(HttpHeaderNames.CONTENT_TYPE, shape.contentType());
    return new CachedResponse(
        200, headers, WindowCodec.write(question, answer), ask.tick(), ask.tick());
  }

  /** Says whether a part comes after the gap, in the direction asked. */
  private static boolean isPast(WindowQuestion missing, Part part) {
    return missing.direction() == Direction.BACKWARD
        ? part.toNs() <= missing.startNs()
        : part.fromNs() >= missing.endNs();
  }

  private static List<LogEntry> inside(Part part) {
    return part.segment().inside(part.fromNs(), part.toNs());
  }

  /** Returns what is missing; null when nothing is. */
  @Nullable WindowQuestion gap() {
    return gap;
  }
}
