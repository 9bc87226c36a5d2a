// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static io.spanway.it.ScriptGateway.header;
import static io.spanway.it.ScriptGateway.json;
import static io.spanway.it.ScriptLogs.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.spanway.app.DemoApp;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What operators see: metrics, health, readiness, the configuration in force, refusals. */
final class OpsIT {
  private static final String QUERY =
      range("{service_name=\"nginx\"}", 1_700_000_000_000_000_000L, 1_700_000_060_000_000_000L);

  @RegisterExtension
  static final WireMockExtension UPSTREAM =
      WireMockExtension.newInstance().options(wireMockConfig().dynamicPort()).build();

  private static ScriptGateway gateway;

  @BeforeAll
  static void start() {
    gateway =
        ScriptGateway.start(
            """
            loki:
              urls: ['http://127.0.0.1:%1$d']
              auth: { username: grafana, password: '${LOKI_PASSWORD}' }
            tempo:
              urls: ['http://127.0.0.1:%1$d']
              auth: { bearer: '${TEMPO_TOKEN}' }
            """
                .formatted(UPSTREAM.getPort()),
            Map.of("LOKI_PASSWORD", "s3cr3t-password", "TEMPO_TOKEN", "s3cr3t-token"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @BeforeEach
  void answer() {
    UPSTREAM.stubFor(
        any(anyUrl())
            .willReturn(
                aResponse()
                    .withHeader("Content-Type", "application/json; charset=UTF-8")
                    .withBody("{\"status\":\"success\",\"data\":[\"service_name\"]}")));
  }

  @Test
  void metrics_haveTheNamesThatDashboardsRelyOn() throws Exception {
    try (DemoApp demo = DemoApp.start(0, true, "1.2.3")) {
      String trace = ScriptLogs.TRACE;
      String data = demo.spanway().toString();
      gateway.send("GET", data + "/spanway/v1/logs?traceId=" + trace, "");
      gateway.send(
          "GET", data + "/loki/api/v1/query_range?query=%7Bservice_name%3D%22nginx%22%7D", "");
      gateway.send("GET", data + "/api/traces/" + trace, "");
      gateway.send("GET", data + "/nowhere", "");

      String scrape = gateway.send("GET", demo.admin() + "/metrics", "").body();

      assertThat(scrape)
          .contains(
              "# TYPE spanway_requests_seconds histogram",
              "spanway_requests_seconds_bucket{cache=\"miss\",operation=\"spanway_logs\",status=\"200\",upstream=\"spanway\",le=",
              "spanway_requests_seconds_count{cache=\"miss\",operation=\"loki_query_range\",status=\"200\",upstream=\"loki\"} 1",
              "operation=\"tempo_trace_by_id\"",
              "operation=\"unknown\",status=\"404\"",
              "spanway_requests_in_flight 0",
              "# TYPE spanway_upstream_requests_seconds histogram",
              "spanway_upstream_requests_seconds_count{operation=\"tempo_trace_by_id_v2\",status=\"200\",upstream=\"tempo\"} 1",
              "spanway_upstream_connections{state=\"idle\",upstream=\"loki\"}",
              "spanway_upstream_connections{state=\"busy\",upstream=\"tempo\"}",
              "spanway_cache_entries ",
              "spanway_cache_bytes ",
              "spanway_cache_evictions_total{cause=",
              "spanway_cache_requests_total{operation=\"loki_query_range\",outcome=\"miss\"}",
              "spanway_rewrites_total{outcome=\"found\",rule=\"script\"} 1",
              "spanway_annotated_entries_total{field=\"TraceID\"}",
              "spanway_errors_total{error=\"destination_not_found\",flag=\"CN\"} 1",
              "spanway_build_info{")
          .contains("version=\"1.2.3\"")
          .contains("jvm_memory_used_bytes");
      // What clients write is never a label.
      assertThat(scrape).doesNotContain("nowhere", trace);
    }
  }

  @Test
  void health_isGreenWhateverUpstreamsDo() {
    assertThat(gateway.admin("GET", "/healthz").body()).isEqualTo("ok\n");
    assertThat(gateway.admin("HEAD", "/healthz").statusCode()).isEqualTo(200);
  }

  @Test
  void readiness_saysWhichUpstreamIsDownAndWhichLabelsAreMissing() throws IOException {
    int closed;
    try (ServerSocket socket = new ServerSocket(0)) {
      closed = socket.getLocalPort();
    }
    try (ScriptGateway half =
        ScriptGateway.start(
            UPSTREAM.getPort(),
            closed,
            "tracesToLogsV2: { tags: [{ key: service.name, value: service_name }, { key: team }] }")) {
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> half.admin("GET", "/readyz").body().contains("team"));
      HttpResponse<String> ready = half.admin("GET", "/readyz");

      assertThat(ready.statusCode()).isEqualTo(503);
      assertThat(ready.body())
          .contains("loki: up\n", "tempo: down: no connection\n", "note: loki has no label team")
          .doesNotContain("service_name", "127.0.0.1", String.valueOf(closed));
      assertThat(half.admin("GET", "/metrics").body())
          .contains("spanway_configured_labels_missing 1");
    }
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> gateway.admin("GET", "/readyz").statusCode() == 200);
  }

  @Test
  void version_isJson() {
    assertThat(json(gateway.admin("GET", "/-/version")).path("version").asString())
        .isEqualTo("test");
  }

  @Test
  void config_hasNoSecrets() {
    String config = gateway.admin("GET", "/-/config").body();

    assertThat(config).contains("http://127.0.0.1:" + UPSTREAM.getPort(), "***");
    assertThat(config).doesNotContain("s3cr3t", "Z3JhZmFuYT");
    assertThat(gateway.admin("GET", "/metrics").body()).doesNotContain("s3cr3t");
  }

  @Test
  void cachePage_countsWhatIsHeld() {
    gateway.admin("DELETE", "/-/cache");
    gateway.get(QUERY);
    gateway.get("/loki/api/v1/status/buildinfo");

    var page = json(gateway.admin("GET", "/-/cache"));
    assertThat(page.path("entries").asLong()).isPositive();
    assertThat(page.path("bytes").asLong()).isPositive();
    assertThat(page.path("maxBytes").asLong()).isEqualTo(256L << 20);
  }

  @Test
  void adminPages_areNotOnTheDataPort() {
    for (String path :
        List.of("/metrics", "/healthz", "/readyz", "/-/version", "/-/config", "/-/cache")) {
      UPSTREAM.resetRequests();
      HttpResponse<String> answer = gateway.get(path);

      assertThat(answer.body()).as(path).doesNotContain("spanway_requests", "maxBytes");
      assertThat(answer.statusCode()).as(path).isIn(403, 404);
      UPSTREAM.verify(0, anyRequestedFor(urlPathEqualTo(path)));
    }
    assertThat(gateway.admin("GET", QUERY).statusCode()).isEqualTo(404);
  }

  @Test
  void refusals_areOneLineOfPlainText() {
    for (HttpResponse<String> answer :
        List.of(
            gateway.get("/nowhere"),
            gateway.get("/flush"),
            gateway.get("/config"),
            gateway.get("/loki/api/v1/%2e%2e/x"),
            gateway.send("DELETE", gateway.url() + "/spanway/v1/openapi.json", ""),
            gateway.admin("GET", "/nowhere"),
            gateway.admin("POST", "/metrics"),
            gateway.admin("DELETE", "/readyz"))) {
      assertThat(answer.statusCode()).as(answer.uri().getPath()).isIn(400, 403, 404, 405);
      assertThat(header(answer, "Content-Type")).isEqualTo("text/plain; charset=utf-8");
      assertThat(header(answer, "X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(answer.body()).hasLineCount(1).hasSizeLessThan(200);
      if (answer.statusCode() == 405) {
        assertThat(header(answer, "Allow")).contains("GET");
      }
    }
  }

  @Test
  void everyAnswer_saysWhatTheCacheDid() {
    for (HttpResponse<String> answer :
        List.of(
            gateway.get(QUERY),
            gateway.get("/nowhere"),
            gateway.get("/flush"),
            gateway.get("/spanway/v1/logs"),
            gateway.get("/spanway/v1/openapi.json"),
            gateway.get("/loki/api/v1/rules"),
            gateway.post("/loki/api/v1/push", "x"))) {
      assertThat(header(answer, "X-Spanway-Cache")).as(answer.uri().getPath()).isNotEmpty();
      assertThat(answer.headers().firstValue("X-Spanway-Rewrite")).isEmpty();
    }
  }

  @Test
  void openApi_isAJsonDocument() {
    HttpResponse<String> answer = gateway.get("/spanway/v1/openapi.json");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(json(answer).path("openapi").asString()).startsWith("3.");
    assertThat(json(answer).path("paths").has("/spanway/v1/logs")).isTrue();
  }

  @Test
  void loops_areCutShort() {
    try (ScriptGateway inner = ScriptGateway.start(UPSTREAM.getPort(), UPSTREAM.getPort(), "")) {
      HttpResponse<String> first = inner.get("/loki/api/v1/rules");
      String via =
          UPSTREAM
              .findAll(getRequestedFor(urlPathEqualTo("/loki/api/v1/rules")))
              .get(0)
              .getHeader("Via");

      assertThat(first.statusCode()).isEqualTo(200);
      assertThat(inner.get("/loki/api/v1/rules", "Via", via).statusCode()).isEqualTo(508);
    }
  }
}
