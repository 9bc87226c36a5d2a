// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;

/** Writes traces as Tempo's JSON: IDs in base64, 64-bit integers as strings. */
final class TraceJson {
  private TraceJson() {}

  /** Writes an answer of {@code /api/traces}. */
  static String v1(DemoTrace trace) {
    return "{\"batches\":" + resourceSpans(trace) + "}";
  }

  /** Writes an answer of {@code /api/v2/traces}. */
  static String v2(DemoTrace trace) {
    return "{\"trace\":{\"resourceSpans\":"
        + resourceSpans(trace)
        + "},\"metrics\":{\"inspectedBytes\":\"0\"}}";
  }

  private static String resourceSpans(DemoTrace trace) {
    var out = new StringBuilder("[");
    String comma = "";
    for (DemoSpan span : trace.spans()) {
      out.append(comma).append("{\"resource\":{\"attributes\":[");
      String inner = "";
      for (Map.Entry<String, String> attribute : span.resource().entrySet()) {
        out.append(inner);
        attribute(out, attribute.getKey(), attribute.getValue(), false);
        inner = ",";
      }
      out.append("]},\"scopeSpans\":[{\"scope\":{\"name\":\"demo\"},\"spans\":[");
      span(out, span);
      out.append("]}]}");
      comma = ",";
    }
    return out.append(']').toString();
  }

  private static void span(StringBuilder out, DemoSpan span) {
    out.append("{\"traceId\":\"").append(base64(span.traceId()));
    out.append("\",\"spanId\":\"").append(base64(span.spanId()));
    String parent = span.parentId();
    if (parent != null) {
      out.append("\",\"parentSpanId\":\"").append(base64(parent));
    }
    out.append("\",\"name\":");
    JsonText.string(out, span.name());
    out.append(",\"kind\":\"SPAN_KIND_SERVER\",\"startTimeUnixNano\":\"").append(span.startNs());
    out.append("\",\"endTimeUnixNano\":\"").append(span.endNs()).append("\",\"attributes\":[");
    String comma = "";
    for (DemoSpan.Attribute attribute : span.attributes()) {
      out.append(comma);
      attribute(out, attribute.key(), attribute.value(), attribute.isInteger());
      comma = ",";
    }
    out.append("],\"status\":{}}");
  }

  private static void attribute(StringBuilder out, String key, String value, boolean isInteger) {
    out.append("{\"key\":");
    JsonText.string(out, key);
    out.append(",\"value\":{").append(isInteger ? "\"intValue\":" : "\"stringValue\":");
    JsonText.string(out, value);
    out.append("}}");
  }

  private static String base64(String hex) {
    return Base64.getEncoder().encodeToString(HexFormat.of().parseHex(hex));
  }
}
