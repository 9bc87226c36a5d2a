// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import static io.spanway.otlp.OtlpTags.RESOURCE;
import static io.spanway.otlp.OtlpTags.RESOURCE_ATTRIBUTES;
import static io.spanway.otlp.OtlpTags.RESOURCE_SPANS;
import static io.spanway.otlp.OtlpTags.SCOPE;
import static io.spanway.otlp.OtlpTags.SCOPE_ATTRIBUTES;
import static io.spanway.otlp.OtlpTags.SCOPE_SPANS;
import static io.spanway.otlp.OtlpTags.SPANS;
import static io.spanway.otlp.OtlpTags.SPAN_ATTRIBUTES;
import static io.spanway.otlp.OtlpTags.bytes;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import io.spanway.model.Attributes;
import io.spanway.model.Attributes.Attribute;
import io.spanway.model.Resource;
import io.spanway.model.Span;
import io.spanway.model.SpanId;
import io.spanway.model.Trace;
import io.spanway.model.TraceId;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tempo's protobuf traces: OTLP, in version 2 with an envelope. The bytes are walked, without the
 * tree of objects that protobuf would make of them; events, links and states are passed over, and
 * attributes of spans are checked here but read when somebody asks for them.
 */
final class ProtobufTraceDecoder {
  // Field numbers of opentelemetry.proto.trace.v1, as tags: a field of another type is unknown.
  private static final int SPAN_ID = bytes(2);
  private static final int PARENT_SPAN_ID = bytes(4);
  private static final int NAME = bytes(5);
  private static final int KIND = 6 << 3;
  private static final int START = (7 << 3) | 1;
  private static final int END = (8 << 3) | 1;

  private static final String KIND_PREFIX = "SPAN_KIND_";
  private static final String[] KINDS = kinds();
  private static final HexFormat HEX = HexFormat.of();
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final byte[] body;
  private final SharedTexts texts;
  private final ProtobufPair pair;
  private final List<Span> spans = new ArrayList<>();

  private ProtobufTraceDecoder(byte[] body) {
    this.body = body;
    this.texts = new SharedTexts(body);
    this.pair = new ProtobufPair(body);
  }

  static Trace decodeV1(TraceId id, byte[] body) throws TraceDecodeException {
    var decoder = new ProtobufTraceDecoder(body);
    try {
      decoder.trace(0, body.length);
    } catch (IOException e) {
      throw malformed(e);
    }
    return new Trace(id, decoder.spans, false, null);
  }

  static Trace decodeV2(TraceId id, byte[] body) throws TraceDecodeException {
    var decoder = new ProtobufTraceDecoder(body);
    boolean partial = false;
    String message = null;
    try {
      CodedInputStream in = CodedInputStream.newInstance(body);
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        if (tag == V2Envelope.TRACE_TAG) {
          int length = in.readRawVarint32();
          int from = in.getTotalBytesRead();
          in.skipRawBytes(length);
          decoder.trace(from, length);
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

  private interface PartReader {
    void read(int from, int length) throws IOException, TraceDecodeException;
  }

  /** Hands the places of all fields {@code tag} of a message to {@code reader}. */
  private void each(int from, int length, int tag, PartReader reader)
      throws IOException, TraceDecodeException {
    CodedInputStream in = CodedInputStream.newInstance(body, from, length);
    for (int next = in.readTag(); next != 0; next = in.readTag()) {
      if (next == tag) {
        int partLength = in.readRawVarint32();
        int partFrom = from + in.getTotalBytesRead();
        in.skipRawBytes(partLength);
        reader.read(partFrom, partLength);
      } else {
        skip(in, next);
      }
    }
  }

  private static void skip(CodedInputStream in, int tag) throws IOException {
    if (!in.skipField(tag)) {
      throw new InvalidProtocolBufferException("a group ends that did not begin");
    }
  }

  private void trace(int from, int length) throws IOException, TraceDecodeException {
    each(from, length, RESOURCE_SPANS, this::batch);
  }

  // Twice over the fields: nothing says that the resource comes before its spans.
  private void batch(int from, int length) throws IOException, TraceDecodeException {
    var resource = new Resource(shared(from, length, RESOURCE, RESOURCE_ATTRIBUTES));
    each(
        from,
        length,
        SCOPE_SPANS,
        (scopeFrom, scopeLength) -> {
          Attributes scope = shared(scopeFrom, scopeLength, SCOPE, SCOPE_ATTRIBUTES);
          CodedInputStream in = CodedInputStream.newInstance(body, scopeFrom, scopeLength);
          for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == SPANS) {
              int limit = in.pushLimit(in.readRawVarint32());
              span(in, scopeFrom, resource, scope);
              in.popLimit(limit);
            } else {
              skip(in, tag);
            }
          }
        });
  }

  /** The attributes of a resource or scope: one object for all spans of it. */
  private Attributes shared(int from, int length, int owner, int attributes)
      throws IOException, TraceDecodeException {
    var all = new ArrayList<Attribute>();
    each(
        from,
        length,
        owner,
        (ownerFrom, ownerLength) -> {
          CodedInputStream in = CodedInputStream.newInstance(body, ownerFrom, ownerLength);
          for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == attributes) {
              pair.read(in, ownerFrom);
              all.add(pair.attribute(texts));
            } else {
              skip(in, tag);
            }
          }
        });
    return all.isEmpty() ? Attributes.EMPTY : new Attributes(all);
  }

  private void span(CodedInputStream in, int base, Resource resource, Attributes scope)
      throws IOException, TraceDecodeException {
    TraceDecoder.requireSpans(spans.size() + 1);
    int from = base + in.getTotalBytesRead();
    int length = in.getBytesUntilLimit();
    long id = 0;
    long parent = 0;
    String name = "";
    int kind = 0;
    long start = 0;
    long end = 0;
    int attributes = 0;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (tag == SPAN_ATTRIBUTES) {
        pair.read(in, base);
        attributes++;
      } else if (tag == SPAN_ID) {
        id = id(in, base);
      } else if (tag == PARENT_SPAN_ID) {
        parent = id(in, base);
      } else if (tag == NAME) {
        name = name(in, base);
      } else if (tag == KIND) {
        kind = in.readEnum();
      } else if (tag == START) {
        start = in.readFixed64();
      } else if (tag == END) {
        end = in.readFixed64();
      } else {
        skip(in, tag);
      }
    }
    SpanId spanId = spanId(id);
    if (spanId != null) {
      spans.add(
          new Span(
              spanId,
              spanId(parent),
              name,
              kind(kind),
              TraceFacts.endOf(start),
              TraceFacts.endOf(end),
              resource,
              attributes == 0 ? Attributes.EMPTY : later(texts, from, length, attributes),
              scope));
    }
  }

  private static Attributes later(SharedTexts texts, int from, int length, int count) {
    return Attributes.lazily(() -> read(texts, from, length, count));
  }

  private static List<Attribute> read(SharedTexts texts, int from, int length, int count) {
    var all = new ArrayList<Attribute>(count);
    var pair = new ProtobufPair(texts.body());
    try {
      CodedInputStream in = CodedInputStream.newInstance(texts.body(), from, length);
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        if (tag == SPAN_ATTRIBUTES) {
          pair.read(in, from);
          all.add(pair.attribute(texts));
        } else {
          skip(in, tag);
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("was read before", e);
    }
    return all;
  }

  private String name(CodedInputStream in, int base) throws IOException {
    int length = in.readRawVarint32();
    int from = base + in.getTotalBytesRead();
    in.skipRawBytes(length);
    ProtobufPair.requireText(body, from, length);
    return texts.text(from, length);
  }

  /** The eight bytes of an ID; 0 for any other number of bytes. */
  private long id(CodedInputStream in, int base) throws IOException {
    int length = in.readRawVarint32();
    int from = base + in.getTotalBytesRead();
    in.skipRawBytes(length);
    return length == 8 ? (long) LONGS.get(body, from) : 0;
  }

  private static @Nullable SpanId spanId(long id) {
    return id == 0 ? null : new SpanId(HEX.toHexDigits(id));
  }

  private static String kind(int number) {
    return KINDS.length > number && number >= 0 ? KINDS[number] : "";
  }

  private static String[] kinds() {
    var names = new ArrayList<String>();
    for (int i = 0; SpanKind.forNumber(i) != null; i++) {
      SpanKind kind = SpanKind.forNumber(i);
      names.add(
          kind == SpanKind.SPAN_KIND_UNSPECIFIED
              ? ""
              : kind.name().substring(KIND_PREFIX.length()));
    }
    return names.toArray(String[]::new);
  }
}
