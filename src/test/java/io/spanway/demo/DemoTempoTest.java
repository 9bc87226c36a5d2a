// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class DemoTempoTest {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final DemoData DATA = DemoData.startingAt(Instant.parse("2026-01-02T09:01:00Z"));
  private static final String ID = DemoData.NGINX_TRACE;

  private final DemoTempo tempo = new DemoTempo(DATA);

  @Test
  void protobufV1_isTheTrace() throws Exception {
    FakeExchange answer =
        FakeExchange.get(tempo, "/api/traces/" + ID, "Accept", "application/protobuf");

    assertThat(answer.header("Content-Type")).isEqualTo("application/protobuf");
    // Tempo's Trace has its resource spans in the same field as OTLP's TracesData.
    TracesData trace = TracesData.parseFrom(answer.bytes());
    assertThat(trace.getResourceSpansList()).hasSize(4);
    ResourceSpans first = trace.getResourceSpans(0);
    assertThat(first.getResource().getAttributesList())
        .contains(attribute("service.name", "nginx"), attribute("namespace", "production"));
    Span span = first.getScopeSpans(0).getSpans(0);
    assertThat(HexFormat.of().formatHex(span.getTraceId().toByteArray())).isEqualTo(ID);
    assertThat(span.getSpanId().size()).isEqualTo(8);
    assertThat(span.getParentSpanId().isEmpty()).isTrue();
    assertThat(span.getName()).isEqualTo("nginx");
    assertThat(span.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_SERVER);
    assertThat(span.getEndTimeUnixNano() - span.getStartTimeUnixNano()).isEqualTo(120_000_000L);
    assertThat(Instant.ofEpochSecond(0, span.getStartTimeUnixNano()))
        .isEqualTo(Instant.parse("2026-01-02T09:00:00.250Z"));
    assertThat(span.getAttributesList())
        .contains(
            KeyValue.newBuilder()
                .setKey("http.response.status_code")
                .setValue(AnyValue.newBuilder().setIntValue(200))
                .build());
    assertThat(trace.getResourceSpans(1).getScopeSpans(0).getSpans(0).getParentSpanId())
        .isEqualTo(span.getSpanId());
    assertThat(trace.getUnknownFields().asMap()).isEmpty();
  }

  private static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  @Test
  void protobufV2_wrapsTheTrace() {
    byte[] v1 =
        FakeExchange.get(tempo, "/api/traces/" + ID, "Accept", "application/protobuf").bytes();
    byte[] v2 =
        FakeExchange.get(tempo, "/api/v2/traces/" + ID, "Accept", "application/protobuf").bytes();

    assertThat(v2).startsWith(0x0a).endsWith(0x12, 0x00).containsSubsequence(v1);
  }

  @Test
  void absentTrace_is404InV1AndEmptyInV2() {
    String absent = "/00000000000000000000000000000001";

    assertThat(FakeExchange.get(tempo, "/api/traces" + absent).status()).isEqualTo(404);
    assertThat(FakeExchange.get(tempo, "/api/v2/traces" + absent).body())
        .isEqualTo("{\"trace\":{},\"metrics\":{}}");
    // As recorded: an empty trace and empty metrics.
    assertThat(
            FakeExchange.get(tempo, "/api/v2/traces" + absent, "Accept", "application/protobuf")
                .bytes())
        .containsExactly(0x0a, 0x00, 0x12, 0x00);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/traces/", "/api/v2/traces/"})
  void upperCaseId_isFound(String path) {
    FakeExchange answer = FakeExchange.get(tempo, path + ID.toUpperCase(Locale.ROOT));

    assertThat(answer.status()).isEqualTo(200);
    JsonNode root = MAPPER.readTree(answer.body());
    JsonNode spans = root.has("batches") ? root.path("batches") : root.at("/trace/resourceSpans");
    assertThat(spans.size()).isEqualTo(4);
    assertThat(spans.at("/0/scopeSpans/0/spans/0/name").asString()).isEqualTo("nginx");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/api/traces/zz | trace IDs can only contain hex characters: invalid character 'z' at"
            + " position 1",
        "/api/v2/traces/000000000000000000000000000000001 | trace IDs can't be larger than 128 bits",
        "/api/search?q=%7B+nope+%7D | the demo does not do TraceQL other than `{}` and"
            + " `{resource.service.name=\"…\"}`",
      })
  void badRequest_isExplained(String target, String message) {
    FakeExchange answer = FakeExchange.get(tempo, target);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).isEqualTo(message);
  }

  @ParameterizedTest
  @CsvSource({
    "/api/search, 8",
    "/api/search?q=%7B%7D, 8",
    "/api/search?q=%7B%7D&limit=3, 3",
    "/api/search?q=%7B+resource.service.name+%3D+%22nginx%22+%7D, 8",
    "/api/search?q=%7B.service.name%3D%22absent%22%7D, 0",
    "/api/search?tags=service.name%3Dlegacy, 8",
    "/api/search?q=%7B%7D&start=1767344400&end=1767344430, 1",
  })
  void search_finds(String target, int traces) {
    JsonNode found = MAPPER.readTree(FakeExchange.get(tempo, target).body()).path("traces");

    assertThat(found.size()).isEqualTo(traces);
    if (traces > 0) {
      assertThat(found.at("/0/traceID").asString()).isEqualTo(ID);
      assertThat(found.at("/0/durationMs").asInt()).isEqualTo(120);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/api/search/tag/service.name/values | [\"checkout\",\"legacy\",\"nginx\",\"payments\"]",
        "/api/v2/search/tag/span.service.name/values | []",
        "/api/v2/search/tag/resource.cluster/values | [{\"type\":\"string\",\"value\":\"eu-1\"}]",
      })
  void tagValues_areListed(String target, String values) {
    assertThat(FakeExchange.get(tempo, target).body())
        .isEqualTo("{\"tagValues\":" + values + ",\"metrics\":{}}");
  }

  @ParameterizedTest
  @CsvSource({
    "/api/echo, 200",
    "/ready, 200",
    "/api/status/buildinfo, 200",
    "/api/nope, 404",
    "/api/v2/search/tags, 200",
    "/api/search/tags, 200",
    "/api/search/tag/values, 404"
  })
  void path_hasStatus(String path, int status) {
    assertThat(FakeExchange.get(tempo, path).status()).isEqualTo(status);
  }

  @Test
  void data_isTheSameInEveryRun() {
    DemoData later = DemoData.startingAt(Instant.parse("2026-01-03T00:00:00.9Z"));

    assertThat(later.traces())
        .extracting(DemoTrace::id)
        .isEqualTo(DATA.traces().stream().map(DemoTrace::id).toList())
        .doesNotHaveDuplicates()
        .hasSize(DemoData.TRACES);
    assertThat(later.entries().stream().map(DemoEntry::line).collect(Collectors.toList()))
        .isEqualTo(DATA.entries().stream().map(DemoEntry::line).toList());
  }
}
