// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import io.spanway.model.Attributes;
import io.spanway.model.Resource;
import io.spanway.model.Span;
import io.spanway.model.SpanId;
import io.spanway.model.Trace;
import io.spanway.model.TraceId;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tempo's JSON traces: version 1 has {@code batches}, version 2 {@code trace.resourceSpans}. IDs
 * are base64 there and hex in OTLP's own JSON; both are read.
 */
final class JsonTraceDecoder {
  static final String PARTIAL = "PARTIAL";

  private static final JsonMapper MAPPER = JsonMapper.builder().build();
  private static final String KIND_PREFIX = "SPAN_KIND_";

  private final List<Span> spans = new ArrayList<>();

  private JsonTraceDecoder() {}

  static Trace decode(TraceId id, byte[] body) throws TraceDecodeException {
    JsonNode top;
    try {
      top = MAPPER.readTree(body);
    } catch (JacksonException e) {
      throw new TraceDecodeException("not a JSON trace: " + e.getOriginalMessage());
    }
    if (!top.isObject()) {
      throw new TraceDecodeException("not a JSON trace: it does not begin with an object");
    }
    var decoder = new JsonTraceDecoder();
    JsonNode trace = top.has("trace") ? top.path("trace") : top;
    decoder.add(trace.path("batches"));
    decoder.add(trace.path("resourceSpans"));
    String message = text(top.path("message"));
    return new Trace(
        id,
        decoder.spans,
        text(top.path("status")).equals(PARTIAL),
        message.isEmpty() ? null : message);
  }

  /** A time, which is text in protobuf's JSON; beyond a long it is the far future. */
  static long nanos(String text) throws TraceDecodeException {
    try {
      return TraceFacts.endOf(Long.parseUnsignedLong(text));
    } catch (NumberFormatException e) {
      throw new TraceDecodeException("not a JSON trace: \"" + text + "\" is no time");
    }
  }

  private void add(JsonNode batches) throws TraceDecodeException {
    for (JsonNode batch : batches) {
      var resource = new Resource(attributes(batch.path("resource").path("attributes")));
      for (JsonNode scope : batch.path("scopeSpans")) {
        Attributes scopeAttributes = attributes(scope.path("scope").path("attributes"));
        for (JsonNode span : scope.path("spans")) {
          TraceDecoder.requireSpans(spans.size() + 1);
          SpanId id = spanId(span.path("spanId"));
          if (id != null) {
            spans.add(span(id, span, resource, scopeAttributes));
          }
        }
      }
    }
  }

  private static Span span(SpanId id, JsonNode span, Resource resource, Attributes scopeAttributes)
      throws TraceDecodeException {
    String kind = text(span.path("kind"));
    return new Span(
        id,
        spanId(span.path("parentSpanId")),
        text(span.path("name")),
        kind.startsWith(KIND_PREFIX) && !kind.endsWith("UNSPECIFIED")
            ? kind.substring(KIND_PREFIX.length())
            : "",
        time(span.path("startTimeUnixNano")),
        time(span.path("endTimeUnixNano")),
        resource,
        attributes(span.path("attributes")),
        scopeAttributes);
  }

  private static long time(JsonNode node) throws TraceDecodeException {
    return node.isMissingNode() || node.isNull() ? 0 : nanos(text(node));
  }

  private static @Nullable SpanId spanId(JsonNode node) throws TraceDecodeException {
    String text = text(node);
    try {
      if (text.length() == 16) {
        return text.equals("0".repeat(16)) ? null : SpanId.parse(text);
      }
      byte[] bytes = Base64.getDecoder().decode(text);
      String hex = HexFormat.of().formatHex(bytes);
      return bytes.length != 8 || hex.equals("0".repeat(16)) ? null : new SpanId(hex);
    } catch (IllegalArgumentException e) {
      throw new TraceDecodeException("not a JSON trace: \"" + text + "\" is no span ID");
    }
  }

  private static Attributes attributes(JsonNode pairs) throws TraceDecodeException {
    var all = new ArrayList<Attributes.Attribute>();
    for (JsonNode pair : pairs) {
      all.add(attribute(text(pair.path("key")), pair.path("value")));
    }
    return new Attributes(all);
  }

  private static Attributes.Attribute attribute(String key, JsonNode value)
      throws TraceDecodeException {
    String scalar = scalar(value);
    if (scalar != null) {
      return new Attributes.Attribute(key, scalar, Attributes.Kind.SCALAR);
    }
    var json = new JsonText();
    write(value, json);
    return new Attributes.Attribute(key, json.toString(), Attributes.Kind.COMPOSITE);
  }

  private static @Nullable String scalar(JsonNode value) throws TraceDecodeException {
    if (value.has("doubleValue")) {
      return DoubleText.of(number(value.path("doubleValue")));
    }
    for (String kind : List.of("stringValue", "boolValue", "intValue")) {
      if (value.has(kind)) {
        return text(value.path(kind));
      }
    }
    return null;
  }

  private static double number(JsonNode node) throws TraceDecodeException {
    String text = text(node);
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new TraceDecodeException("not a JSON trace: \"" + text + "\" is no number");
    }
  }

  // Recursion is bounded: Jackson refuses documents nested more than five hundred deep.
  private static void write(JsonNode value, JsonText json) throws TraceDecodeException {
    String scalar = scalar(value);
    if (value.has("stringValue")) {
      json.string(text(value.path("stringValue")));
    } else if (value.has("bytesValue")) {
      json.string(text(value.path("bytesValue")));
    } else if (value.has("doubleValue")) {
      json.number(number(value.path("doubleValue")));
    } else if (scalar != null) {
      json.raw(scalar);
    } else if (value.has("arrayValue")) {
      json.raw("[");
      String separator = "";
      for (JsonNode element : value.path("arrayValue").path("values")) {
        json.raw(separator);
        write(element, json);
        separator = ",";
      }
      json.raw("]");
    } else if (value.has("kvlistValue")) {
      json.raw("{");
      String separator = "";
      for (JsonNode pair : value.path("kvlistValue").path("values")) {
        json.raw(separator);
        json.string(text(pair.path("key")));
        json.raw(":");
        write(pair.path("value"), json);
        separator = ",";
      }
      json.raw("}");
    } else {
      json.raw("null");
    }
  }

  /** The text of a scalar; empty for what is missing, null or not a scalar. */
  private static String text(JsonNode node) {
    return node.isValueNode() && !node.isNull() && !node.isMissingNode() ? node.asString() : "";
  }
}
