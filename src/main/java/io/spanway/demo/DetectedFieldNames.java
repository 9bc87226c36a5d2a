// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds which fields entries have beside their labels: in structured metadata, or in lines for one
 * of the parsers that Loki tries (grafana/loki:pkg/querier/queryrange/detected_fields.go).
 */
final class DetectedFieldNames {
  private static final int LIMIT = 1000;

  private final Map<String, Set<String>> values = new TreeMap<>();
  private final Map<String, Set<String>> parsers = new TreeMap<>();

  private DetectedFieldNames() {}

  /** Returns the answer for {@code rows}. */
  static String answer(List<LogRow> rows) {
    var names = new DetectedFieldNames();
    rows.forEach(names::add);
    return names.json();
  }

  private void add(LogRow row) {
    row.metadata().forEach((name, value) -> add(name, value).clear());
    if (row.line().startsWith("{")) {
      JsonLine.extract(row);
      row.remove(LogRow.ERROR);
      row.remove(LogRow.ERROR_DETAILS);
      row.parsed().forEach((name, value) -> add(name, value).add("json"));
    } else {
      LogfmtLine.extract(row.line(), row::extract);
      row.parsed().forEach((name, value) -> add(name, value).add("logfmt"));
    }
  }

  private Set<String> add(String name, String value) {
    values.computeIfAbsent(name, n -> new TreeSet<>()).add(value);
    return parsers.computeIfAbsent(name, n -> new TreeSet<>());
  }

  private String json() {
    var out = new StringBuilder("{\"fields\":[");
    String comma = "";
    for (Map.Entry<String, Set<String>> field : values.entrySet()) {
      JsonText.string(out.append(comma).append("{\"label\":"), field.getKey());
      out.append(",\"type\":\"string\",\"cardinality\":").append(field.getValue().size());
      Set<String> found = parsers.getOrDefault(field.getKey(), Set.of());
      out.append(",\"parsers\":");
      if (found.isEmpty()) {
        out.append("null");
      } else {
        JsonText.array(out, found);
      }
      out.append('}');
      comma = ",";
    }
    return out.append("],\"limit\":").append(LIMIT).append("}\n").toString();
  }
}
