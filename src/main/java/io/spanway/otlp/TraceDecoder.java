// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import io.spanway.model.Trace;
import io.spanway.model.TraceId;

/** Reads the body of a trace-by-ID answer of Tempo. */
public final class TraceDecoder {
  /** More than Tempo sends by far; a bound for what a broken upstream can make us hold. */
  static final int MAX_BYTES = 128 << 20;

  static final int MAX_SPANS = 1_000_000;

  /** How a trace is written: the path that was asked and the answer's media type. */
  public enum Format {
    /** {@code /api/traces/{id}} with {@code application/protobuf}: OTLP's TracesData. */
    V1_PROTOBUF,
    /** {@code /api/v2/traces/{id}} with {@code application/protobuf}: a trace in an envelope. */
    V2_PROTOBUF,
    /** {@code /api/traces/{id}} as JSON: {@code batches} (or {@code resourceSpans}). */
    V1_JSON,
    /** {@code /api/v2/traces/{id}} as JSON: {@code trace}, {@code status}, {@code message}. */
    V2_JSON
  }

  private TraceDecoder() {}

  /**
   * Decodes a body. A span whose own ID is not 8 bytes that are not all zero is left out, since
   * nothing can refer to it; a parent ID of that kind makes a root.
   *
   * @param id the trace that was asked for; spans repeat it and are not checked against it
   * @param body the body, without any content coding; lent to the trace, whose attributes are read
   *     from it: it must not be changed. What a trace does not keep is not checked
   * @return the trace; without spans if the body holds none, which is how v2 says "not found"
   * @throws TraceDecodeException if the body is malformed, over 128 MiB or over a million spans
   */
  public static Trace decode(TraceId id, byte[] body, Format format) throws TraceDecodeException {
    requireSize(body);
    return switch (format) {
      case V1_PROTOBUF -> ProtobufTraceDecoder.decodeV1(id, body);
      case V2_PROTOBUF -> ProtobufTraceDecoder.decodeV2(id, body);
      case V1_JSON, V2_JSON -> JsonTraceDecoder.decode(id, body);
    };
  }

  static void requireSize(byte[] body) throws TraceDecodeException {
    if (body.length > MAX_BYTES) {
      throw new TraceDecodeException(
          "a trace of " + body.length + " bytes (at most " + MAX_BYTES + ")");
    }
  }

  static void requireSpans(int spans) throws TraceDecodeException {
    if (spans > MAX_SPANS) {
      throw new TraceDecodeException("a trace of more than " + MAX_SPANS + " spans");
    }
  }
}
