// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;

/** Walks the wire format down to the end of every span. */
final class ProtobufFactsReader {
  private static final int RESOURCE_SPANS = 1;
  private static final int SCOPE_SPANS = 2;
  private static final int SPANS = 2;
  private static final int END_TIME = 8;

  private int spans;
  private long newestEndNs;

  TraceFacts readV1(byte[] body) throws TraceDecodeException {
    try {
      trace(CodedInputStream.newInstance(body));
    } catch (IOException e) {
      throw new TraceDecodeException("not a protobuf trace: " + e.getMessage());
    }
    return facts(false);
  }

  TraceFacts readV2(byte[] body) throws TraceDecodeException {
    boolean partial = false;
    try {
      CodedInputStream in = CodedInputStream.newInstance(body);
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        if (tag == V2Envelope.TRACE_TAG) {
          int limit = in.pushLimit(in.readRawVarint32());
          trace(in);
          in.popLimit(limit);
        } else if (tag == V2Envelope.STATUS_TAG) {
          partial = in.readEnum() == V2Envelope.PARTIAL;
        } else {
          in.skipField(tag);
        }
      }
    } catch (IOException e) {
      throw new TraceDecodeException("not a protobuf trace: " + e.getMessage());
    }
    return facts(partial);
  }

  private TraceFacts facts(boolean partial) {
    return new TraceFacts(spans, newestEndNs, partial);
  }

  private void trace(CodedInputStream in) throws IOException, TraceDecodeException {
    nested(in, RESOURCE_SPANS, this::resourceSpans);
  }

  private void resourceSpans(CodedInputStream in) throws IOException, TraceDecodeException {
    nested(in, SCOPE_SPANS, this::scopeSpans);
  }

  private void scopeSpans(CodedInputStream in) throws IOException, TraceDecodeException {
    nested(in, SPANS, this::span);
  }

  private void span(CodedInputStream in) throws IOException, TraceDecodeException {
    TraceDecoder.requireSpans(++spans);
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == END_TIME
          && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_FIXED64) {
        newestEndNs = Math.max(newestEndNs, TraceFacts.endOf(in.readFixed64()));
      } else {
        in.skipField(tag);
      }
    }
  }

  private static void nested(CodedInputStream in, int field, MessageReader reader)
      throws IOException, TraceDecodeException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == field
          && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
        int limit = in.pushLimit(in.readRawVarint32());
        reader.read(in);
        in.popLimit(limit);
      } else {
        in.skipField(tag);
      }
    }
  }

  private interface MessageReader {
    void read(CodedInputStream in) throws IOException, TraceDecodeException;
  }
}
