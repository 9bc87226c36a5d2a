// SPDX-License-Identifier: Apache-2.0

import java.util.ArrayList;
import java.util.List;

/** The queries that Grafana's generations build for "Logs for this span", letter by letter. */
final class Grafana {
  private static final List<List<String>> PAIRS =
      List.of(
          List.of("trace_id", "span_id"),
          List.of("traceID", "spanID"),
          List.of("traceId", "spanId"),
          List.of("TraceID", "SpanID"),
          List.of("TraceId", "SpanId"),
          List.of("otel_trace_id", "otel_span_id"));

  private Grafana() {}

  /** Grafana 8.2 to 11.2; an ID may be null. */
  static String g2(String selector, String trace, String span) {
    return selector
        + (trace == null ? "" : " |=\"" + trace + "\"")
        + (span == null ? "" : " |=\"" + span + "\"");
  }

  /** Grafana since 11.3: {@code or} was upper case at first. */
  static String g4(String selector, String trace, String span, String or) {
    return selector
        + (trace == null ? "" : artificial("trace_id", trace, or))
        + (span == null ? "" : artificial("span_id", span, or));
  }

  private static String artificial(String field, String id, String or) {
    String label = "log_line_contains_" + field;
    return " | label_format "
        + label
        + "=`{{ contains \""
        + id
        + "\" __line__  }}` | "
        + label
        + "=\"true\" "
        + or
        + " "
        + field
        + "=\""
        + id
        + "\"";
  }

  /** The attempts of dynamic trace-to-logs, in order; of a whole trace where span is null. */
  static List<String> g5(String selector, String service, String trace, String span) {
    List<String> all = new ArrayList<>();
    for (List<String> pair : PAIRS) {
      for (String streams : List.of(selector, "{job=~\"(.*/)?(" + service + ")\"}")) {
        all.add(
            streams
                + " | logfmt | json | drop __error__ | "
                + pair.get(0)
                + "=\""
                + trace
                + "\""
                + (span == null ? "" : " | " + pair.get(1) + "=\"" + span + "\""));
      }
    }
    all.add(selector + " |= \"" + trace + "\"" + (span == null ? "" : " |= \"" + span + "\""));
    return all;
  }

  /** The log volume above the lines of a query. */
  static String volume(String query) {
    return "sum by (level, detected_level) (count_over_time(" + query + " | drop __error__[1m]))";
  }
}
