// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.spanway.model.Trace;
import io.spanway.model.TraceId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Walking the bytes finds what protobuf's own objects hold. */
final class TraceDecoderDifferentialTest {
  private static final TraceId ID = TraceId.parse("1");
  private static final long SEED = 20_261_122;

  @Test
  void randomTraces_decodeAsProtobufReadsThem() throws Exception {
    var random = new Random(SEED);
    int spans = 0;
    for (int i = 0; i < 600; i++) {
      byte[] body = RandomTrace.of(random).toByteArray();

      Trace trace = TraceDecoder.decode(ID, body, TraceDecoder.Format.V1_PROTOBUF);

      assertThat(trace).as("trace " + i).isEqualTo(TreeProtobufDecoder.decodeV1(ID, body));
      spans += trace.spans().size();
    }
    assertThat(spans).isGreaterThan(1_000);
  }

  @Test
  void fieldsInAnyOrderTwiceAndUnknown_decodeAsProtobufReadsThem() throws Exception {
    var random = new Random(SEED);
    for (int i = 0; i < 600; i++) {
      byte[] body = shuffled(RandomTrace.of(random), random);

      assertThat(TraceDecoder.decode(ID, body, TraceDecoder.Format.V1_PROTOBUF))
          .as("trace " + i)
          .isEqualTo(TreeProtobufDecoder.decodeV1(ID, body));
    }
  }

  @Test
  void damagedTraces_neverDecodeToSomethingElse() {
    var random = new Random(SEED);
    int read = 0;
    for (int i = 0; i < 4_000; i++) {
      byte[] body = RandomTrace.of(random).toByteArray();
      for (int flips = body.length == 0 ? 0 : 1 + random.nextInt(3); flips > 0; flips--) {
        body[random.nextInt(body.length)] = (byte) random.nextInt(256);
      }
      Trace expected = tree(body);
      if (expected != null) {
        read++;
        Trace walked = walked(body);
        assertThat(walked).as("trace " + i).isEqualTo(expected);
      }
    }
    assertThat(read).isBetween(400, 3_900);
  }

  private static @Nullable Trace tree(byte[] body) {
    try {
      return TreeProtobufDecoder.decodeV1(ID, body);
    } catch (TraceDecodeException e) {
      return null;
    }
  }

  private static @Nullable Trace walked(byte[] body) {
    try {
      return TraceDecoder.decode(ID, body, TraceDecoder.Format.V1_PROTOBUF);
    } catch (TraceDecodeException e) {
      return null;
    }
  }

  /** The message with its fields in random order, some twice and some that nobody knows. */
  private static byte[] shuffled(Message message, Random random) throws IOException {
    List<byte[]> parts = new ArrayList<>();
    for (var field : message.getAllFields().entrySet()) {
      if (field.getKey().isRepeated()) {
        for (Object element : (List<?>) field.getValue()) {
          parts.add(part(message, field.getKey(), element, random));
        }
      } else {
        parts.add(part(message, field.getKey(), field.getValue(), random));
      }
    }
    if (!parts.isEmpty() && random.nextInt(8) == 0) {
      parts.add(parts.get(random.nextInt(parts.size())));
    }
    if (random.nextInt(8) == 0) {
      parts.add(bytes(out -> out.writeByteArray(77, new byte[] {1, 2, 3})));
    }
    if (random.nextInt(8) == 0) {
      parts.add(bytes(out -> out.writeFixed32(1 + random.nextInt(9), 5)));
    }
    Collections.shuffle(parts, random);
    var all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.write(part);
    }
    return all.toByteArray();
  }

  private static byte[] part(Message message, FieldDescriptor field, Object value, Random random)
      throws IOException {
    if (value instanceof Message inner) {
      byte[] body = shuffled(inner, random);
      return bytes(out -> out.writeByteArray(field.getNumber(), body));
    }
    return message.newBuilderForType().setField(field, value).build().toByteArray();
  }

  private interface Writer {
    void write(CodedOutputStream out) throws IOException;
  }

  private static byte[] bytes(Writer writer) throws IOException {
    var bytes = new ByteArrayOutputStream();
    var out = CodedOutputStream.newInstance(bytes);
    writer.write(out);
    out.flush();
    return bytes.toByteArray();
  }
}
