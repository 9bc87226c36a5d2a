// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static io.spanway.it.ScriptGateway.header;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.spanway.app.DemoApp;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Derived fields on answers as they go over the wire. */
final class AnnotateIT {
  @RegisterExtension
  static final WireMockExtension LOKI =
      WireMockExtension.newInstance()
          .options(wireMockConfig().dynamicPort().gzipDisabled(true))
          .build();

  /** A window that is over, so that the answer is kept. */
  private static final String WINDOW = "query=%7Ba%3D%22b%22%7D&start=1600000000&end=1600000600";

  private static final String RANGE = "/loki/api/v1/query_range?" + WINDOW;
  private static final String LINE = "trace_id=1 " + "x".repeat(3000);
  private static final String STREAMS =
      "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[{\"stream\":"
          + "{\"a\":\"b\"},\"values\":[[\"1600000000000000000\",\""
          + LINE
          + "\"]]}],\"stats\":{}}}";
  private static final String ANNOTATED =
      STREAMS.replace("\"a\":\"b\"", "\"a\":\"b\",\"TraceID\":\"1\"");

  private static ScriptGateway gateway;

  @BeforeAll
  static void start() {
    gateway =
        ScriptGateway.start(
            LOKI.getPort(),
            LOKI.getPort(),
            """
            derivedFields:
              - name: TraceID
                when: '{a=~"b|c"}'
                matchers: [{ matcherRegex: 'trace_id=(\\w+)' }]
            """);
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @BeforeEach
  void forget() {
    gateway.admin("DELETE", "/-/cache");
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      delimiter = '|',
      value = {
        "gzip|true",
        "gzip;q=0.1, identity|true",
        "*|true",
        "gzip;q=0|false",
        "deflate, br|false",
        "-|false",
      })
  void clientThatTakesGzip_getsItFromLokiAndFromTheCache(String accepts, boolean gzip)
      throws IOException {
    answer(STREAMS.getBytes(UTF_8), null);

    for (String cache : new String[] {"miss", "hit"}) {
      HttpResponse<byte[]> answer = ask(RANGE, accepts);

      assertThat(header(answer, "X-Spanway-Cache")).isEqualTo(cache);
      assertThat(header(answer, "Content-Encoding")).as(cache).isEqualTo(gzip ? "gzip" : "");
      assertThat(header(answer, "Vary")).as(cache).isEqualToIgnoringCase("accept-encoding");
      assertThat(gzip ? unzipped(answer.body()) : new String(answer.body(), UTF_8))
          .isEqualTo(ANNOTATED);
    }
  }

  @ParameterizedTest
  @CsvSource({"gzip, true", "identity, false"})
  void compressedAnswerOfLoki_isReadAndAnnotated(String accepts, boolean gzip) throws IOException {
    answer(zipped(STREAMS), "gzip");

    HttpResponse<byte[]> answer = ask(RANGE, accepts, "Cache-Control", "no-store");

    assertThat(gzip ? unzipped(answer.body()) : new String(answer.body(), UTF_8))
        .isEqualTo(ANNOTATED);
  }

  @Test
  void answerWithUnknownCoding_passesAsItIsAndIsCounted() {
    answer(STREAMS.getBytes(UTF_8), "br");

    HttpResponse<byte[]> answer = ask(RANGE, "br");

    assertThat(new String(answer.body(), UTF_8)).isEqualTo(STREAMS);
    assertThat(gateway.admin("GET", "/metrics").body())
        .contains("spanway_annotate_fallbacks_total{reason=\"content_coding\"}");
  }

  @Test
  void legacyAnswer_isAnnotatedInItsShape() {
    String legacy =
        "{\"streams\":[{\"labels\":\"{a=\\\"c\\\"}\",\"entries\":[{\"ts\":\"2020-09-13T12:26:40Z\","
            + "\"line\":\"trace_id=1\"}]}],\"stats\":{}}";
    answer(legacy.getBytes(UTF_8), null);

    assertThat(new String(ask("/api/prom/query?" + WINDOW, null).body(), UTF_8))
        .isEqualTo(legacy.replace("{a=", "{TraceID=\\\"1\\\", a="));
  }

  @Test
  void detectedFields_nameTheDerivedOnes() {
    answer("{\"fields\":[],\"limit\":1000}".getBytes(UTF_8), null);

    assertThat(new String(ask("/loki/api/v1/detected_fields?" + WINDOW, null).body(), UTF_8))
        .isEqualTo(
            "{\"fields\":[{\"label\":\"TraceID\",\"type\":\"string\",\"cardinality\":0,"
                + "\"parsers\":null}],\"limit\":1000}");
  }

  @Test
  void verifiedLinks_leadToTracesThatTempoHas() throws Exception {
    try (DemoApp demo = DemoApp.start(0, true, "test");
        ScriptGateway script =
            ScriptGateway.start(
                demo.loki().getPort(),
                demo.tempo().getPort(),
                """
                tracesToLogsV2: { tags: [{ key: service.name, value: service_name }] }
                derivedFields:
                  - { name: TraceID, matcherRegex: '"traceId": "(\\w+)"', url: 'https://t/${__value.raw}', verify: true }
                  - { name: NoTraceID, matcherRegex: '"spanId": "(\\w+)"', url: 'https://t/${__value.raw}', verify: true }
                  - { name: AnyTraceID, matcherRegex: '"spanId": "(\\w+)"', url: 'https://t/${__value.raw}' }
                """)) {
      String target = "/spanway/v1/logs?traceId=" + ScriptLogs.TRACE;
      Map<String, Integer> keys = new HashMap<>();
      for (ScriptLogs.Entry entry : ScriptLogs.entries(script.get(target))) {
        entry.labels().propertyNames().forEach(name -> keys.merge(name, 1, Integer::sum));
      }

      assertThat(keys).containsKeys("TraceID", "TraceID_link", "NoTraceID", "AnyTraceID_link");
      assertThat(keys).doesNotContainKey("NoTraceID_link");
    }
  }

  private static void answer(byte[] body, String coding) {
    var with =
        aResponse().withHeader("Content-Type", "application/json; charset=UTF-8").withBody(body);
    LOKI.stubFor(
        any(anyUrl())
            .willReturn(coding == null ? with : with.withHeader("Content-Encoding", coding)));
  }

  private static HttpResponse<byte[]> ask(String target, String accepts, String... headers) {
    String[] all = headers;
    if (accepts != null) {
      all = java.util.Arrays.copyOf(headers, headers.length + 2);
      all[headers.length] = "Accept-Encoding";
      all[headers.length + 1] = accepts;
    }
    return gateway.bytes("GET", target, "", all);
  }

  private static byte[] zipped(String text) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(bytes)) {
      gzip.write(text.getBytes(UTF_8));
    }
    return bytes.toByteArray();
  }

  private static String unzipped(byte[] bytes) throws IOException {
    return new String(new GZIPInputStream(new ByteArrayInputStream(bytes)).readAllBytes(), UTF_8);
  }
}
