// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A log entry as the demo's Loki keeps it. Immutable.
 *
 * @param stream the labels of its stream
 * @param timeNs its time, in nanoseconds since the epoch
 * @param metadata its structured metadata
 */
record DemoEntry(
    SortedMap<String, String> stream,
    long timeNs,
    String line,
    SortedMap<String, String> metadata) {
  DemoEntry {
    stream = Collections.unmodifiableSortedMap(new TreeMap<>(stream));
    metadata = Collections.unmodifiableSortedMap(new TreeMap<>(metadata));
  }

  /** Makes an entry as Loki's ingest does: with the level that it finds in the line. */
  static DemoEntry ingest(
      Map<String, String> stream, long timeNs, String line, Map<String, String> metadata) {
    var withLevel = new TreeMap<>(metadata);
    withLevel.putIfAbsent("detected_level", DetectedLevel.of(line));
    return new DemoEntry(new TreeMap<>(stream), timeNs, line, withLevel);
  }
}
