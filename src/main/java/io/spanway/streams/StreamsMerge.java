// SPDX-License-Identifier: Apache-2.0
package io.spanway.streams;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Joins answers to parts of one question, as Loki's frontend joins those of its queriers.
 *
 * <p>The order of the result is total: by time in the asked direction; at one instant by the text
 * of the stream's labels; within a stream in the order of ingestion forward and the reverse of it
 * backward, where earlier inputs count as ingested before later ones.
 *
 * @param answer the entries by time in the asked direction
 * @param limitReached whether there were at least as many entries as the limit, so that more may
 *     exist
 */
public record StreamsMerge(StreamsAnswer answer, boolean limitReached) {
  /**
   * Merges {@code answers}, whose entries must be in {@code direction} within each stream. An entry
   * that several answers hold (same stream, time, line and metadata) is taken once. The result is
   * categorised if every answer is; otherwise all are folded.
   *
   * @param limit the most entries of the result; zero or less means no limit
   */
  public static StreamsMerge merge(List<StreamsAnswer> answers, Direction direction, int limit) {
    boolean categorised = answers.stream().allMatch(StreamsAnswer::categorised);
    List<LogEntry> entries = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    List<String> flags = new ArrayList<>();
    QueryStats stats = QueryStats.NONE;
    if (answers.size() == 1) {
      entries.addAll(answers.get(0).entries());
    } else {
      var seen = new HashMap<LogEntry, Integer>();
      for (StreamsAnswer answer : inOrder(answers, direction)) {
        addNew(answer, categorised, seen, entries);
      }
    }
    for (StreamsAnswer answer : answers) {
      warnings.addAll(answer.warnings());
      answer.encodingFlags().stream().filter(flag -> !flags.contains(flag)).forEach(flags::add);
      stats = stats.plus(answer.stats());
    }
    entries.sort(order(entries, direction));
    boolean limitReached = limit > 0 && entries.size() >= limit;
    List<LogEntry> cut = limitReached ? entries.subList(0, limit) : entries;
    return new StreamsMerge(
        new StreamsAnswer(cut, categorised, flags, warnings, stats), limitReached);
  }

  /** The sort is stable, so the order of the inputs decides inside equal times of one stream. */
  private static List<StreamsAnswer> inOrder(List<StreamsAnswer> answers, Direction direction) {
    if (direction == Direction.FORWARD) {
      return answers;
    }
    var reversed = new ArrayList<>(answers);
    Collections.reverse(reversed);
    return reversed;
  }

  /** Adds the entries of {@code answer} that the answers before it did not hold as often. */
  private static void addNew(
      StreamsAnswer answer, boolean categorised, Map<LogEntry, Integer> seen, List<LogEntry> to) {
    var here = new HashMap<LogEntry, Integer>();
    for (LogEntry read : answer.entries()) {
      LogEntry entry = categorised ? read : read.folded();
      var identity =
          new LogEntry(
              entry.timestampNs(),
              entry.line(),
              entry.stream(),
              entry.structuredMetadata(),
              Labels.EMPTY);
      int count = here.merge(identity, 1, Integer::sum);
      if (count > seen.getOrDefault(identity, 0)) {
        to.add(entry);
      }
    }
    here.forEach((identity, count) -> seen.merge(identity, count, Math::max));
  }

  private static Comparator<LogEntry> order(List<LogEntry> entries, Direction direction) {
    // Texts are compared once for each stream, not for each pair of entries.
    var ranks = new HashMap<Labels, Integer>();
    entries.stream()
        .map(LogEntry::stream)
        .distinct()
        .sorted()
        .forEach(labels -> ranks.put(labels, ranks.size()));
    Comparator<LogEntry> byTime = Comparator.comparingLong(LogEntry::timestampNs);
    return (direction == Direction.FORWARD ? byTime : byTime.reversed())
        .thenComparingInt(entry -> ranks.getOrDefault(entry.stream(), 0));
  }
}
