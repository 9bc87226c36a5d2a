// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Writes traces as Tempo's protobuf; field numbers are OTLP's and {@code tempo.proto}'s. */
final class TraceProtobuf {
  private static final int SPAN_KIND_SERVER = 2;

  private TraceProtobuf() {}

  /** Writes an answer of {@code /api/traces}: a bare {@code Trace}. */
  static byte[] v1(DemoTrace trace) {
    return trace(trace).toByteArray();
  }

  /** Writes an answer of {@code /api/v2/traces}; of an absent trace with an empty one inside. */
  static byte[] v2(@Nullable DemoTrace trace) {
    return new ProtobufMessage()
        .message(1, trace == null ? new ProtobufMessage() : trace(trace))
        .message(2, new ProtobufMessage())
        .toByteArray();
  }

  private static ProtobufMessage trace(DemoTrace trace) {
    var message = new ProtobufMessage();
    for (DemoSpan span : trace.spans()) {
      var resource = new ProtobufMessage();
      span.resource().forEach((key, value) -> resource.message(1, attribute(key, value, false)));
      var scope = new ProtobufMessage().string(1, "demo");
      var scopeSpans = new ProtobufMessage().message(1, scope).message(2, span(span));
      message.message(1, new ProtobufMessage().message(1, resource).message(2, scopeSpans));
    }
    return message;
  }

  private static ProtobufMessage span(DemoSpan span) {
    var message = new ProtobufMessage();
    message.bytes(1, HexFormat.of().parseHex(span.traceId()));
    message.bytes(2, HexFormat.of().parseHex(span.spanId()));
    String parent = span.parentId();
    if (parent != null) {
      message.bytes(4, HexFormat.of().parseHex(parent));
    }
    message.string(5, span.name());
    message.varint(6, SPAN_KIND_SERVER);
    message.fixed64(7, span.startNs());
    message.fixed64(8, span.endNs());
    for (DemoSpan.Attribute attribute : span.attributes()) {
      message.message(9, attribute(attribute.key(), attribute.value(), attribute.isInteger()));
    }
    return message.message(15, new ProtobufMessage());
  }

  private static ProtobufMessage attribute(String key, String value, boolean isInteger) {
    var any = new ProtobufMessage();
    if (isInteger) {
      any.varint(3, Long.parseLong(value));
    } else {
      any.string(1, value);
    }
    return new ProtobufMessage().string(1, key).message(2, any);
  }
}
