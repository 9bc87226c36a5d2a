// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Writes rows as Loki's {@code streams} answers, in both shapes. */
final class LogAnswer {
  private record Element(SortedMap<String, String> stream, List<LogRow> rows) {}

  private LogAnswer() {}

  /**
   * Writes an answer of {@code query_range}.
   *
   * @param rows in the order asked for
   * @param isCategorized whether metadata and parsed labels stand beside each line, rather than
   *     folded into the stream
   */
  static String streams(List<LogRow> rows, boolean isCategorized, LokiStats stats) {
    var out = new StringBuilder();
    out.append("{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",");
    if (isCategorized) {
      out.append("\"encodingFlags\":[\"categorize-labels\"],");
    }
    out.append("\"result\":[");
    String comma = "";
    for (Element element : group(rows, isCategorized)) {
      out.append(comma);
      element(out, element, isCategorized);
      comma = ",";
    }
    out.append("],\"stats\":").append(stats.json()).append("}}\n");
    return out.toString();
  }

  /**
   * Writes a frame of {@code tail}: one element per row, and how many rows were left out for a slow
   * client.
   */
  static String frame(List<LogRow> rows, List<LogRow> dropped, boolean isCategorized) {
    var out = new StringBuilder("{\"streams\":[");
    String comma = "";
    for (LogRow row : rows) {
      out.append(comma);
      element(out, new Element(key(row, isCategorized), List.of(row)), isCategorized);
      comma = ",";
    }
    out.append(']');
    if (!dropped.isEmpty()) {
      out.append(",\"dropped_entries\":[");
      comma = "";
      for (LogRow row : dropped) {
        out.append(comma).append("{\"timestamp\":\"").append(row.timeNs()).append("\",\"labels\":");
        JsonText.object(out, row.stream());
        out.append('}');
        comma = ",";
      }
      out.append(']');
    }
    if (isCategorized) {
      out.append(",\"encodingFlags\":[\"categorize-labels\"]");
    }
    return out.append('}').toString();
  }

  private static Iterable<Element> group(List<LogRow> rows, boolean isCategorized) {
    var elements = new TreeMap<String, Element>();
    for (LogRow row : rows) {
      SortedMap<String, String> key = key(row, isCategorized);
      elements
          .computeIfAbsent(LabelKey.of(key), text -> new Element(key, new ArrayList<>()))
          .rows()
          .add(row);
    }
    return elements.values();
  }

  private static SortedMap<String, String> key(LogRow row, boolean isCategorized) {
    return isCategorized ? row.stream() : row.folded();
  }

  private static void element(StringBuilder out, Element element, boolean isCategorized) {
    out.append("{\"stream\":");
    JsonText.object(out, element.stream());
    out.append(",\"values\":[");
    String comma = "";
    for (LogRow row : element.rows()) {
      out.append(comma).append("[\"").append(row.timeNs()).append("\",");
      JsonText.line(out, row.line());
      if (isCategorized) {
        out.append(',');
        categories(out, row);
      }
      out.append(']');
      comma = ",";
    }
    out.append("]}");
  }

  private static void categories(StringBuilder out, LogRow row) {
    out.append('{');
    if (!row.metadata().isEmpty()) {
      out.append("\"structuredMetadata\":");
      JsonText.object(out, row.metadata());
    }
    if (!row.parsed().isEmpty()) {
      out.append(row.metadata().isEmpty() ? "" : ",").append("\"parsed\":");
      JsonText.object(out, row.parsed());
    }
    out.append('}');
  }
}
