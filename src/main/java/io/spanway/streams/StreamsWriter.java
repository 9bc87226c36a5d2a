// SPDX-License-Identifier: Apache-2.0
package io.spanway.streams;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes answers: Loki's two JSON shapes with its key order, its order of elements (by label text)
 * and its escapes, plain lines, and a JSON object a line.
 */
final class StreamsWriter {
  private static final int BYTES_PER_ENTRY = 192;

  private StreamsWriter() {}

  static byte[] categorised(StreamsAnswer answer) {
    var flags = new ArrayList<String>();
    flags.add(StreamsAnswer.CATEGORIZE_LABELS);
    flags.addAll(answer.encodingFlags());
    return answer(answer, flags, answer.entries(), Shape.CATEGORISED);
  }

  static byte[] folded(StreamsAnswer answer) {
    List<LogEntry> folded = answer.entries().stream().map(LogEntry::folded).toList();
    return answer(answer, answer.encodingFlags(), folded, Shape.FOLDED);
  }

  static byte[] lines(StreamsAnswer answer) {
    var out = new JsonText(answer.entries().size() * BYTES_PER_ENTRY);
    answer.entries().forEach(entry -> out.plain(entry.line()).raw('\n'));
    return out.toByteArray();
  }

  static byte[] ndjson(StreamsAnswer answer) {
    var out = new JsonText(answer.entries().size() * BYTES_PER_ENTRY);
    for (LogEntry entry : answer.entries()) {
      out.raw("{\"timestamp\":\"").raw(Long.toString(entry.timestampNs())).raw("\",\"line\":");
      out.string(entry.line()).raw(",\"labels\":").labels(entry.allLabels()).raw("}\n");
    }
    return out.toByteArray();
  }

  private static byte[] answer(
      StreamsAnswer answer, List<String> flags, List<LogEntry> entries, Shape shape) {
    var out = new JsonText(1024 + entries.size() * BYTES_PER_ENTRY);
    out.raw("{\"status\":\"success\"");
    if (!answer.warnings().isEmpty()) {
      strings(out.raw(",\"warnings\":"), answer.warnings());
    }
    out.raw(",\"data\":{\"resultType\":\"streams\"");
    if (!flags.isEmpty()) {
      strings(out.raw(",\"encodingFlags\":"), flags);
    }
    out.raw(",\"result\":[");
    boolean first = true;
    for (var element : byLabels(entries).entrySet()) {
      out.raw(first ? "{\"stream\":" : ",{\"stream\":").labels(element.getKey());
      first = false;
      values(out.raw(",\"values\":["), element.getValue(), shape);
      out.raw("]}");
    }
    out.raw(']');
    if (!answer.stats().isNone()) {
      answer.stats().write(out.raw(",\"stats\":"));
    }
    return out.raw("}}\n").toByteArray();
  }

  private static void values(JsonText out, List<LogEntry> entries, Shape shape) {
    boolean first = true;
    for (LogEntry entry : entries) {
      out.raw(first ? "[\"" : ",[\"").raw(Long.toString(entry.timestampNs())).raw("\",");
      first = false;
      out.htmlSafeString(entry.line());
      if (shape == Shape.CATEGORISED) {
        categories(out.raw(",{"), entry);
        out.raw('}');
      }
      out.raw(']');
    }
  }

  private static void categories(JsonText out, LogEntry entry) {
    if (!entry.structuredMetadata().isEmpty()) {
      out.raw("\"structuredMetadata\":").labels(entry.structuredMetadata());
    }
    if (!entry.parsed().isEmpty()) {
      out.raw(entry.structuredMetadata().isEmpty() ? "\"parsed\":" : ",\"parsed\":");
      out.labels(entry.parsed());
    }
  }

  private static void strings(JsonText out, List<String> values) {
    out.raw('[');
    for (int i = 0; i < values.size(); i++) {
      if (i > 0) {
        out.raw(',');
      }
      out.string(values.get(i));
    }
    out.raw(']');
  }

  private static Map<Labels, List<LogEntry>> byLabels(List<LogEntry> entries) {
    var grouped = new LinkedHashMap<Labels, List<LogEntry>>();
    for (LogEntry entry : entries) {
      grouped.computeIfAbsent(entry.stream(), labels -> new ArrayList<>()).add(entry);
    }
    var sorted = new LinkedHashMap<Labels, List<LogEntry>>();
    grouped.keySet().stream()
        .sorted()
        .forEach(labels -> sorted.put(labels, grouped.getOrDefault(labels, List.of())));
    return sorted;
  }

  private enum Shape {
    CATEGORISED,
    FOLDED
  }
}
