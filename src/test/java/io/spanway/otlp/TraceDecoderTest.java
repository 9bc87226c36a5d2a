// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.common.v1.KeyValueList;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.TracesData;
import io.spanway.model.Attributes;
import io.spanway.model.Span;
import io.spanway.model.SpanId;
import io.spanway.model.Trace;
import io.spanway.model.TraceId;
import io.spanway.otlp.TraceDecoder.Format;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class TraceDecoderTest {
  private static final TraceId ID = TraceId.parse("4a789cb3d8b9b45c1b98fbe466809a11");

  @ParameterizedTest
  @CsvSource({
    "tempo-v1-trace-protobuf, V1_PROTOBUF",
    "tempo-v2-trace-protobuf, V2_PROTOBUF",
    "tempo-v1-trace-json, V1_JSON",
    "tempo-v2-trace-json, V2_JSON",
  })
  void decode_recordedTrace_isTheSameInEveryFormat(String name, Format format) throws Exception {
    byte[] body = Recording.body(name);

    Trace trace = TraceDecoder.decode(ID, body, format);

    assertThat(trace.serviceNames()).containsExactly("nginx", "checkout", "payments", "legacy");
    Span root = Objects.requireNonNull(trace.root());
    assertThat(root.id()).isEqualTo(SpanId.parse("111b8aaa62f28d1a"));
    assertThat(root.name()).isEqualTo("nginx op");
    assertThat(root.kind()).isEqualTo("SERVER");
    assertThat(root.startNs()).isEqualTo(1_795_332_491_664_837_770L);
    assertThat(root.endNs()).isEqualTo(1_795_332_491_784_837_770L);
    assertThat(root.labelValue("http.response.status_code")).isEqualTo("200");
    assertThat(root.labelValue("quote")).isEqualTo("a\"b\\c`d");
    assertThat(trace.partial()).isFalse();
    assertThat(TraceFacts.read(body, format))
        .isEqualTo(new TraceFacts(trace.spans().size(), trace.endNs(), false));
  }

  @ParameterizedTest
  @CsvSource({
    "tempo-v2-trace-absent-protobuf, V2_PROTOBUF",
    "tempo-v2-trace-absent, V2_JSON",
  })
  void decode_absentTrace_hasNoSpans(String name, Format format) throws Exception {
    byte[] body = Recording.body(name);

    assertThat(TraceDecoder.decode(ID, body, format).spans()).isEmpty();
    assertThat(TraceFacts.read(body, format).empty()).isTrue();
  }

  @Test
  void decode_everyKindOfValue_printsAsGrafanaDoes() throws Exception {
    AnyValue list =
        AnyValue.newBuilder()
            .setArrayValue(ArrayValue.newBuilder().addValues(text("a\"\n")).addValues(number(0.5)))
            .build();
    AnyValue map =
        AnyValue.newBuilder()
            .setKvlistValue(
                KeyValueList.newBuilder()
                    .addValues(pair("k", list))
                    .addValues(pair("n", AnyValue.getDefaultInstance())))
            .build();
    var span =
        span(1)
            .addAttributes(pair("text", text("x")))
            .addAttributes(pair("yes", AnyValue.newBuilder().setBoolValue(true).build()))
            .addAttributes(pair("int", AnyValue.newBuilder().setIntValue(-42).build()))
            .addAttributes(pair("double", number(2.0)))
            .addAttributes(pair("list", list))
            .addAttributes(pair("map", map))
            .addAttributes(
                pair(
                    "bytes",
                    AnyValue.newBuilder().setBytesValue(ByteString.copyFromUtf8("hi")).build()));

    Span decoded = decodeOne(span);

    assertThat(decoded.attributes().all())
        .containsExactly(
            new Attributes.Attribute("text", "x", Attributes.Kind.SCALAR),
            new Attributes.Attribute("yes", "true", Attributes.Kind.SCALAR),
            new Attributes.Attribute("int", "-42", Attributes.Kind.SCALAR),
            new Attributes.Attribute("double", "2", Attributes.Kind.SCALAR),
            new Attributes.Attribute("list", "[\"a\\\"\\n\",0.5]", Attributes.Kind.COMPOSITE),
            new Attributes.Attribute(
                "map", "{\"k\":[\"a\\\"\\n\",0.5],\"n\":null}", Attributes.Kind.COMPOSITE),
            new Attributes.Attribute("bytes", "\"aGk=\"", Attributes.Kind.COMPOSITE));
  }

  @Test
  void decode_partialTrace_keepsTempoMessage() throws Exception {
    byte[] body = envelope(traces(span(7)), 1, "trace exceeds max size");

    Trace trace = TraceDecoder.decode(ID, body, Format.V2_PROTOBUF);

    assertThat(trace.partial()).isTrue();
    assertThat(trace.message()).isEqualTo("trace exceeds max size");
    assertThat(TraceFacts.read(body, Format.V2_PROTOBUF)).isEqualTo(new TraceFacts(1, 20, true));
  }

  @Test
  void decode_partialJson_keepsTempoMessage() throws Exception {
    byte[] body =
        "{\"trace\":{\"resourceSpans\":[]},\"status\":\"PARTIAL\",\"message\":\"too large\"}"
            .getBytes(UTF_8);

    Trace trace = TraceDecoder.decode(ID, body, Format.V2_JSON);

    assertThat(trace.partial()).isTrue();
    assertThat(trace.message()).isEqualTo("too large");
    assertThat(TraceFacts.read(body, Format.V2_JSON).partial()).isTrue();
  }

  @Test
  void decode_hexIdsInJson_areReadToo() throws Exception {
    byte[] body =
        ("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":["
                + "{\"spanId\":\"00000000000000AB\",\"endTimeUnixNano\":7}]}]}]}")
            .getBytes(UTF_8);

    assertThat(TraceDecoder.decode(ID, body, Format.V1_JSON).spans().get(0).id().hex())
        .isEqualTo("00000000000000ab");
    assertThat(TraceFacts.read(body, Format.V1_JSON)).isEqualTo(new TraceFacts(1, 7, false));
  }

  @Test
  void decode_jsonInAnyOrder_isReadAsItGoesBy() throws Exception {
    byte[] body =
        """
        {"message":"m","batches":[{"scopeSpans":[{"spans":[
          {"attributes":[{"value":{"arrayValue":{"values":[{"kvlistValue":{"values":[
             {"value":{"bytesValue":"aGk="},"key":"b"},{"key":"i","value":{"intValue":"7"}},
             {"key":"none"}]}},{"stringValue":"x\\"y"},{"boolValue":true},{"doubleValue":0.5},{}]}},
             "key":"list"},{"key":"d","value":{"doubleValue":2}},{"key":"none"},
             {"key":"n","value":{"intValue":42}}],
           "events":[{"attributes":[{"key":"spans"}]}],"kind":"SPAN_KIND_CLIENT",
           "startTimeUnixNano":null,"spanId":"t61rcWkgMzE=","parentSpanId":"AAAAAAAAAAE="}],
          "scope":{"attributes":[{"key":"s","value":{"stringValue":"t"}}]}}],
         "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"cart"}}]}}]}
        """
            .getBytes(UTF_8);

    Trace trace = TraceDecoder.decode(ID, body, Format.V1_JSON);

    Span span = trace.spans().get(0);
    assertThat(trace.message()).isEqualTo("m");
    assertThat(span.id()).isEqualTo(SpanId.parse("b7ad6b7169203331"));
    assertThat(span.parentId()).isEqualTo(SpanId.parse("1"));
    assertThat(span.kind()).isEqualTo("CLIENT");
    assertThat(span.resource().serviceName()).isEqualTo("cart");
    assertThat(span.scopeAttributes()).isEqualTo(Attributes.of("s", "t"));
    assertThat(span.attributes().all())
        .containsExactly(
            new Attributes.Attribute(
                "list",
                "[{\"b\":\"aGk=\",\"i\":7,\"none\":null},\"x\\\"y\",true,0.5,null]",
                Attributes.Kind.COMPOSITE),
            new Attributes.Attribute("d", "2", Attributes.Kind.SCALAR),
            new Attributes.Attribute("none", "null", Attributes.Kind.COMPOSITE),
            new Attributes.Attribute("n", "42", Attributes.Kind.SCALAR));
  }

  @Test
  void decode_batchesBesideATrace_areNotCounted() throws Exception {
    String spans = "[{\"scopeSpans\":[{\"spans\":[{\"spanId\":\"00000000000000AB\"}]}]}]";
    byte[] body = ("{\"batches\":" + spans + ",\"trace\":{\"resourceSpans\":[]}}").getBytes(UTF_8);

    assertThat(TraceDecoder.decode(ID, body, Format.V2_JSON).spans()).isEmpty();
  }

  @Test
  void decode_spanWithoutId_isLeftOut() throws Exception {
    byte[] body = traces(span(1).setSpanId(ByteString.EMPTY)).toByteArray();

    assertThat(TraceDecoder.decode(ID, body, Format.V1_PROTOBUF).spans()).isEmpty();
  }

  @Test
  void decode_endBeyondALong_isTheFarFuture() throws Exception {
    byte[] body = traces(span(1).setEndTimeUnixNano(-1)).toByteArray();

    assertThat(TraceDecoder.decode(ID, body, Format.V1_PROTOBUF).endNs()).isEqualTo(Long.MAX_VALUE);
    assertThat(TraceFacts.read(body, Format.V1_PROTOBUF).newestEndNs()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void decode_fiftyThousandSpans_isWhole() throws Exception {
    var spans = ScopeSpans.newBuilder();
    for (int i = 1; i <= 50_000; i++) {
      spans.addSpans(span(i));
    }
    byte[] body =
        TracesData.newBuilder()
            .addResourceSpans(ResourceSpans.newBuilder().addScopeSpans(spans))
            .build()
            .toByteArray();

    assertThat(TraceDecoder.decode(ID, body, Format.V1_PROTOBUF).spans()).hasSize(50_000);
    assertThat(TraceFacts.read(body, Format.V1_PROTOBUF).spanCount()).isEqualTo(50_000);
  }

  @ParameterizedTest
  @EnumSource(Format.class)
  void decode_garbage_failsWithOneLine(Format format) {
    byte[] body = "{\"trace\":\n[[[".getBytes(UTF_8);

    assertThatThrownBy(() -> TraceDecoder.decode(ID, body, format))
        .isInstanceOf(TraceDecodeException.class)
        .hasMessageStartingWith("not a ")
        .message()
        .doesNotContain("\n");
    assertThatThrownBy(() -> TraceFacts.read(body, format))
        .isInstanceOf(TraceDecodeException.class);
  }

  @Test
  void decode_deeplyNestedValue_failsInsteadOfOverflowing() {
    AnyValue value = text("x");
    for (int i = 0; i < 200; i++) {
      value = AnyValue.newBuilder().setArrayValue(ArrayValue.newBuilder().addValues(value)).build();
    }
    byte[] body = traces(span(1).addAttributes(pair("deep", value))).toByteArray();

    assertThatThrownBy(() -> TraceDecoder.decode(ID, body, Format.V1_PROTOBUF))
        .isInstanceOf(TraceDecodeException.class);
  }

  private static Span decodeOne(io.opentelemetry.proto.trace.v1.Span.Builder span)
      throws TraceDecodeException {
    return TraceDecoder.decode(ID, traces(span).toByteArray(), Format.V1_PROTOBUF).spans().get(0);
  }

  private static io.opentelemetry.proto.trace.v1.Span.Builder span(int id) {
    return io.opentelemetry.proto.trace.v1.Span.newBuilder()
        .setSpanId(
            ByteString.copyFrom(
                new byte[] {0, 0, 0, 0, 1, (byte) (id >> 16), (byte) (id >> 8), (byte) id}))
        .setStartTimeUnixNano(10)
        .setEndTimeUnixNano(20);
  }

  private static TracesData traces(io.opentelemetry.proto.trace.v1.Span.Builder span) {
    return TracesData.newBuilder()
        .addResourceSpans(
            ResourceSpans.newBuilder().addScopeSpans(ScopeSpans.newBuilder().addSpans(span)))
        .build();
  }

  private static byte[] envelope(TracesData trace, int status, String message) throws IOException {
    var bytes = new ByteArrayOutputStream();
    var out = CodedOutputStream.newInstance(bytes);
    out.writeMessage(1, trace);
    out.writeByteArray(2, new byte[] {8, 1});
    out.writeEnum(3, status);
    out.writeString(4, message);
    out.flush();
    return bytes.toByteArray();
  }

  private static KeyValue pair(String key, AnyValue value) {
    return KeyValue.newBuilder().setKey(key).setValue(value).build();
  }

  private static AnyValue text(String value) {
    return AnyValue.newBuilder().setStringValue(value).build();
  }

  private static AnyValue number(double value) {
    return AnyValue.newBuilder().setDoubleValue(value).build();
  }
}
