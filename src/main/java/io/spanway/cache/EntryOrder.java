// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.streams.Direction;
import io.spanway.streams.Labels;
import io.spanway.streams.LogEntry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The order of entries. By time; at one instant by the text of the stream's labels, whatever the
 * direction; in a stream in the order of ingestion forward and its reverse backward.
 */
final class EntryOrder {
  private EntryOrder() {}

  /** Says whether entries as they were read are inside a question's window and in its direction. */
  static boolean isAnswer(List<LogEntry> entries, WindowQuestion question) {
    boolean backward = question.direction() == Direction.BACKWARD;
    // The reader has one object for equal labels.
    IdentityHashMap<Labels, Long> last = new IdentityHashMap<>();
    for (LogEntry entry : entries) {
      long at = entry.timestampNs();
      boolean onStep = question.isLogs() || at % question.stepNs() == 0;
      if (at < question.startNs() || at >= question.endNs() || !onStep) {
        return false;
      }
      Long before = last.put(entry.stream(), at);
      if (before != null && (backward ? at > before : at < before)) {
        return false;
      }
    }
    return true;
  }

  /** Returns the entries of an answer as it was read, which is in {@code read}, oldest first. */
  static List<LogEntry> oldestFirst(List<LogEntry> entries, Direction read) {
    List<LogEntry> sorted = new ArrayList<>(entries);
    if (read == Direction.BACKWARD) {
      // In a stream that is the order of ingestion; across streams the sort decides.
      Collections.reverse(sorted);
    }
    Map<Labels, Integer> ranks = new HashMap<>();
    sorted.stream()
        .map(LogEntry::stream)
        .distinct()
        .sorted()
        .forEach(labels -> ranks.put(labels, ranks.size()));
    sorted.sort(
        Comparator.comparingLong(LogEntry::timestampNs)
            .thenComparingInt(entry -> ranks.getOrDefault(entry.stream(), 0)));
    return sorted;
  }

  /** Adds entries, oldest first, to {@code to} in a direction until it has {@code limit}. */
  static void take(List<LogEntry> entries, Direction direction, int limit, List<LogEntry> to) {
    if (direction == Direction.FORWARD) {
      to.addAll(entries.subList(0, Math.max(0, Math.min(entries.size(), limit - to.size()))));
      return;
    }
    int end = entries.size();
    while (end > 0 && to.size() < limit) {
      int start = end - 1;
      long at = entries.get(start).timestampNs();
      while (start > 0 && entries.get(start - 1).timestampNs() == at) {
        start--;
      }
      takeInstant(entries.subList(start, end), limit, to);
      end = start;
    }
  }

  /** Turns round the entries of each stream, which follow each other. */
  private static void takeInstant(List<LogEntry> entries, int limit, List<LogEntry> to) {
    int start = 0;
    while (start < entries.size()) {
      Labels stream = entries.get(start).stream();
      int end = start + 1;
      while (end < entries.size() && entries.get(end).stream().equals(stream)) {
        end++;
      }
      for (int i = end - 1; i >= start && to.size() < limit; i--) {
        to.add(entries.get(i));
      }
      start = end;
    }
  }
}
