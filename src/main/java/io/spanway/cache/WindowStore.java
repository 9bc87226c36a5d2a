// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.streams.StreamsAnswer;
import io.spanway.streams.StreamsFormatException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Log answers by what they say about stretches of time, in the same store as all answers. Nothing
 * here waits: what another thread changed meanwhile is read again.
 */
final class WindowStore {
  /** Two answers to one query rarely end at once; an answer that loses often is not kept. */
  private static final int TRIES = 8;

  /**
   * Loki refuses answers of many series, 500 unless it is told otherwise, and parts may have more
   * together than each of them.
   */
  private static final int MAX_SERIES = 100;

  private final AnswerStore store;
  private final PurgeLog purges;
  private final SegmentMaker maker;
  private final AtomicLong sequence;
  private final long maxEntry;
  private final long graceNs;

  WindowStore(CacheConfig config, AnswerStore store, PurgeLog purges, AtomicLong sequence) {
    this.store = store;
    this.purges = purges;
    this.maker = new SegmentMaker(config);
    this.sequence = sequence;
    this.maxEntry = config.maxEntry().bytes();
    this.graceNs = config.staleIfError().toNanos();
  }

  /** Returns what is held of an answer; null when nothing that is of use. */
  @Nullable HeldLogs find(WindowAsk ask, boolean stale) {
    StoredAnswer stored = store.held(ask.question().key());
    WindowEntry entry = stored == null ? null : stored.windows();
    if (entry == null) {
      return null;
    }
    WindowFinding finding = entry.find(ask, stale ? graceNs : 0);
    boolean useful = finding.whole() || (finding.gap() != null && !stale);
    HeldLogs logs = useful ? new HeldLogs(ask, entry.shape(), finding) : null;
    boolean many = logs != null && !ask.question().isLogs() && logs.series() > MAX_SERIES;
    return many ? null : logs;
  }

  /**
   * Keeps what an answer says.
   *
   * @param body its decoded body, lent
   * @return false when it is none that can be kept so
   */
  boolean keep(WindowAsk ask, @Nullable String contentType, byte[] body) {
    if (contentType == null || !contentType.toLowerCase(Locale.ROOT).contains("json")) {
      return false;
    }
    StreamsAnswer answer;
    try {
      answer = WindowCodec.read(ask.question(), body);
    } catch (StreamsFormatException e) {
      return false;
    }
    List<Segment> segments = maker.segments(ask, answer);
    if (segments == null || !answer.warnings().isEmpty()) {
      return false;
    }
    WindowEntry.Shape shape =
        new WindowEntry.Shape(answer.categorised(), answer.encodingFlags(), contentType);
    for (int i = 0; i < TRIES; i++) {
      if (purges.hasPurged(ask.question().key(), ask.purges())) {
        return true;
      }
      if (put(ask, shape, segments)) {
        return true;
      }
    }
    return true;
  }

  private boolean put(WindowAsk ask, WindowEntry.Shape shape, List<Segment> segments) {
    WindowQuestion question = ask.question();
    CacheKey key = question.key();
    StoredAnswer present = store.held(key);
    WindowEntry before = present == null ? null : present.windows();
    if (before == null || !before.shape().equals(shape)) {
      before = new WindowEntry(List.of(), shape, 0, 0);
    }
    WindowEntry after =
        before
            .with(
                segments,
                question.endNs() - question.startNs(),
                question.limit(),
                ask.tick() - graceNs)
            .shrunk(maxEntry, Math.max(1, question.stepNs()));
    if (after.segments().isEmpty()) {
      return true;
    }
    StoredAnswer stored = new StoredAnswer(key, after, sequence.incrementAndGet());
    if (!store.replace(present, stored)) {
      return false;
    }
    // A purge notes itself first and empties the store then: either it found this there, or its
    // note is seen here.
    if (purges.hasPurged(key, ask.purges())) {
      store.purge(stored);
    }
    return true;
  }
}
