// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.request;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static io.spanway.it.ScriptGateway.header;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.spanway.it.Recordings.Recording;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What real upstreams answered, through Spanway: the same, but for keys that were asked for. */
final class RecordingsIT {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Set<String> ADDED = Set.of("Found", "Found_link", "Pod");

  @RegisterExtension
  static final WireMockExtension LOKI =
      WireMockExtension.newInstance()
          .options(wireMockConfig().dynamicPort().gzipDisabled(true))
          .build();

  @RegisterExtension
  static final WireMockExtension TEMPO =
      WireMockExtension.newInstance()
          .options(wireMockConfig().dynamicPort().gzipDisabled(true))
          .build();

  private static ScriptGateway plain;
  private static ScriptGateway annotating;

  @BeforeAll
  static void start() {
    plain = ScriptGateway.start(LOKI.getPort(), TEMPO.getPort(), "");
    annotating =
        ScriptGateway.start(
            LOKI.getPort(),
            TEMPO.getPort(),
            """
            derivedFields:
              - { name: Found, matcherRegex: '(?i)trace_?id"?[=:] ?"?(\\w+)', url: 'https://x.example/${__value.raw}' }
              - { name: Pod, matcherType: label, matcherRegex: '^pod$' }
            """);
  }

  @AfterAll
  static void stop() {
    annotating.close();
    plain.close();
  }

  @BeforeEach
  void forget() {
    plain.admin("DELETE", "/-/cache");
    annotating.admin("DELETE", "/-/cache");
  }

  /**
   * Grafana's own questions for a span, and for the bars above its lines, are asked otherwise: that
   * is what Spanway is for.
   */
  static List<Recording> recordings() {
    List<Recording> all = new ArrayList<>(Recordings.all());
    all.removeIf(
        each ->
            each.name().startsWith("loki-range-grafana-")
                || each.name().equals("loki-range-volume-metric"));
    assertThat(all).hasSizeGreaterThan(60);
    return all;
  }

  private static void serve(Recording recording) {
    WireMockExtension upstream = recording.upstream().equals("loki") ? LOKI : TEMPO;
    upstream.stubFor(
        request(recording.method(), urlEqualTo(recording.target()))
            .willReturn(recording.response()));
  }

  private static HttpResponse<byte[]> ask(ScriptGateway gateway, Recording recording) {
    // Both have /ready; alone it is Loki's.
    String prefix = recording.name().equals("tempo-ready") ? "/tempo-ds" : "";
    return gateway.bytes(
        recording.method(),
        prefix + recording.target(),
        recording.requestBody(),
        recording.requestHeaders());
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void withoutFields_everyAnswerComesOutAsItWas(Recording recording) {
    serve(recording);

    for (String round : new String[] {"first", "again"}) {
      HttpResponse<byte[]> answer = ask(plain, recording);

      assertThat(answer.statusCode()).as(round).isEqualTo(recording.status());
      assertThat(new String(answer.body(), StandardCharsets.ISO_8859_1))
          .as(round)
          .isEqualTo(new String(recording.body(), StandardCharsets.ISO_8859_1));
      assertThat(header(answer, "Content-Type")).as(round).isEqualTo(recording.contentType());
      assertThat(header(answer, "X-Spanway-Cache")).as(round).isNotEmpty();
      assertThat(header(answer, "X-Spanway-Rewrite")).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void withFields_onlyKeysAreAdded(Recording recording) {
    serve(recording);

    byte[] first = null;
    for (String round : new String[] {"first", "again"}) {
      HttpResponse<byte[]> answer = ask(annotating, recording);
      assertThat(answer.statusCode()).as(round).isEqualTo(recording.status());
      boolean streams =
          recording.name().startsWith("loki-range")
              && recording.status() == 200
              && isStreams(recording.body());
      if (recording.name().equals("loki-detected-fields")) {
        assertThat(JSON.readTree(answer.body()).path("fields").findValuesAsString("label"))
            .containsExactly("detected_level", "trace_id", "span_id", "Found", "Pod");
        continue;
      }
      if (!streams) {
        assertThat(answer.body()).as(round).isEqualTo(recording.body());
        continue;
      }
      JsonNode expected = JSON.readTree(recording.body());
      JsonNode actual = JSON.readTree(answer.body());
      assertThat(entries(actual)).as(round).isEqualTo(entries(expected));
      assertThat(rest(actual)).as(round).isEqualTo(rest(expected));
      if (first != null) {
        // From the cache as from Loki: Grafana derives the identity of a row from its keys.
        assertThat(answer.body()).isEqualTo(first);
      }
      first = answer.body();
    }
  }

  private static boolean isStreams(byte[] body) {
    return JSON.readTree(body).path("data").path("resultType").asString("").equals("streams");
  }

  /** Entries in the answer's order of time, without what was added. */
  private static Map<String, Integer> entries(JsonNode answer) {
    Map<String, Integer> entries = new TreeMap<>();
    for (JsonNode stream : answer.path("data").path("result")) {
      ObjectNode labels = (ObjectNode) stream.path("stream").deepCopy();
      labels.remove(ADDED);
      for (JsonNode value : stream.path("values")) {
        JsonNode copy = value.deepCopy();
        if (copy.path(2).path("structuredMetadata") instanceof ObjectNode metadata) {
          metadata.remove(ADDED);
          if (metadata.isEmpty()) {
            ((ObjectNode) copy.path(2)).remove("structuredMetadata");
          }
        }
        Map<String, JsonNode> sorted = new TreeMap<>();
        labels.properties().forEach(label -> sorted.put(label.getKey(), label.getValue()));
        entries.merge(sorted + " " + copy, 1, Integer::sum);
      }
    }
    return entries;
  }

  private static JsonNode rest(JsonNode answer) {
    ObjectNode copy = (ObjectNode) answer.deepCopy();
    ((ObjectNode) copy.path("data")).remove("result");
    return copy;
  }

  @Test
  void fields_areOnEveryEntryThatHasThem() {
    for (String name :
        new String[] {"loki-range-nginx", "loki-range-checkout", "loki-range-legacy"}) {
      Recording folded = Recordings.read(name);
      serve(folded);
      for (JsonNode stream :
          JSON.readTree(ask(annotating, folded).body()).path("data").path("result")) {
        for (JsonNode value : stream.path("values")) {
          boolean has = !value.path(1).asString().contains("trace_id=none");
          assertThat(stream.path("stream").has("Found")).as(value.toString()).isTrue();
          assertThat(stream.path("stream").path("Found_link").asString())
              .isEqualTo("https://x.example/" + stream.path("stream").path("Found").asString());
          assertThat(stream.path("stream").path("Found").asString().equals("none")).isEqualTo(!has);
          assertThat(stream.path("stream").path("Pod"))
              .isEqualTo(stream.path("stream").path("pod"));
        }
      }
      Recording categorised = Recordings.read(name + "-categorized");
      // The same address, told apart by the header; so the shape is part of the cache's key.
      serve(categorised);
      for (JsonNode stream :
          JSON.readTree(ask(annotating, categorised).body()).path("data").path("result")) {
        assertThat(stream.path("stream").has("Found")).isFalse();
        for (JsonNode value : stream.path("values")) {
          assertThat(value.path(2).path("structuredMetadata").has("Found")).isTrue();
        }
      }
    }
  }

  @Test
  void compressedAnswers_areAnnotatedToo() throws IOException {
    Recording recording = Recordings.read("loki-range-nginx-categorized");
    var gzip = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(gzip)) {
      out.write(recording.body());
    }
    LOKI.stubFor(
        get(urlEqualTo(recording.target()))
            .willReturn(
                recording
                    .response()
                    .withHeader("Content-Encoding", "gzip")
                    .withBody(gzip.toByteArray())));

    for (String cache : new String[] {"no-store", "no-cache", "max-stale"}) {
      HttpResponse<byte[]> answer =
          annotating.bytes(
              "GET",
              recording.target(),
              "",
              "X-Loki-Response-Encoding-Flags",
              "categorize-labels",
              "Cache-Control",
              cache);

      assertThat(header(answer, "Content-Encoding")).as(cache).isEmpty();
      assertThat(new String(answer.body(), StandardCharsets.UTF_8)).as(cache).contains("\"Found\"");
    }
    assertThat(new String(ask(plain, recording).body(), StandardCharsets.UTF_8))
        .isEqualTo(new String(recording.body(), StandardCharsets.UTF_8));
  }

  @Test
  void compressedAnswers_passAsTheyComeWhereNothingIsDoneToThem() throws IOException {
    byte[] body = "push is not changed".getBytes(StandardCharsets.UTF_8);
    var gzip = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(gzip)) {
      out.write(body);
    }
    LOKI.stubFor(
        get(urlPathEqualTo("/loki/api/v1/rules"))
            .willReturn(
                aResponse().withHeader("Content-Encoding", "gzip").withBody(gzip.toByteArray())));

    HttpResponse<byte[]> answer =
        plain.bytes("GET", "/loki/api/v1/rules", "", "Accept-Encoding", "gzip");

    assertThat(header(answer, "Content-Encoding")).isEqualTo("gzip");
    assertThat(answer.body()).isEqualTo(gzip.toByteArray());
  }

  @Test
  void cachedAnswers_areCompressedForWhoTakesIt() throws IOException {
    Recording recording = Recordings.read("loki-range-nginx");
    serve(recording);
    ask(plain, recording);

    HttpResponse<byte[]> answer =
        plain.bytes("GET", recording.target(), "", "Accept-Encoding", "gzip");

    assertThat(header(answer, "X-Spanway-Cache")).isEqualTo("hit");
    assertThat(header(answer, "Content-Encoding")).isEqualTo("gzip");
    assertThat(new GZIPInputStream(new ByteArrayInputStream(answer.body())).readAllBytes())
        .isEqualTo(recording.body());
  }

  @Test
  void alertEvaluations_areLeftAlone() {
    Recording recording = Recordings.read("loki-range-nginx");
    serve(recording);

    HttpResponse<byte[]> answer =
        annotating.bytes("GET", recording.target(), "", "FromAlert", "true");

    assertThat(answer.body()).isEqualTo(recording.body());
    assertThat(header(answer, "X-Spanway-Cache")).isEqualTo("bypass; alert");
  }

  @Test
  void head_isAskedAsHead() {
    Recording recording = Recordings.read("loki-range-nginx");
    LOKI.stubFor(any(urlEqualTo(recording.target())).willReturn(recording.response()));

    HttpResponse<byte[]> answer = annotating.bytes("HEAD", recording.target(), "");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
    assertThat(header(answer, "X-Spanway-Cache")).isEqualTo("bypass; method");
  }
}
