// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An entry on its way through a pipeline. Its labels come from three places, kept apart as
 * categorised answers show them; a filter sees one flat set. Names that meet follow
 * grafana/loki:pkg/logql/log/labels.go.
 */
final class LogRow {
  static final String ERROR = "__error__";
  static final String ERROR_DETAILS = "__error_details__";
  private static final String EXTRACTED = "_extracted";

  private final DemoEntry entry;
  private final SortedMap<String, String> stream;
  private final SortedMap<String, String> metadata = new TreeMap<>();
  private final SortedMap<String, String> parsed = new TreeMap<>();

  LogRow(DemoEntry entry) {
    this.entry = entry;
    this.stream = new TreeMap<>(entry.stream());
    entry
        .metadata()
        .forEach(
            (name, value) ->
                metadata.put(stream.containsKey(name) ? name + EXTRACTED : name, value));
  }

  long timeNs() {
    return entry.timeNs();
  }

  String line() {
    return entry.line();
  }

  SortedMap<String, String> stream() {
    return stream;
  }

  SortedMap<String, String> metadata() {
    return metadata;
  }

  SortedMap<String, String> parsed() {
    return parsed;
  }

  /** Returns all labels as one set, as folded answers and metric series have them. */
  SortedMap<String, String> folded() {
    var all = new TreeMap<>(stream);
    all.putAll(metadata);
    all.putAll(parsed);
    return all;
  }

  @Nullable String get(String name) {
    String value = parsed.get(name);
    if (value == null) {
      value = metadata.get(name);
    }
    return value == null ? stream.get(name) : value;
  }

  /** Adds what a bare parser found: it does not override structured metadata. */
  void extract(String name, String value) {
    if (entry.stream().containsKey(name)) {
      parsed.put(name + EXTRACTED, value);
    } else if (!metadata.containsKey(name)) {
      parsed.put(name, value);
    }
  }

  /** Sets a label as {@code label_format} does, in place of any other of that name. */
  void set(String name, String value) {
    remove(name);
    parsed.put(name, value);
  }

  /** Marks the row as one that a stage could not handle. */
  void fail(String error, String details) {
    parsed.put(ERROR, error);
    parsed.put(ERROR_DETAILS, details);
  }

  void remove(String name) {
    stream.remove(name);
    metadata.remove(name);
    parsed.remove(name);
  }

  /** Drops {@code name} when its value fits. */
  void removeIf(String name, Predicate<String> fits) {
    String value = get(name);
    if (value != null && fits.test(value)) {
      remove(name);
    }
  }
}
