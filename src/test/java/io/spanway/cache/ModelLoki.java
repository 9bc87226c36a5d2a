// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.streams.Direction;
import io.spanway.streams.Labels;
import io.spanway.streams.LogEntry;
import io.spanway.streams.QueryStats;
import io.spanway.streams.StreamsAnswer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A Loki of one tenant without a cache, which remembers all that it ever answered with: what was
 * there at which step of a test.
 */
public final class ModelLoki {
  /** An entry and the steps between which it was there. */
  static final class Line {
    final long timestampNs;
    final int stream;
    final int number;
    final int added;
    int removed = Integer.MAX_VALUE;

    Line(long timestampNs, int stream, int number, int added) {
      this.timestampNs = timestampNs;
      this.stream = stream;
      this.number = number;
      this.added = added;
    }

    /** Says whether it was there at a step. */
    boolean isThere(int step) {
      return added <= step && step < removed;
    }
  }

  private static final int STREAMS = 3;

  private final List<Line> lines = new ArrayList<>();
  private final Random random;

  /** Creates an empty one. */
  public ModelLoki(Random random) {
    this.random = random;
  }

  List<Line> lines() {
    return lines;
  }

  /** Takes a line. */
  public void push(long timestampNs, int step) {
    lines.add(new Line(timestampNs, random.nextInt(STREAMS), lines.size(), step));
  }

  /** Deletes what is in a window. */
  void delete(long startNs, long endNs, int step) {
    for (Line line : lines) {
      if (line.timestampNs >= startNs && line.timestampNs < endNs && line.removed > step) {
        line.removed = step;
      }
    }
  }

  /**
   * Answers a query.
   *
   * @param hidden the stream that the caller may not see; -1 for none
   * @param oldestNs how far the query looks back, whatever its start
   */
  public StreamsAnswer answer(
      long startNs,
      long endNs,
      int limit,
      Direction direction,
      boolean categorised,
      int hidden,
      long oldestNs,
      int step) {
    List<Line> found = new ArrayList<>();
    for (Line line : lines) {
      if (line.timestampNs >= Math.max(startNs, oldestNs)
          && line.timestampNs < endNs
          && line.stream != hidden
          && line.isThere(step)) {
        found.add(line);
      }
    }
    // Which streams win at a cut inside equal timestamps is Loki's secret.
    int favourite = random.nextInt(STREAMS);
    found.sort(
        Comparator.<Line>comparingLong(line -> line.timestampNs)
            .thenComparing(line -> line.stream == favourite)
            .thenComparingInt(line -> line.number));
    if (direction == Direction.BACKWARD) {
      Collections.reverse(found);
    }
    List<LogEntry> entries = new ArrayList<>();
    for (Line line : found.subList(0, Math.min(limit, found.size()))) {
      entries.add(entry(line, categorised));
    }
    return new StreamsAnswer(entries, categorised, List.of(), List.of(), QueryStats.NONE);
  }

  private static LogEntry entry(Line line, boolean categorised) {
    Labels stream = Labels.of(Map.of("app", "s" + line.stream));
    Labels metadata =
        line.number % 3 == 0 ? Labels.of(Map.of("trace_id", "t" + line.number % 5)) : Labels.EMPTY;
    return categorised
        ? new LogEntry(line.timestampNs, "" + line.number, stream, metadata, Labels.EMPTY)
        : new LogEntry(
            line.timestampNs, "" + line.number, stream.and(metadata), Labels.EMPTY, Labels.EMPTY);
  }
}
