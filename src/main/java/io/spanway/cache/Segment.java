// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.streams.Labels;
import io.spanway.streams.LogEntry;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * A stretch of time with every entry in it, as one fetch found them. Immutable.
 *
 * @param startNs first instant covered
 * @param endNs first instant not covered; after the start
 * @param entries oldest first; at one instant by the text of the stream's labels, in a stream in
 *     the order of ingestion
 * @param fetchedTick when the fetch began
 * @param freshUntilTick until when it is used
 * @param size the bytes it takes
 */
record Segment(
    long startNs,
    long endNs,
    List<LogEntry> entries,
    long fetchedTick,
    long freshUntilTick,
    long size) {
  private static final int OVERHEAD = 256;
  private static final int ENTRY_OVERHEAD = 112;
  private static final int LABELS_OVERHEAD = 128;
  private static final int LABEL_OVERHEAD = 160;

  static Segment of(
      long startNs, long endNs, List<LogEntry> entries, long fetchedTick, long freshUntilTick) {
    List<LogEntry> own = List.copyOf(entries);
    return new Segment(startNs, endNs, own, fetchedTick, freshUntilTick, sizeOf(own));
  }

  /** Returns the part inside {@code [fromNs, toNs)}, which must not be empty. */
  Segment between(long fromNs, long toNs) {
    long from = Math.max(fromNs, startNs);
    long to = Math.min(toNs, endNs);
    if (from == startNs && to == endNs) {
      return this;
    }
    return of(from, to, inside(from, to), fetchedTick, freshUntilTick);
  }

  /** Lends the entries inside {@code [fromNs, toNs)}. */
  List<LogEntry> inside(long fromNs, long toNs) {
    return entries.subList(firstAt(fromNs), firstAt(toNs));
  }

  /** Returns the index of the first entry at {@code ns} or later. */
  private int firstAt(long ns) {
    int low = 0;
    int high = entries.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (entries.get(middle).timestampNs() < ns) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Counts high: what a set of labels takes is counted once, however many entries share it. */
  private static long sizeOf(List<LogEntry> entries) {
    long size = OVERHEAD;
    Set<Labels> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    for (LogEntry entry : entries) {
      size += ENTRY_OVERHEAD + sizeOf(entry.line());
      size += sizeOf(entry.stream(), seen);
      size += sizeOf(entry.structuredMetadata(), seen);
      size += sizeOf(entry.parsed(), seen);
    }
    return size;
  }

  private static long sizeOf(Labels labels, Set<Labels> seen) {
    if (labels.isEmpty() || !seen.add(labels)) {
      return 0;
    }
    long size = LABELS_OVERHEAD;
    for (var label : labels.asMap().entrySet()) {
      // Twice, since the text of all labels may be kept too.
      size += LABEL_OVERHEAD + 2 * (sizeOf(label.getKey()) + sizeOf(label.getValue()));
    }
    return size;
  }

  private static long sizeOf(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0xff) {
        return 2L * text.length();
      }
    }
    return text.length();
  }
}
