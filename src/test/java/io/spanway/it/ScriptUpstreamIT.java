// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.containing;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static io.spanway.it.ScriptGateway.header;
import static io.spanway.it.ScriptLogs.lines;
import static io.spanway.it.ScriptLogs.warnings;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code /spanway/v1/logs} where upstreams are old, slow, strict or gone. */
final class ScriptUpstreamIT {
  private static final String TRACE = "4a789cb3d8b9b45c1b98fbe466809a11";
  private static final String LOGS = "/spanway/v1/logs?traceId=" + TRACE;
  private static final String SPAN = LOGS + "&spanId=111b8aaa62f28d1a";
  private static final String V2 = "/api/v2/traces/" + TRACE;
  private static final String V1 = "/api/traces/" + TRACE;
  private static final String RANGE = "/loki/api/v1/query_range";

  @RegisterExtension
  static final WireMockExtension TEMPO =
      WireMockExtension.newInstance().options(wireMockConfig().dynamicPort()).build();

  @RegisterExtension
  static final WireMockExtension LOKI =
      WireMockExtension.newInstance().options(wireMockConfig().dynamicPort()).build();

  private static ScriptGateway gateway;

  @BeforeAll
  static void start() {
    gateway = start(TEMPO.getPort(), "");
  }

  private static ScriptGateway start(int tempoPort, String more) {
    return ScriptGateway.start(
        LOKI.getPort(),
        tempoPort,
        """
        tracesToLogsV2: { tags: [{ key: service.name, value: service_name }] }
        cache: { maxSize: 0 }
        """
            + more);
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @BeforeEach
  void answer() {
    LOKI.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(404)));
    LOKI.stubFor(get(urlPathEqualTo(RANGE)).willReturn(recorded("loki-range-nginx-categorized")));
    TEMPO.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(404)));
    TEMPO.stubFor(get(urlPathEqualTo(V2)).willReturn(recorded("tempo-v2-trace-protobuf")));
  }

  private static ResponseDefinitionBuilder recorded(String name) {
    return Recordings.read(name).response();
  }

  @Test
  void tempoWithoutV2_isAskedByV1() {
    TEMPO.stubFor(get(urlPathEqualTo(V2)).willReturn(aResponse().withStatus(404)));
    TEMPO.stubFor(get(urlPathEqualTo(V1)).willReturn(recorded("tempo-v1-trace-protobuf")));

    assertThat(lines(gateway.get(SPAN))).isNotEmpty();
    TEMPO.verify(
        getRequestedFor(urlPathEqualTo(V1)).withHeader("Accept", equalTo("application/protobuf")));
  }

  @Test
  void tempoWithoutTheTrace_is404() {
    TEMPO.stubFor(get(urlPathEqualTo(V2)).willReturn(aResponse().withStatus(404)));

    assertThat(gateway.get(SPAN).statusCode()).isEqualTo(404);
    LOKI.verify(0, getRequestedFor(urlPathEqualTo(RANGE)));
  }

  @Test
  void partialTrace_isTold() throws IOException {
    var partial = new ByteArrayOutputStream();
    partial.write(Recordings.read("tempo-v2-trace-protobuf").body());
    // status = PARTIAL, message = "too large"
    partial.write(new byte[] {0x18, 1, 0x22, 9});
    partial.write("too large".getBytes(StandardCharsets.UTF_8));
    TEMPO.stubFor(
        get(urlPathEqualTo(V2))
            .willReturn(
                aResponse()
                    .withHeader("Content-Type", "application/protobuf")
                    .withBody(partial.toByteArray())));

    HttpResponse<String> answer = gateway.get(SPAN);

    assertThat(lines(answer)).isNotEmpty();
    assertThat(warnings(answer)).contains("part of trace", "too large");
  }

  @Test
  void identity_travelsOnBothLookUps() {
    assertThat(
            gateway
                .get(
                    SPAN,
                    "X-Scope-OrgID",
                    "team-a",
                    "Authorization",
                    "Bearer secret",
                    "Cookie",
                    "session=1",
                    "X-Prom-Label-Policy",
                    "a:{b=\"c\"}")
                .statusCode())
        .isEqualTo(200);

    for (WireMockExtension upstream : new WireMockExtension[] {TEMPO, LOKI}) {
      upstream.verify(
          getRequestedFor(urlPathMatching(upstream == TEMPO ? V2 : RANGE))
              .withHeader("X-Scope-OrgID", equalTo("team-a"))
              .withHeader("Authorization", equalTo("Bearer secret"))
              .withHeader("Cookie", equalTo("session=1"))
              .withHeader("X-Prom-Label-Policy", equalTo("a:{b=\"c\"}")));
    }
  }

  @Test
  void configuredIdentity_takesThePlaceOfTheCallers() {
    try (ScriptGateway own =
        ScriptGateway.start(
            """
            loki: { urls: ['http://127.0.0.1:%d'] }
            tempo:
              urls: ['http://127.0.0.1:%d']
              tenant: traces
              auth: { username: reader, password: '${PASSWORD}' }
            tracesToLogsV2: { tags: [{ key: service.name, value: service_name }] }
            """
                .formatted(LOKI.getPort(), TEMPO.getPort()),
            Map.of("PASSWORD", "pass"))) {
      own.get(SPAN, "X-Scope-OrgID", "team-a", "Authorization", "Bearer secret");

      TEMPO.verify(
          getRequestedFor(urlPathEqualTo(V2))
              .withHeader("X-Scope-OrgID", equalTo("traces"))
              .withHeader("Authorization", equalTo("Basic cmVhZGVyOnBhc3M=")));
      LOKI.verify(
          getRequestedFor(urlPathEqualTo(RANGE))
              .withHeader("X-Scope-OrgID", equalTo("team-a"))
              .withHeader("Authorization", equalTo("Bearer secret")));
    }
  }

  @Test
  void tempoThatRefusesTheCaller_isPassedOn() {
    TEMPO.stubFor(
        get(urlPathEqualTo(V2)).willReturn(aResponse().withStatus(401).withBody("no org id\n")));

    HttpResponse<String> answer = gateway.get(SPAN);

    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.body()).contains("tempo answered 401: no org id").hasLineCount(1);
  }

  @Test
  void tempoThatFails_is502() {
    for (int status : new int[] {500, 503, 302}) {
      TEMPO.stubFor(get(urlPathEqualTo(V2)).willReturn(aResponse().withStatus(status)));

      HttpResponse<String> answer = gateway.get(SPAN);

      assertThat(answer.statusCode()).isEqualTo(502);
      assertThat(answer.body()).contains("tempo answered " + status).hasLineCount(1);
    }
  }

  @Test
  void tempoThatSendsNoTrace_is502() {
    TEMPO.stubFor(
        get(urlPathEqualTo(V2))
            .willReturn(
                aResponse().withHeader("Content-Type", "application/protobuf").withBody("<html>")));

    HttpResponse<String> answer = gateway.get(SPAN);

    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(answer.body()).contains("tempo", "cannot be read").hasLineCount(1);
  }

  @Test
  void tempoThatResets_is502() {
    TEMPO.stubFor(
        get(urlPathEqualTo(V2)).willReturn(aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER)));

    assertThat(gateway.get(SPAN).statusCode()).isEqualTo(502);
  }

  @Test
  void tempoThatIsDown_is502ForScriptsAndNothingForGrafana() throws IOException {
    int closed;
    try (ServerSocket socket = new ServerSocket(0)) {
      closed = socket.getLocalPort();
    }
    try (ScriptGateway down = start(closed, "")) {
      HttpResponse<String> script = down.get(SPAN);
      HttpResponse<String> marker =
          down.get(ScriptLogs.range("{__trace_id__=\"" + TRACE + "\"}", 1, 2));
      HttpResponse<String> grafana =
          down.get(
              ScriptLogs.range(
                  "{service_name=\"nginx\"} |=\"" + TRACE + '"',
                  1_795_332_491_664_000_000L,
                  1_795_332_491_784_000_000L));

      assertThat(script.statusCode()).isEqualTo(502);
      assertThat(script.body())
          .contains("tempo cannot be reached")
          .doesNotContain("127.0.0.1", String.valueOf(closed))
          .hasLineCount(1);
      assertThat(header(script, "X-Spanway-Cache")).isNotEmpty();
      assertThat(marker.statusCode()).isEqualTo(502);
      assertThat(lines(grafana)).isNotEmpty();
    }
  }

  @Test
  void slowTempo_holdsUpNoQueryOfGrafana() {
    try (ScriptGateway shifting =
        ScriptGateway.start(
            LOKI.getPort(),
            TEMPO.getPort(),
            "tracesToLogsV2: { spanStartTimeShift: '-2s', spanEndTimeShift: '2s' }")) {
      TEMPO.stubFor(
          get(urlPathEqualTo(V2))
              .willReturn(recorded("tempo-v2-trace-protobuf").withFixedDelay(5_000)));
      long start = 1_795_332_491_664_000_000L;
      long end = 1_795_332_491_784_000_000L;
      long before = System.nanoTime();
      HttpResponse<String> ambiguous =
          shifting.get(ScriptLogs.range("{service_name=\"nginx\"} |=\"" + TRACE + '"', start, end));
      HttpResponse<String> certain =
          shifting.get(
              ScriptLogs.range(ScriptLogs.g4("{service_name=\"nginx\"}", TRACE), start, end));

      assertThat(System.nanoTime() - before).isLessThan(4_000_000_000L);
      assertThat(lines(ambiguous)).isNotEmpty();
      assertThat(header(ambiguous, "X-Spanway-Window")).startsWith(start + "/");
      assertThat(header(certain, "X-Spanway-Window")).startsWith((start - 2_000_000_000L) + "/");
    }
  }

  @Test
  void slowTempo_is504() {
    try (ScriptGateway impatient =
        ScriptGateway.start(
            """
            loki: { urls: ['http://127.0.0.1:%d'] }
            tempo: { urls: ['http://127.0.0.1:%d'], timeouts: { firstByte: 1s } }
            """
                .formatted(LOKI.getPort(), TEMPO.getPort()))) {
      TEMPO.stubFor(
          get(urlPathEqualTo(V2))
              .willReturn(recorded("tempo-v2-trace-protobuf").withFixedDelay(4_000)));

      HttpResponse<String> answer = impatient.get(SPAN);

      assertThat(answer.statusCode()).isEqualTo(504);
      assertThat(answer.body()).contains("tempo timed out").hasLineCount(1);
    }
  }

  @Test
  void lokiThatRefusesTheQuery_isPassedOnWithTheQuery() {
    LOKI.stubFor(get(urlPathEqualTo(RANGE)).willReturn(recorded("loki-range-max-entries")));

    HttpResponse<String> answer = gateway.get(SPAN);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body())
        .contains("max entries limit", "query sent: {service_name=\"nginx\"}")
        .hasLineCount(1);
  }

  @Test
  void oneHalfThatFails_failsTheWhole() {
    LOKI.stubFor(
        get(urlPathEqualTo(RANGE))
            .withQueryParam("query", containing("!="))
            .willReturn(aResponse().withStatus(429).withBody("too many outstanding requests\n")));

    HttpResponse<String> answer = gateway.get(SPAN);

    assertThat(answer.statusCode()).isEqualTo(429);
    assertThat(answer.body()).contains("too many outstanding requests");
  }

  @Test
  void lokiThatSendsNoLogs_is502() {
    LOKI.stubFor(
        get(urlPathEqualTo(RANGE))
            .willReturn(
                aResponse().withHeader("Content-Type", "application/json").withBody("{\"a\":")));

    HttpResponse<String> answer = gateway.get(SPAN);

    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(answer.body()).contains("loki", "cannot be understood").hasLineCount(1);
  }

  @Test
  void spanFilterOverACutAnswer_isLokisToDo() {
    StringBuilder values = new StringBuilder();
    for (int i = 0; i < 1000; i++) {
      values.append(i == 0 ? "" : ",").append("[\"").append(1_795_332_491_700_000_000L + i);
      values.append("\",\"line ").append(i).append(" span_id=111b8aaa62f28d1a\",{}]");
    }
    LOKI.stubFor(
        get(urlPathEqualTo(RANGE))
            .willReturn(
                aResponse()
                    .withHeader("Content-Type", "application/json; charset=UTF-8")
                    .withBody(
                        "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"encodingFlags\":"
                            + "[\"categorize-labels\"],\"result\":[{\"stream\":{\"a\":\"b\"},\"values\":["
                            + values
                            + "]}],\"stats\":{}}}")));

    HttpResponse<String> answer = gateway.get(SPAN + "&filterBySpanID=true&limit=10");

    assertThat(lines(answer)).hasSize(10);
    LOKI.verify(
        getRequestedFor(urlPathEqualTo(RANGE))
            .withQueryParam("query", containing("contains \"111b8aaa62f28d1a\" __line__")));
  }
}
