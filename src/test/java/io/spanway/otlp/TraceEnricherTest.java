// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.opentelemetry.proto.trace.v1.TracesData;
import io.spanway.model.Attributes;
import io.spanway.model.Attributes.Attribute;
import io.spanway.model.Attributes.Kind;
import io.spanway.model.TraceId;
import io.spanway.otlp.TraceDecoder.Format;
import io.spanway.otlp.TraceEnricher.Enriched;
import java.io.ByteArrayOutputStream;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TraceEnricherTest {
  /** Gives {@code pod} the value of {@code k8s.pod.name}. */
  private static final TraceEnricher.Rule POD = new Copying(Set.of("pod", "namespace"));

  record Copying(Set<String> keys) implements TraceEnricher.Rule {
    @Override
    public @Nullable Attribute missing(Attributes resource, Set<String> taken) {
      String value = resource.labelValue("k8s.pod.name");
      return value == null || taken.contains("pod")
          ? null
          : new Attribute("pod", value, Kind.SCALAR);
    }
  }

  private static byte[] enriched(byte[] body, Format format) throws TraceDecodeException {
    Enriched enriched = TraceEnricher.enrich(body, format, POD);
    return enriched == null ? body : enriched.body();
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  // k8s.pod.name: p, as a field of the resource; and pod: p, as it is put in.
  private static final String SOURCE = "0a130a0c 6b38732e706f642e6e616d65 12030a0170";
  private static final String PUT = "0a0a0a03 706f64 12030a0170";

  /**
   * A batch: what is before the resource, the resource's rest, what follows. In the rest of the
   * resource a field 2 (dropped attributes) and a field 15 that nobody knows; in the scope an empty
   * scope and an empty span that has an empty status; behind it a field 9 that nobody knows and an
   * empty schema URL.
   */
  private static final String REST = "1003 7a0161";

  private static final String BEHIND = "1208 0a00 1204 7a00 7a00 4a0178 1a00";

  @Test
  void v1_getsTheAttributeAtTheEndOfItsListAndLongerLengths() throws Exception {
    byte[] before = bytes("0a2b 0a1a" + SOURCE + REST + BEHIND + "1201ff");
    byte[] after = bytes("0a37 0a26" + SOURCE + REST + PUT + BEHIND + "1201ff");

    assertThat(hex(enriched(before, Format.V1_PROTOBUF))).isEqualTo(hex(after));
  }

  @Test
  void v2_getsLongerEnvelopeAndKeepsTheRestOfIt() throws Exception {
    byte[] before = bytes("0a2d 0a2b 0a1a" + SOURCE + REST + BEHIND + "1200 1801 220170 7a00");
    byte[] after = bytes("0a39 0a37 0a26" + SOURCE + REST + PUT + BEHIND + "1200 1801 220170 7a00");

    assertThat(hex(enriched(before, Format.V2_PROTOBUF))).isEqualTo(hex(after));
  }

  @ParameterizedTest
  @CsvSource({
    "an empty body, ''",
    "an empty trace, 0a00",
    "an empty batch, 0a020a00",
    "an empty resource, 0a0a0a020a00120412021200",
    "no resource, 0a06120412021200",
  })
  void whatHasNoSource_staysAsItIs(String name, String hex) throws Exception {
    for (Format format : new Format[] {Format.V1_PROTOBUF, Format.V2_PROTOBUF}) {
      assertThat(TraceEnricher.enrich(bytes(hex), format, POD)).as(name + " " + format).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0a", "0a05", "0a0101", "0b", "0c", "0a030a0505", "ff"})
  void brokenBytes_areRefusedAndNotChanged(String hex) {
    assertThatThrownBy(() -> TraceEnricher.enrich(bytes(hex), Format.V1_PROTOBUF, POD))
        .isInstanceOf(TraceDecodeException.class);
  }

  private static KeyValue pair(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  /** A span, a scope and a resource with the given keys; none for an empty one. */
  private static TracesData trace(String onResource, String onScope, String... onSpans) {
    var scope = ScopeSpans.newBuilder().setScope(InstrumentationScope.newBuilder().setName("s"));
    if (!onScope.isEmpty()) {
      scope.getScopeBuilder().addAttributes(pair(onScope, "x"));
    }
    for (String key : onSpans) {
      var span = Span.newBuilder().setSpanId(ByteString.copyFrom(bytes("0000000000000001")));
      scope.addSpans(key.isEmpty() ? span : span.addAttributes(pair(key, "x")));
    }
    var resource = Resource.newBuilder().addAttributes(pair("k8s.pod.name", "p"));
    if (!onResource.isEmpty()) {
      resource.addAttributes(pair(onResource, "x"));
    }
    return TracesData.newBuilder()
        .addResourceSpans(ResourceSpans.newBuilder().setResource(resource).addScopeSpans(scope))
        .build();
  }

  @ParameterizedTest
  @CsvSource({
    "'', '', '', true",
    "service.name, scope, span, true",
    "pod, '', '', false",
    "namespace, '', '', false",
    "'', namespace, '', false",
    "'', '', namespace, false",
    "'', '', Pod, true",
    "'', '', pod, false",
  })
  void attribute_isPutInWhereNoTagIs(String resource, String scope, String span, boolean put)
      throws Exception {
    TracesData trace = trace(resource, scope, span);

    assertThat(TraceEnricher.enrich(trace.toByteArray(), Format.V1_PROTOBUF, POD) != null)
        .isEqualTo(put);
  }

  @Test
  void oneSpanWithoutTag_isEnoughButAKeyIsNeverDoubled() throws Exception {
    byte[] other = trace("", "", "namespace", "").toByteArray();
    byte[] same = trace("", "", "pod", "").toByteArray();
    byte[] none = trace("", "").toByteArray();

    assertThat(TraceEnricher.enrich(other, Format.V1_PROTOBUF, POD)).isNotNull();
    assertThat(TraceEnricher.enrich(same, Format.V1_PROTOBUF, POD)).isNull();
    assertThat(TraceEnricher.enrich(none, Format.V1_PROTOBUF, POD)).as("no spans").isNull();
  }

  /** What the rule says of random traces, done to protobuf's own objects. */
  private static TracesData expected(TracesData trace, TraceEnricher.Rule rule) {
    var all = trace.toBuilder();
    for (ResourceSpans.Builder batch : all.getResourceSpansBuilderList()) {
      Set<String> taken = new TreeSet<>();
      boolean lacking = false;
      for (ScopeSpans scope : batch.getScopeSpansList()) {
        Set<String> ofScope = keys(scope.getScope().getAttributesList(), rule);
        taken.addAll(ofScope);
        for (Span span : scope.getSpansList()) {
          Set<String> ofSpan = keys(span.getAttributesList(), rule);
          taken.addAll(ofSpan);
          lacking |= ofSpan.isEmpty() && ofScope.isEmpty();
        }
      }
      boolean enough = !keys(batch.getResource().getAttributesList(), rule).isEmpty();
      if (lacking && !enough && batch.getResource().getAttributesCount() > 0) {
        Attribute put = rule.missing(Attributes.EMPTY, taken);
        if (put != null) {
          batch.getResourceBuilder().addAttributes(pair(put.key(), put.text()));
        }
      }
    }
    return all.build();
  }

  private static Set<String> keys(Iterable<KeyValue> pairs, TraceEnricher.Rule rule) {
    Set<String> keys = new TreeSet<>();
    for (KeyValue pair : pairs) {
      if (rule.keys().contains(pair.getKey())) {
        keys.add(pair.getKey());
      }
    }
    return keys;
  }

  /** Says what is not on any span, whatever the resource has. */
  private record Constant(Set<String> keys, String value) implements TraceEnricher.Rule {
    @Override
    public @Nullable Attribute missing(Attributes resource, Set<String> taken) {
      return keys.stream()
          .sorted()
          .filter(key -> !taken.contains(key))
          .findFirst()
          .map(key -> new Attribute(key, value, Kind.SCALAR))
          .orElse(null);
    }
  }

  @Test
  void randomTraces_areWhatProtobufItselfWouldWrite() throws Exception {
    Random random = new Random(7);
    int changed = 0;
    for (int i = 0; i < 2000; i++) {
      TracesData trace = RandomTrace.of(random);
      var rule = new Constant(Set.of("http.route", "käse"), "v".repeat(random.nextInt(300)));
      byte[] v1 = trace.toByteArray();
      TracesData expected = expected(trace, rule);
      Enriched enriched = TraceEnricher.enrich(v1, Format.V1_PROTOBUF, rule);

      assertThat(enriched == null ? v1 : enriched.body()).isEqualTo(expected.toByteArray());
      changed += enriched == null ? 0 : 1;

      byte[] v2 = envelope(trace.toByteString());
      Enriched inEnvelope = TraceEnricher.enrich(v2, Format.V2_PROTOBUF, rule);
      assertThat(inEnvelope == null ? v2 : inEnvelope.body())
          .isEqualTo(envelope(expected.toByteString()));
    }
    assertThat(changed).isBetween(200, 1900);
  }

  private static byte[] envelope(ByteString trace) {
    return UnknownFieldSet.newBuilder()
        .addField(1, UnknownFieldSet.Field.newBuilder().addLengthDelimited(trace).build())
        .addField(3, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
        .addField(
            4,
            UnknownFieldSet.Field.newBuilder()
                .addLengthDelimited(ByteString.copyFromUtf8("too large"))
                .build())
        .build()
        .toByteArray();
  }

  /** Grafana reads all of these without looking whether they are there, and panics if not. */
  @Test
  void messagesThatGrafanaNeeds_areThereAsBefore() throws Exception {
    TracesData before =
        TracesData.newBuilder()
            .addResourceSpans(
                ResourceSpans.newBuilder()
                    .setResource(Resource.newBuilder().addAttributes(pair("k8s.pod.name", "p")))
                    .addScopeSpans(
                        ScopeSpans.newBuilder()
                            .setScope(InstrumentationScope.getDefaultInstance())
                            .addSpans(Span.newBuilder().setStatus(Status.getDefaultInstance()))
                            .addSpans(Span.newBuilder().setStatus(Status.getDefaultInstance()))))
            .addResourceSpans(ResourceSpans.newBuilder().setResource(Resource.getDefaultInstance()))
            .build();

    Enriched enriched =
        TraceEnricher.enrich(envelope(before.toByteString()), Format.V2_PROTOBUF, POD);
    UnknownFieldSet answer = UnknownFieldSet.parseFrom(enriched.body());
    TracesData after = TracesData.parseFrom(answer.getField(1).getLengthDelimitedList().get(0));
    ScopeSpans scope = after.getResourceSpans(0).getScopeSpans(0);

    assertThat(enriched.keys()).containsExactly("pod");
    assertThat(answer.getField(3).getVarintList()).containsExactly(1L);
    assertThat(after.getResourceSpans(0).getResource().getAttributesList())
        .containsExactly(pair("k8s.pod.name", "p"), pair("pod", "p"));
    assertThat(after.getResourceSpans(1).hasResource()).isTrue();
    assertThat(scope.hasScope()).isTrue();
    assertThat(scope.getSpansList()).hasSize(2).allMatch(Span::hasStatus);
    assertThat(scope).isEqualTo(before.getResourceSpans(0).getScopeSpans(0));
  }

  @Test
  void resourceInParts_isReadAsOne() throws Exception {
    TracesData trace = trace("", "", "");
    var out = new ByteArrayOutputStream();
    out.writeBytes(trace.getResourceSpans(0).toByteArray());
    out.writeBytes(
        ResourceSpans.newBuilder()
            .setResource(Resource.newBuilder().addAttributes(pair("more", "x")))
            .build()
            .toByteArray());
    byte[] body =
        UnknownFieldSet.newBuilder()
            .addField(
                1,
                UnknownFieldSet.Field.newBuilder()
                    .addLengthDelimited(ByteString.copyFrom(out.toByteArray()))
                    .build())
            .build()
            .toByteArray();

    assertThat(
            TracesData.parseFrom(enriched(body, Format.V1_PROTOBUF))
                .getResourceSpans(0)
                .getResource()
                .getAttributesList())
        .containsExactly(pair("k8s.pod.name", "p"), pair("more", "x"), pair("pod", "p"));
  }

  private static final String ATTRIBUTE =
      "{\"key\":\"k8s.pod.name\",\"value\":{\"stringValue\":\"pö\\\"d\"}}";
  private static final String JSON_PUT =
      ",{\"key\":\"pod\",\"value\":{\"stringValue\":\"pö\\\"d\"}}";
  private static final String SPANS =
      "\"scopeSpans\":[{\"scope\":{},\"spans\":[{\"status\":{},\"x\":[1.50,\"]\"]}]}]";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "V1_JSON|{\"batches\":[{\"resource\":{\"attributes\":[@*],\"n\":1},S}]}",
        "V1_JSON|{\"batches\":[{S, \"resource\" : { \"attributes\": [ @ *] } }] }",
        "V1_JSON|{\"batches\":[{\"resource\":{\"attributes\":[@*]},S},{\"resource\":{\"attributes\":[@*]},S}]}",
        "V2_JSON|{\"trace\":{\"resourceSpans\":[{\"resource\":{\"attributes\":[@*]},S}]},\"metrics\":{},\"status\":\"PARTIAL\"}",
        "V1_JSON|{\"batches\":[{\"resource\":{\"attributes\":[]},S}]}",
        "V1_JSON|{\"batches\":[{\"resource\":{},S}]}",
        "V1_JSON|{\"batches\":[{\"resource\":{\"attributes\":[@]}}]}",
        "V1_JSON|{\"batches\":[{\"resource\":{\"attributes\":[@,{\"key\":\"pod\"}]},S}]}",
        "V1_JSON|{\"batches\":[{\"resource\":{\"attributes\":[@]},\"scopeSpans\":[{\"spans\":[{\"attributes\":[{\"key\":\"namespace\"}]}]}]}]}",
        "V1_JSON|{\"batches\":[{\"resource\":{\"attributes\":[@]},\"scopeSpans\":[{\"scope\":{\"attributes\":[{\"key\":\"pod\"}]},\"spans\":[{}]}]}]}",
        "V2_JSON|{\"trace\":{},\"metrics\":{}}",
        "V2_JSON|{}",
      })
  void json_getsTheAttributeAtTheEndOfItsList(Format format, String shape) throws Exception {
    String before =
        shape
            .replace("*", "")
            .replace("@", ATTRIBUTE)
            .replace("S}", SPANS + "}")
            .replace("S,", SPANS + ",");
    String after = shape.replace("@*", "@" + JSON_PUT).replace("@ *", "@ " + JSON_PUT);
    after = after.replace("@", ATTRIBUTE).replace("S}", SPANS + "}").replace("S,", SPANS + ",");

    assertThat(new String(enriched(before.getBytes(UTF_8), format), UTF_8)).isEqualTo(after);
  }

  @Test
  void jsonThatIsBroken_isRefused() {
    for (String json : new String[] {"", "[]", "{", "{}{}", "{\"batches\":[{]}"}) {
      assertThatThrownBy(() -> TraceEnricher.enrich(json.getBytes(UTF_8), Format.V1_JSON, POD))
          .as(json)
          .isInstanceOf(TraceDecodeException.class);
    }
    String wide =
        "{\"batches\":[{\"resource\":{\"attributes\":[" + ATTRIBUTE + "]}," + SPANS + "}]}";
    assertThatThrownBy(
            () ->
                TraceEnricher.enrich(
                    wide.getBytes(java.nio.charset.StandardCharsets.UTF_16BE), Format.V1_JSON, POD))
        .hasMessageContaining("UTF-8");
  }

  @ParameterizedTest
  @CsvSource({
    "tempo-v1-trace-protobuf, V1_PROTOBUF",
    "tempo-v2-trace-protobuf, V2_PROTOBUF",
    "tempo-v1-trace-json, V1_JSON",
    "tempo-v2-trace-json, V2_JSON",
  })
  void traceOfARealTempo_differsByTheAttributeAlone(String recording, Format format)
      throws Exception {
    byte[] body = Recording.body(recording);
    var rule = new Constant(Set.of("spanway.none"), "v");
    Enriched enriched = TraceEnricher.enrich(body, format, rule);
    TraceId id = TraceId.parse("1");
    var before = TraceDecoder.decode(id, body, format).spans();
    var after = TraceDecoder.decode(id, enriched.body(), format).spans();

    assertThat(after).hasSameSizeAs(before).isNotEmpty();
    for (int i = 0; i < after.size(); i++) {
      assertThat(after.get(i).labelValue("spanway.none")).isEqualTo("v");
      assertThat(after.get(i).attributes()).isEqualTo(before.get(i).attributes());
      assertThat(after.get(i).id()).isEqualTo(before.get(i).id());
    }
  }
}
