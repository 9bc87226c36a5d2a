// SPDX-License-Identifier: Apache-2.0
package io.spanway.streams;

import io.spanway.model.TimeRange;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A successful {@code streams} answer of Loki's {@code query_range} as a value. Immutable.
 *
 * <p>Loki has two shapes. <em>Categorised</em> (asked with {@code X-Loki-Response-Encoding-Flags:
 * categorize-labels}) keeps stream labels, structured metadata and parsed labels apart.
 * <em>Folded</em> has them all in the stream's labels, and entries that differ in any of them in
 * different elements. A categorised answer can be written in both shapes, a folded one only folded:
 * so what Spanway fetches for itself is asked for categorised.
 *
 * @param entries the entries in the order in which they were read, or by time after {@link
 *     StreamsMerge}
 * @param categorised whether the entries' labels are kept apart
 * @param encodingFlags Loki's {@code encodingFlags}, without {@code categorize-labels}
 * @param warnings Loki's {@code warnings}, distinct
 * @param stats Loki's {@code stats}
 */
public record StreamsAnswer(
    List<LogEntry> entries,
    boolean categorised,
    List<String> encodingFlags,
    List<String> warnings,
    QueryStats stats) {
  static final String CATEGORIZE_LABELS = "categorize-labels";

  /** An answer without entries, warnings or statistics, which can be written in both shapes. */
  public static final StreamsAnswer EMPTY =
      new StreamsAnswer(List.of(), true, List.of(), List.of(), QueryStats.NONE);

  /** Copies the lists. */
  public StreamsAnswer {
    entries = List.copyOf(entries);
    encodingFlags = List.copyOf(encodingFlags);
    warnings = List.copyOf(new LinkedHashSet<>(warnings));
  }

  /**
   * Reads an answer. Keys that are not known beside {@code status}, {@code warnings} and {@code
   * data}, or in {@code data}, are skipped; everything else must be as Loki sends it.
   *
   * @throws StreamsFormatException if the bytes are no JSON, no successful answer, of another
   *     result type, nested more than 64 deep, or a timestamp does not fit 64 bits
   */
  public static StreamsAnswer read(byte[] json) throws StreamsFormatException {
    return StreamsReader.read(json);
  }

  /**
   * Reads an answer that {@link #write} can give again without loss: a key that is not known is
   * refused.
   *
   * @throws StreamsFormatException as {@link #read}, and for such a key
   */
  public static StreamsAnswer readAllKnown(byte[] json) throws StreamsFormatException {
    return StreamsReader.readAllKnown(json);
  }

  /**
   * Says whether {@code json} begins as a {@code streams} answer: its {@code data.resultType} is
   * looked for and nothing behind it. False for anything that is not JSON.
   */
  public static boolean isStreams(byte[] json) {
    return StreamsReader.isStreams(json);
  }

  /** Writes the answer in the shape that it has, with Loki's key order and escapes. */
  public byte[] write() {
    return categorised ? writeCategorised() : writeFolded();
  }

  /**
   * Writes the categorised shape.
   *
   * @throws IllegalStateException if this is a folded answer
   */
  public byte[] writeCategorised() {
    if (!categorised) {
      throw new IllegalStateException("a folded answer does not know which labels were which");
    }
    return StreamsWriter.categorised(this);
  }

  /** Writes the folded shape. */
  public byte[] writeFolded() {
    return StreamsWriter.folded(this);
  }

  /** Writes the bare lines in the order of {@link #entries}, each ended by a newline. */
  public byte[] writeLines() {
    return StreamsWriter.lines(this);
  }

  /**
   * Writes one JSON object a line in the order of {@link #entries}: {@code timestamp} (a string of
   * nanoseconds), {@code line} and {@code labels} (all of them).
   */
  public byte[] writeNdjson() {
    return StreamsWriter.ndjson(this);
  }

  /** Returns the answer with only the entries that {@code keep} accepts. */
  public StreamsAnswer filter(Predicate<LogEntry> keep) {
    return withEntries(entries.stream().filter(keep).toList());
  }

  /** Returns the answer with every entry changed by {@code change}. */
  public StreamsAnswer map(UnaryOperator<LogEntry> change) {
    return withEntries(entries.stream().map(change).toList());
  }

  /** Returns the answer with other entries. */
  public StreamsAnswer withEntries(List<LogEntry> others) {
    return new StreamsAnswer(others, categorised, encodingFlags, warnings, stats);
  }

  /** Returns the answer with {@code more} after its own warnings. */
  public StreamsAnswer withWarnings(List<String> more) {
    if (more.isEmpty()) {
      return this;
    }
    var all = new ArrayList<>(warnings);
    all.addAll(more);
    return new StreamsAnswer(entries, categorised, encodingFlags, all, stats);
  }

  /** Returns the answer with other statistics. */
  public StreamsAnswer withStats(QueryStats others) {
    return new StreamsAnswer(entries, categorised, encodingFlags, warnings, others);
  }

  /**
   * Returns the part that Loki would answer for a smaller window or limit: the entries inside
   * {@code window}, ordered by time in {@code direction}, the first {@code limit} of them. The
   * order of this answer's entries within each stream must be that of {@code direction}.
   *
   * @param window null for all
   * @param limit the most entries; zero or less means no limit
   */
  public StreamsAnswer cut(@Nullable TimeRange window, int limit, Direction direction) {
    StreamsAnswer inside =
        window == null ? this : filter(entry -> isInside(entry.timestampNs(), window));
    return StreamsMerge.merge(List.of(inside), direction, limit).answer();
  }

  /** Loki 3.4 answers the entries at that instant when a window's end is its start. */
  private static boolean isInside(long timestampNs, TimeRange window) {
    return timestampNs >= window.startNs()
        && (timestampNs < window.endNs()
            || (timestampNs == window.startNs() && window.startNs() == window.endNs()));
  }
}
