// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static io.spanway.it.ScriptGateway.header;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.TracesData;
import io.spanway.testing.FakeUpstream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Traces that get the tag which Grafana's link needs, over the wire. */
final class EnrichTracesIT {
  @RegisterExtension
  static final WireMockExtension TEMPO =
      WireMockExtension.newInstance()
          .options(wireMockConfig().dynamicPort().gzipDisabled(true))
          .build();

  private static final String V1 = "/api/traces/1";
  private static final String V2 = "/api/v2/traces/1";
  private static final String PROTOBUF = "application/protobuf";
  private static final String JSON = "application/json";

  private static final String BATCH =
      "{\"resource\":{\"attributes\":[{\"key\":\"k8s.pod.name\",\"value\":{\"stringValue\":"
          + "\"p-1\"}}]},\"scopeSpans\":[{\"scope\":{},\"spans\":[{\"spanId\":\"AAAAAAAAAAE=\","
          + "\"endTimeUnixNano\":\"1600000000000000000\",\"status\":{}}]}]}";
  private static final String V1_JSON = "{\"batches\":[" + BATCH + "]}";
  private static final String V2_JSON = "{\"trace\":{\"resourceSpans\":[" + BATCH + "]}}";

  private static final String CONFIG =
      """
      tracesToLogsV2: { tags: [{ key: pod }] }
      enrichTraces: { enabled: true, maxBuffered: 64KiB }
      """;

  private static ScriptGateway gateway;

  @BeforeAll
  static void start() {
    gateway = ScriptGateway.start(TEMPO.getPort(), TEMPO.getPort(), CONFIG);
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @BeforeEach
  void forget() {
    gateway.admin("DELETE", "/-/cache");
  }

  private static KeyValue pair(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  private static TracesData trace(int spans, KeyValue... attributes) {
    var scope = ScopeSpans.newBuilder();
    for (int i = 0; i < spans; i++) {
      scope.addSpans(
          Span.newBuilder()
              .setName("x".repeat(200))
              .setEndTimeUnixNano(1_600_000_000_000_000_000L));
    }
    var resource = Resource.newBuilder();
    for (KeyValue each : attributes) {
      resource.addAttributes(each);
    }
    return TracesData.newBuilder()
        .addResourceSpans(ResourceSpans.newBuilder().setResource(resource).addScopeSpans(scope))
        .build();
  }

  private static final KeyValue FROM = pair("k8s.pod.name", "p-1");
  private static final KeyValue TO = pair("pod", "p-1");

  /** A trace in version 2's envelope, with empty metrics and a status. */
  private static byte[] v2(TracesData trace) {
    return UnknownFieldSet.newBuilder()
        .addField(1, field().addLengthDelimited(trace.toByteString()).build())
        .addField(2, field().addLengthDelimited(ByteString.EMPTY).build())
        .addField(3, field().addVarint(1).build())
        .build()
        .toByteArray();
  }

  private static UnknownFieldSet.Field.Builder field() {
    return UnknownFieldSet.Field.newBuilder();
  }

  private static void answer(ResponseDefinitionBuilder with, String type, byte[] body) {
    TEMPO.stubFor(
        any(anyUrl())
            .willReturn(
                with.withHeader("Content-Type", type).withHeader("ETag", "\"e\"").withBody(body)));
  }

  private static HttpResponse<byte[]> ask(String target, String accept, String... headers) {
    String[] all = new String[headers.length + 2];
    all[0] = "Accept";
    all[1] = accept;
    System.arraycopy(headers, 0, all, 2, headers.length);
    return gateway.bytes("GET", target, "", all);
  }

  private static void assertEnriched(HttpResponse<?> answer) {
    assertThat(header(answer, "X-Spanway-Rewrite")).isEqualTo("enrich-traces");
    assertThat(header(answer, "X-Spanway-Enriched")).isEqualTo("pod");
    assertThat(header(answer, "ETag")).isEmpty();
  }

  private static void assertPlain(HttpResponse<?> answer) {
    assertThat(header(answer, "X-Spanway-Rewrite")).isEmpty();
    assertThat(header(answer, "X-Spanway-Enriched")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"1", "300"})
  void protobuf_isEnrichedFromTempoAndFromTheCache(int spans) {
    TracesData enriched = trace(spans, FROM, TO);
    for (String path : new String[] {V1, V2}) {
      TracesData trace = trace(spans, FROM);
      answer(aResponse(), PROTOBUF, path.equals(V1) ? trace.toByteArray() : v2(trace));
      for (int i = 0; i < 2; i++) {
        HttpResponse<byte[]> answer = ask(path, PROTOBUF);

        assertThat(answer.body())
            .isEqualTo(path.equals(V1) ? enriched.toByteArray() : v2(enriched));
        assertEnriched(answer);
      }
    }
  }

  @Test
  void json_isEnriched() {
    for (String path : new String[] {V1, V2}) {
      String json = path.equals(V1) ? V1_JSON : V2_JSON;
      answer(aResponse(), JSON, json.getBytes(UTF_8));

      HttpResponse<byte[]> answer = ask(path, JSON);

      assertThat(new String(answer.body(), UTF_8))
          .isEqualTo(
              json.replace(
                  "\"p-1\"}}]",
                  "\"p-1\"}},{\"key\":\"pod\",\"value\":{\"stringValue\":\"p-1\"}}]"));
      assertEnriched(answer);
    }
  }

  @Test
  void cache_keepsWhatTempoSaid() {
    answer(aResponse(), PROTOBUF, trace(1, FROM).toByteArray());
    assertEnriched(ask(V1, PROTOBUF));
    HttpResponse<byte[]> hit = ask(V1, PROTOBUF);

    assertThat(header(hit, "X-Spanway-Cache")).isEqualTo("hit");
    assertThat(hit.body()).as("once, not twice").isEqualTo(trace(1, FROM, TO).toByteArray());
  }

  @ParameterizedTest
  @CsvSource({"gzip, true", "identity, false"})
  void compressedAnswerOfTempo_isReadAndEnriched(String accepts, boolean gzip) throws IOException {
    byte[] body = trace(100, FROM).toByteArray();
    answer(aResponse().withHeader("Content-Encoding", "gzip"), PROTOBUF, zipped(body));
    for (String control : new String[] {"no-store", "max-age=60"}) {
      HttpResponse<byte[]> answer =
          ask(V1, PROTOBUF, "Accept-Encoding", accepts, "Cache-Control", control);

      assertThat(header(answer, "Content-Encoding")).isEqualTo(gzip ? "gzip" : "");
      assertThat(gzip ? unzipped(answer.body()) : answer.body())
          .isEqualTo(trace(100, FROM, TO).toByteArray());
      assertThat(header(answer, "Vary")).isEqualToIgnoringCase("accept-encoding");
      assertEnriched(answer);
    }
  }

  @Test
  void traceThatHasATag_isLeftAlone() {
    byte[] body = trace(100, FROM, pair("pod", "x")).toByteArray();
    answer(aResponse(), PROTOBUF, body);
    for (String control : new String[] {"no-store", "max-age=60", "max-age=60"}) {
      HttpResponse<byte[]> answer = ask(V1, PROTOBUF, "Cache-Control", control);

      assertThat(answer.body()).isEqualTo(body);
      assertPlain(answer);
    }
    assertThat(header(ask(V1, PROTOBUF, "Cache-Control", "no-store"), "ETag")).isEqualTo("\"e\"");
  }

  @ParameterizedTest
  @CsvSource({
    "400, application/protobuf",
    "404, application/protobuf",
    "206, application/protobuf",
    "200, application/vnd.grafana.llm+json",
    "200, text/plain",
  })
  void whatIsNoTrace_passes(int status, String type) {
    byte[] body = trace(1, FROM).toByteArray();
    answer(aResponse().withStatus(status), type, body);

    HttpResponse<byte[]> answer = ask(V1, PROTOBUF);

    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.body()).isEqualTo(body);
    assertPlain(answer);
  }

  @Test
  void whatCannotBeChanged_passesAndIsCounted() {
    byte[] large = trace(400, FROM).toByteArray();
    byte[] broken = {0x0a, 0x7f, 1};
    for (String control : new String[] {"no-store", "max-age=60", "max-age=60"}) {
      answer(aResponse(), PROTOBUF, large);
      HttpResponse<byte[]> answer = ask(V1, PROTOBUF, "Cache-Control", control);
      assertThat(answer.body()).isEqualTo(large);
      assertPlain(answer);
    }
    gateway.admin("DELETE", "/-/cache");
    answer(aResponse(), PROTOBUF, broken);
    assertThat(ask(V1, PROTOBUF).body()).isEqualTo(broken);
    answer(aResponse().withHeader("Content-Encoding", "br"), PROTOBUF, broken);
    assertThat(ask(V1, PROTOBUF, "Cache-Control", "no-store").body()).isEqualTo(broken);

    assertThat(gateway.admin("GET", "/metrics").body())
        .contains("spanway_rewrites_total{outcome=\"oversized\",rule=\"enrich-traces\"} 3.0")
        .contains("spanway_rewrites_total{outcome=\"unreadable\",rule=\"enrich-traces\"} 2.0");
  }

  @Test
  void otherMethods_areLeftAlone() {
    byte[] body = trace(1, FROM).toByteArray();
    answer(aResponse(), PROTOBUF, body);

    HttpResponse<byte[]> head = gateway.bytes("HEAD", V1, "", "Accept", PROTOBUF);
    HttpResponse<byte[]> post = gateway.bytes("POST", V1, "", "Accept", PROTOBUF);

    assertPlain(head);
    assertThat(post.body()).isEqualTo(body);
    assertPlain(post);
  }

  @Test
  void tempoThatBreaksOff_isNoTrace() throws Exception {
    try (FakeUpstream tempo = new FakeUpstream();
        ScriptGateway other = ScriptGateway.start(TEMPO.getPort(), tempo.uri().getPort(), CONFIG)) {
      tempo.script(
          (request, connection) -> {
            connection.send(
                "HTTP/1.1 200 OK\r\nContent-Type: application/protobuf\r\n"
                    + "Content-Length: 99\r\n\r\nhalf");
            connection.close();
          });
      for (String control : new String[] {"no-store", "max-age=60"}) {
        HttpResponse<String> answer = other.get(V1, "Accept", PROTOBUF, "Cache-Control", control);

        assertThat(answer.statusCode()).as(control).isEqualTo(502);
        assertThat(answer.body()).isEqualTo("tempo broke off in the middle of its answer\n");
      }
    }
  }

  @Test
  void withoutTheKey_nothingIsChanged() {
    byte[] body = trace(1, FROM).toByteArray();
    answer(aResponse(), PROTOBUF, body);
    try (ScriptGateway plain =
        ScriptGateway.start(
            TEMPO.getPort(), TEMPO.getPort(), "tracesToLogsV2: { tags: [{ key: pod }] }")) {
      assertThat(plain.bytes("GET", V1, "", "Accept", PROTOBUF).body()).isEqualTo(body);
    }
  }

  @Test
  void grafanasOwnTags_areAskedForInsteadOfOurs() {
    answer(aResponse(), PROTOBUF, trace(1, pair("service.name", "cart")).toByteArray());
    try (ScriptGateway other =
        ScriptGateway.start(
            TEMPO.getPort(),
            TEMPO.getPort(),
            """
            tracesToLogsV2: { tags: [{ key: service.name, value: app }, { key: app }] }
            enrichTraces: { enabled: true, tags: [app] }
            """)) {
      assertThat(other.bytes("GET", V1, "", "Accept", PROTOBUF).body())
          .isEqualTo(trace(1, pair("service.name", "cart"), pair("app", "cart")).toByteArray());
    }
  }

  private static byte[] zipped(byte[] body) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(bytes)) {
      gzip.write(body);
    }
    return bytes.toByteArray();
  }

  private static byte[] unzipped(byte[] bytes) throws IOException {
    return new GZIPInputStream(new ByteArrayInputStream(bytes)).readAllBytes();
  }
}
