// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

/**
 * What a cache needs to know about a trace, read without building its spans.
 *
 * @param spanCount how many spans it has
 * @param newestEndNs the latest end of a span in nanoseconds since the epoch, 0 without spans; an
 *     end outside the range of a long counts as the far future
 * @param partial whether Tempo says that spans are missing
 */
public record TraceFacts(int spanCount, long newestEndNs, boolean partial) {
  /** Whether there are no spans: Tempo does not have the trace. */
  public boolean empty() {
    return spanCount == 0;
  }

  /**
   * Reads the facts from a body.
   *
   * @throws TraceDecodeException as {@link TraceDecoder#decode}; a body that gives facts may still
   *     fail to decode, since values of attributes are not looked at
   */
  public static TraceFacts read(byte[] body, TraceDecoder.Format format)
      throws TraceDecodeException {
    TraceDecoder.requireSize(body);
    return switch (format) {
      case V1_PROTOBUF -> new ProtobufFactsReader().readV1(body);
      case V2_PROTOBUF -> new ProtobufFactsReader().readV2(body);
      case V1_JSON, V2_JSON -> JsonFactsReader.read(body);
    };
  }

  static long endOf(long unsignedNs) {
    return unsignedNs < 0 ? Long.MAX_VALUE : unsignedNs;
  }
}
