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
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.ExtensionRegistryLite;
import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.spanway.model.Attributes;
import io.spanway.model.Attributes.Attribute;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Finds in the wire format where attributes go in, and which lengths grow with them. */
final class ProtobufEnricher {
  private static final int KEY = bytes(1);

  private final byte[] body;
  private final TraceEnricher.Rule rule;
  private final List<String> keys;
  private final byte[][] keyBytes;
  private final Edits edits;
  private final Set<String> added;

  ProtobufEnricher(byte[] body, TraceEnricher.Rule rule, Edits edits, Set<String> added) {
    this.body = body;
    this.rule = rule;
    this.keys = List.copyOf(rule.keys());
    this.keyBytes = new byte[keys.size()][];
    for (int i = 0; i < keyBytes.length; i++) {
      keyBytes[i] = keys.get(i).getBytes(StandardCharsets.UTF_8);
    }
    this.edits = edits;
    this.added = added;
  }

  /** A field that holds a message: where its length is written, and what it holds. */
  private record Field(int lengthAt, int from, int length) {}

  private interface FieldReader {
    void read(Field field) throws IOException;
  }

  void v1() throws TraceDecodeException {
    try {
      trace(new Field(0, 0, body.length));
    } catch (IOException e) {
      throw malformed(e);
    }
  }

  void v2() throws TraceDecodeException {
    try {
      each(
          new Field(0, 0, body.length),
          V2Envelope.TRACE_TAG,
          trace -> lengthen(trace, trace(trace)));
    } catch (IOException e) {
      throw malformed(e);
    }
  }

  private static TraceDecodeException malformed(IOException e) {
    return new TraceDecodeException("not a protobuf trace: " + e.getMessage());
  }

  /** Hands all fields {@code tag} of a message to {@code reader}. */
  private void each(Field message, int tag, FieldReader reader) throws IOException {
    CodedInputStream in = CodedInputStream.newInstance(body, message.from(), message.length());
    for (int next = in.readTag(); next != 0; next = in.readTag()) {
      if (next == tag) {
        int lengthAt = message.from() + in.getTotalBytesRead();
        int length = in.readRawVarint32();
        int from = message.from() + in.getTotalBytesRead();
        in.skipRawBytes(length);
        reader.read(new Field(lengthAt, from, length));
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

  /** Makes a field's length larger; returns by how much the field grows with that. */
  private int lengthen(Field field, int by) throws IOException {
    if (by == 0) {
      return 0;
    }
    int length = field.length() + by;
    byte[] written = new byte[CodedOutputStream.computeUInt32SizeNoTag(length)];
    CodedOutputStream.newInstance(written).writeUInt32NoTag(length);
    int before = field.from() - field.lengthAt();
    edits.replace(field.lengthAt(), before, written);
    return by + written.length - before;
  }

  /** Enriches a trace; returns by how much it grows. */
  private int trace(Field trace) throws IOException {
    int[] growth = new int[1];
    each(trace, RESOURCE_SPANS, batch -> growth[0] += lengthen(batch, batch(batch)));
    return growth[0];
  }

  // Twice over the fields: nothing says that the resource comes before its spans.
  private int batch(Field batch) throws IOException {
    List<Field> resources = new ArrayList<>(1);
    each(batch, RESOURCE, resources::add);
    Set<String> taken = new HashSet<>();
    for (Field resource : resources) {
      each(resource, RESOURCE_ATTRIBUTES, attribute -> noteKey(attribute, taken));
    }
    if (resources.isEmpty() || !taken.isEmpty()) {
      return 0;
    }
    boolean[] lacking = new boolean[1];
    each(batch, SCOPE_SPANS, scope -> lacking[0] |= lacks(scope, taken));
    if (!lacking[0]) {
      return 0;
    }
    Attributes attributes = attributes(resources);
    Attribute chosen = attributes.all().isEmpty() ? null : rule.missing(attributes, taken);
    if (chosen == null) {
      return 0;
    }
    added.add(chosen.key());
    // Several are one in protobuf, each after the other.
    Field last = resources.get(resources.size() - 1);
    byte[] put = written(chosen);
    edits.replace(last.from() + last.length(), 0, put);
    return lengthen(last, put.length);
  }

  /** Says whether a span of a scope has none of the keys, nor the scope; notes those there are. */
  private boolean lacks(Field scopeSpans, Set<String> taken) throws IOException {
    Set<String> ofScope = new HashSet<>();
    each(
        scopeSpans,
        SCOPE,
        scope -> each(scope, SCOPE_ATTRIBUTES, attribute -> noteKey(attribute, ofScope)));
    taken.addAll(ofScope);
    boolean[] lacking = new boolean[1];
    each(
        scopeSpans,
        SPANS,
        span -> {
          Set<String> ofSpan = new HashSet<>(2);
          each(span, SPAN_ATTRIBUTES, attribute -> noteKey(attribute, ofSpan));
          taken.addAll(ofSpan);
          lacking[0] |= ofSpan.isEmpty();
        });
    return lacking[0] && ofScope.isEmpty();
  }

  private void noteKey(Field attribute, Set<String> to) throws IOException {
    int[] found = {-1};
    each(attribute, KEY, key -> found[0] = indexOf(key));
    if (found[0] >= 0) {
      to.add(keys.get(found[0]));
    }
  }

  private int indexOf(Field key) {
    int end = key.from() + key.length();
    for (int i = 0; i < keyBytes.length; i++) {
      if (Arrays.equals(body, key.from(), end, keyBytes[i], 0, keyBytes[i].length)) {
        return i;
      }
    }
    return -1;
  }

  private Attributes attributes(List<Field> resources) throws IOException {
    List<Attribute> all = new ArrayList<>();
    for (Field each : resources) {
      Resource resource =
          Resource.parser()
              .parseFrom(
                  body, each.from(), each.length(), ExtensionRegistryLite.getEmptyRegistry());
      for (KeyValue pair : resource.getAttributesList()) {
        all.add(ProtobufValues.attribute(pair));
      }
    }
    return new Attributes(all);
  }

  /** The attribute as a field of the resource. */
  private static byte[] written(Attribute attribute) {
    return Resource.newBuilder()
        .addAttributes(
            KeyValue.newBuilder()
                .setKey(attribute.key())
                .setValue(AnyValue.newBuilder().setStringValue(attribute.text())))
        .build()
        .toByteArray();
  }
}
