// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.ExtensionRegistryLite;
import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.TracesData;
import io.spanway.model.Attributes;
import io.spanway.model.Resource;
import io.spanway.model.Span;
import io.spanway.model.SpanId;
import io.spanway.model.Trace;
import io.spanway.model.TraceId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decodes by protobuf's own tree of objects: slow, and right by construction. */
final class TreeProtobufDecoder {
  private static final String KIND_PREFIX = "SPAN_KIND_";

  private final List<Span> spans = new ArrayList<>();

  private TreeProtobufDecoder() {}

  static Trace decodeV1(TraceId id, byte[] body) throws TraceDecodeException {
    var decoder = new TreeProtobufDecoder();
    try {
      decoder.add(TracesData.parseFrom(body, ExtensionRegistryLite.getEmptyRegistry()));
    } catch (InvalidProtocolBufferException e) {
      throw malformed(e);
    }
    return new Trace(id, decoder.spans, false, null);
  }

  static Trace decodeV2(TraceId id, byte[] body) throws TraceDecodeException {
    var decoder = new TreeProtobufDecoder();
    boolean partial = false;
    String message = null;
    try {
      CodedInputStream in = CodedInputStream.newInstance(body);
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        if (tag == V2Envelope.TRACE_TAG) {
          int limit = in.pushLimit(in.readRawVarint32());
          decoder.add(TracesData.parseFrom(in, ExtensionRegistryLite.getEmptyRegistry()));
          in.checkLastTagWas(0);
          in.popLimit(limit);
        } else if (tag == V2Envelope.STATUS_TAG) {
          partial = in.readEnum() == V2Envelope.PARTIAL;
        } else if (tag == V2Envelope.MESSAGE_TAG) {
          message = in.readString();
        } else {
          in.skipField(tag);
        }
      }
    } catch (IOException e) {
      throw malformed(e);
    }
    return new Trace(
        id, decoder.spans, partial, message == null || message.isEmpty() ? null : message);
  }

  private static TraceDecodeException malformed(IOException e) {
    return new TraceDecodeException("not a protobuf trace: " + e.getMessage());
  }

  private void add(TracesData traces) throws TraceDecodeException {
    for (ResourceSpans batch : traces.getResourceSpansList()) {
      var resource = new Resource(attributes(batch.getResource().getAttributesList()));
      for (ScopeSpans scope : batch.getScopeSpansList()) {
        Attributes scopeAttributes = attributes(scope.getScope().getAttributesList());
        for (io.opentelemetry.proto.trace.v1.Span span : scope.getSpansList()) {
          TraceDecoder.requireSpans(spans.size() + 1);
          SpanId id = spanId(span.getSpanId());
          if (id != null) {
            spans.add(span(id, span, resource, scopeAttributes));
          }
        }
      }
    }
  }

  private static Span span(
      SpanId id,
      io.opentelemetry.proto.trace.v1.Span span,
      Resource resource,
      Attributes scopeAttributes) {
    return new Span(
        id,
        spanId(span.getParentSpanId()),
        span.getName(),
        kind(span.getKind()),
        TraceFacts.endOf(span.getStartTimeUnixNano()),
        TraceFacts.endOf(span.getEndTimeUnixNano()),
        resource,
        attributes(span.getAttributesList()),
        scopeAttributes);
  }

  private static String kind(io.opentelemetry.proto.trace.v1.Span.SpanKind kind) {
    return switch (kind) {
      case SPAN_KIND_UNSPECIFIED, UNRECOGNIZED -> "";
      default -> kind.name().substring(KIND_PREFIX.length());
    };
  }

  private static @Nullable SpanId spanId(ByteString bytes) {
    if (bytes.size() != 8 || bytes.asReadOnlyByteBuffer().getLong() == 0) {
      return null;
    }
    return new SpanId(HexFormat.of().formatHex(bytes.toByteArray()));
  }

  private static Attributes attributes(List<KeyValue> pairs) {
    if (pairs.isEmpty()) {
      return Attributes.EMPTY;
    }
    var all = new ArrayList<Attributes.Attribute>(pairs.size());
    for (KeyValue pair : pairs) {
      all.add(attribute(pair));
    }
    return new Attributes(all);
  }

  private static Attributes.Attribute attribute(KeyValue pair) {
    AnyValue value = pair.getValue();
    return switch (value.getValueCase()) {
      case STRING_VALUE -> scalar(pair.getKey(), value.getStringValue());
      case BOOL_VALUE -> scalar(pair.getKey(), Boolean.toString(value.getBoolValue()));
      case INT_VALUE -> scalar(pair.getKey(), Long.toString(value.getIntValue()));
      case DOUBLE_VALUE -> scalar(pair.getKey(), DoubleText.of(value.getDoubleValue()));
      default -> {
        var json = new JsonText();
        write(value, json);
        yield new Attributes.Attribute(pair.getKey(), json.toString(), Attributes.Kind.COMPOSITE);
      }
    };
  }

  private static Attributes.Attribute scalar(String key, String text) {
    return new Attributes.Attribute(key, text, Attributes.Kind.SCALAR);
  }

  // Recursion is bounded: protobuf refuses messages nested more than a hundred deep.
  private static void write(AnyValue value, JsonText json) {
    switch (value.getValueCase()) {
      case STRING_VALUE -> json.string(value.getStringValue());
      case BOOL_VALUE -> json.raw(Boolean.toString(value.getBoolValue()));
      case INT_VALUE -> json.raw(Long.toString(value.getIntValue()));
      case DOUBLE_VALUE -> json.number(value.getDoubleValue());
      case BYTES_VALUE -> json.bytes(value.getBytesValue().toByteArray());
      case ARRAY_VALUE -> {
        json.raw("[");
        String separator = "";
        for (AnyValue element : value.getArrayValue().getValuesList()) {
          json.raw(separator);
          write(element, json);
          separator = ",";
        }
        json.raw("]");
      }
      case KVLIST_VALUE -> {
        json.raw("{");
        String separator = "";
        for (KeyValue pair : value.getKvlistValue().getValuesList()) {
          json.raw(separator);
          json.string(pair.getKey());
          json.raw(":");
          write(pair.getValue(), json);
          separator = ",";
        }
        json.raw("}");
      }
      default -> json.raw("null");
    }
  }
}
