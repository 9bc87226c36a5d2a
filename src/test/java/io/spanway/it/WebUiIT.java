// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static io.spanway.it.ScriptGateway.header;
import static io.spanway.it.ScriptGateway.json;
import static io.spanway.it.ScriptLogs.TRACE;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.spanway.app.DemoApp;
import io.spanway.testing.Gateway;
import io.spanway.testing.RawClient;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The page and its data on the wire: what is given, in what wrapping, and what is refused. */
final class WebUiIT {
  private static final String[] PAGE = {"X-Spanway-Page", "1"};
  private static final List<String> DATA =
      List.of(
          "/-/api/status",
          "/-/api/traces/" + TRACE + "/logs",
          "/-/api/logs?traceId=" + TRACE,
          "/-/api/explain?traceId=" + TRACE);

  @RegisterExtension
  static final WireMockExtension UPSTREAM =
      WireMockExtension.newInstance().options(wireMockConfig().dynamicPort()).build();

  private static DemoApp demo;
  private static ScriptGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    demo = DemoApp.start(0, true, "1.2.3");
    gateway = ScriptGateway.start(UPSTREAM.getPort(), UPSTREAM.getPort(), "");
  }

  @AfterAll
  static void stop() {
    gateway.close();
    demo.close();
  }

  private static HttpResponse<String> ask(String method, String target, String... headers) {
    return gateway.send(method, demo.admin() + target, "", headers);
  }

  @ParameterizedTest
  @CsvSource({
    "/ui/, text/html; charset=utf-8",
    "/ui/index.html, text/html; charset=utf-8",
    "/ui/style.css, text/css; charset=utf-8",
    "/ui/app.js, text/javascript; charset=utf-8",
    "/ui/icon.svg, image/svg+xml",
  })
  void file_isThereInItsWrapping(String path, String type) {
    HttpResponse<String> answer = ask("GET", path);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(header(answer, "Content-Type")).isEqualTo(type);
    assertThat(header(answer, "Cache-Control")).isEqualTo("no-cache");
    assertWrapped(answer);
    assertThat(ask("HEAD", path).headers().firstValue("Content-Length"))
        .isEqualTo(answer.headers().firstValue("Content-Length"));
  }

  private static void assertWrapped(HttpResponse<String> answer) {
    assertThat(header(answer, "Content-Security-Policy"))
        .startsWith("default-src 'none'; script-src 'self'; ")
        .contains("frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for")
        .doesNotContain("unsafe", "*", "http", "data:");
    assertThat(header(answer, "X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(header(answer, "Referrer-Policy")).isEqualTo("no-referrer");
    assertThat(header(answer, "Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
    assertThat(answer.headers().map().keySet())
        .noneMatch(name -> name.startsWith("access-control-"));
  }

  @Test
  void fileThatTheBrowserHas_isNotSentAgain() {
    String etag = header(ask("GET", "/ui/app.js"), "ETag");
    HttpResponse<String> same = ask("GET", "/ui/app.js", "If-None-Match", "\"x\", " + etag);

    assertThat(etag).startsWith("\"").hasSizeGreaterThan(20);
    assertThat(same.statusCode()).isEqualTo(304);
    assertThat(same.body()).isEmpty();
    assertThat(header(same, "ETag")).isEqualTo(etag);
    assertThat(ask("GET", "/ui/app.js", "If-None-Match", "\"x\"").statusCode()).isEqualTo(200);
    assertThat(header(ask("GET", "/ui/style.css"), "ETag")).isNotEqualTo(etag);
  }

  @Test
  void pathWithoutSlash_leadsToThePage() {
    HttpResponse<String> answer = ask("GET", "/ui?trace=" + TRACE);

    assertThat(answer.statusCode()).isEqualTo(308);
    assertThat(header(answer, "Location")).isEqualTo("/ui/?trace=" + TRACE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/ui/nothing.js",
        "/ui/../-/config",
        "/ui/%2e%2e/-/config",
        "/ui/..%2f..%2fconfig",
        "/ui/%252e%252e/config",
        "/ui//app.js",
        "/ui/./app.js",
        "/ui/app.js/",
        "/ui/demo.yaml",
        "/ui/../../../logback.xml",
        "/-/api/",
        "/-/api/cache",
        "/-/api/loki/api/v1/query_range",
        "/-/api/traces/../../metrics/logs",
        "/-/api/traces/%2e%2e%2f%2e%2e%2f/logs",
        "/-/api/traces//logs",
        "/-/api/traces/logs",
        "/-/api/traces/a%20b/logs",
        "/-/api/traces/a%3fb/logs",
        "/-/api/logs/",
        "/-/api/../api/logs",
      })
  void otherPath_isNothing(String path) throws Exception {
    var admin = new InetSocketAddress(demo.admin().getHost(), demo.admin().getPort());
    try (RawClient client = RawClient.to(admin)) {
      client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nX-Spanway-Page: 1\r\n\r\n");
      RawClient.Answer answer = client.answer();

      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.body()).hasLineCount(1).hasSizeLessThan(100);
    }
  }

  @Test
  void data_isWhatTheDataListenerAnswers() {
    for (String path : List.of("/traces/" + TRACE + "/logs", "/explain?traceId=" + TRACE)) {
      HttpResponse<String> page = ask("GET", "/-/api" + path, PAGE);
      HttpResponse<String> direct = gateway.send("GET", demo.spanway() + "/spanway/v1" + path, "");

      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.body()).isEqualTo(direct.body());
      assertThat(header(page, "Cache-Control")).isEqualTo("no-store");
      assertWrapped(page);
    }
    assertThat(json(ask("GET", "/-/api/logs?traceId=" + TRACE, PAGE)).path("status").asString())
        .isEqualTo("success");
  }

  @Test
  void refusalsOfTheData_areTheGatewaysOwn() {
    HttpResponse<String> noId = ask("GET", "/-/api/traces/xyz/logs", PAGE);
    HttpResponse<String> direct =
        gateway.send("GET", demo.spanway() + "/spanway/v1/traces/xyz/logs", "");

    assertThat(noId.statusCode()).isEqualTo(400).isEqualTo(direct.statusCode());
    assertThat(noId.body()).isEqualTo(direct.body());
    assertWrapped(noId);
  }

  @Test
  void status_countsWhatHappened() {
    ask("GET", "/-/api/traces/" + TRACE + "/logs", PAGE);
    JsonNode status = json(ask("GET", "/-/api/status", PAGE));

    assertThat(status.path("version").asString()).isEqualTo("1.2.3");
    assertThat(status.path("upstreams").path(0).path("name").asString()).isEqualTo("loki");
    assertThat(status.path("upstreams").path(1).path("name").asString()).isEqualTo("tempo");
    assertThat(status.path("cache").path("entries").asLong()).isPositive();
    assertThat(status.path("cache").path("maxBytes").asLong()).isEqualTo(256L << 20);
    assertThat(status.path("cache").path("requests").path(0).path("count").asLong()).isPositive();
    assertThat(status.path("rewrites").path(0).path("rule").asString()).isEqualTo("script");
    assertThat(status.path("rewrites").path(0).path("outcome").asString()).isEqualTo("found");
  }

  @Test
  void matrix_saysWhatIsMissingWhere() {
    try (ScriptGateway wrong =
        ScriptGateway.start(
            demo.loki().getPort(),
            demo.tempo().getPort(),
            """
            tracesToLogsV2:
              tags:
                - { key: service.name, value: service_name }
                - { key: namespace, value: application }
                - { key: pod, value: namespace }
                - { key: team }
                - { key: cluster, in: structuredMetadata }
            """)) {
      HttpResponse<String> report =
          wrong.send("GET", wrong.adminUrl() + "/-/doctor", "", "Accept", "application/json");
      JsonNode nginx = json(report).path("matrix").path(2);
      JsonNode tags = nginx.path("tags");

      assertThat(nginx.path("service").asString()).isEqualTo("nginx");
      assertThat(nginx.path("spans").asInt()).isEqualTo(5);
      assertThat(tags.size()).isEqualTo(5);
      assertThat(tags.path(0).path("matching").asInt()).isEqualTo(1);
      assertThat(tags.path(1).path("inLoki").asBoolean()).isFalse();
      assertThat(tags.path(1).path("values").path(0).asString()).isEqualTo("production");
      assertThat(tags.path(2).path("inLoki").asBoolean()).isTrue();
      assertThat(tags.path(2).path("spans").asInt()).isEqualTo(4);
      assertThat(tags.path(2).path("values").size()).isEqualTo(3);
      assertThat(tags.path(2).path("matching").asInt()).isZero();
      assertThat(tags.path(3).path("spans").asInt()).isZero();
      assertThat(tags.path(4).has("inLoki")).isFalse();
      assertThat(tags.path(4).path("in").asString()).isEqualTo("structuredMetadata");
    }
  }

  @Test
  void foreignPages_getNothing() {
    for (String path : DATA) {
      for (String[] headers :
          new String[][] {
            {},
            {"Origin", "http://evil.example"},
            {"X-Spanway-Page", "1", "Origin", "http://evil.example"},
            {"X-Spanway-Page", "1", "Origin", "null"},
            {"X-Spanway-Page", "1", "Sec-Fetch-Site", "cross-site"},
            {"X-Spanway-Page", "1", "Sec-Fetch-Site", "none"},
            {"X-Spanway-Page", "1", "X-Forwarded-For", "10.0.0.1"},
          }) {
        HttpResponse<String> answer = ask("GET", path, headers);

        assertThat(answer.statusCode()).as(path + String.join(" ", headers)).isEqualTo(403);
        assertThat(answer.body()).hasLineCount(1).doesNotContain(TRACE);
        assertWrapped(answer);
      }
      // A browser asks so before it sends a header of the page for another origin.
      HttpResponse<String> preflight = ask("OPTIONS", path, "Origin", "http://evil.example");
      assertThat(preflight.statusCode()).isEqualTo(405);
      assertWrapped(preflight);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
  void otherMethods_areRefused(String method) {
    for (String path : DATA) {
      HttpResponse<String> answer = ask(method, path, PAGE);

      assertThat(answer.statusCode()).as(path).isEqualTo(405);
      assertThat(header(answer, "Allow")).isEqualTo("GET");
    }
    assertThat(header(ask(method, "/ui/"), "Allow")).isEqualTo("GET, HEAD");
  }

  @Test
  void identity_isWhatTheUserTypedIn() {
    UPSTREAM.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(404)));
    gateway.send(
        "GET",
        gateway.adminUrl() + "/-/api/traces/" + TRACE + "/logs",
        "",
        "X-Spanway-Page",
        "1",
        "X-Scope-OrgID",
        "team-a",
        "X-Spanway-Authorization",
        "Bearer mine",
        "Authorization",
        "Basic of-a-proxy",
        "Cookie",
        "session=of-a-proxy");

    UPSTREAM.verify(
        getRequestedFor(urlPathMatching("/api/.*traces/.*"))
            .withHeader("X-Scope-OrgID", equalTo("team-a"))
            .withHeader("Authorization", equalTo("Bearer mine"))
            .withHeader("Cookie", absent()));
    UPSTREAM.verify(
        0, anyRequestedFor(anyUrl()).withHeader("Authorization", equalTo("Basic of-a-proxy")));
    UPSTREAM.verify(
        0,
        anyRequestedFor(urlPathMatching("/api/.*traces/.*"))
            .withHeader("X-Spanway-Authorization", equalTo("Bearer mine")));
  }

  @Test
  void page_isNotOnTheDataListener() {
    for (String path : List.of("/ui/", "/ui/app.js", "/-/api/status")) {
      HttpResponse<String> answer = gateway.send("GET", demo.spanway() + path, "", PAGE);

      assertThat(answer.statusCode()).as(path).isIn(403, 404);
    }
  }

  @Test
  void access_isAsConfigured() throws Exception {
    for (String access : List.of("local", "all", "off")) {
      try (Gateway configured =
          Gateway.start(
              Gateway.yaml(1, demo.loki(), demo.tempo(), "", "")
                  .replace(
                      "admin: { listen: 127.0.0.1:0 }",
                      "admin: { listen: 127.0.0.1:0, ui: { access: "
                          + access
                          + ", hosts: [spanway.example] } }"))) {
        int plain = status(configured, "Host: spanway.example:9464");
        int forwarded = status(configured, "Host: localhost\r\nX-Forwarded-For: 10.0.0.1");
        int foreign = status(configured, "Host: evil.example");

        assertThat(List.of(plain, forwarded, foreign))
            .as(access)
            .isEqualTo(
                switch (access) {
                  case "local" -> List.of(200, 403, 403);
                  case "all" -> List.of(200, 200, 403);
                  default -> List.of(404, 404, 404);
                });
      }
    }
  }

  /** Returns what page and data answer, which must be alike. */
  private static int status(Gateway gateway, String headers) throws Exception {
    int[] statuses = new int[2];
    for (int i = 0; i < 2; i++) {
      try (RawClient client = RawClient.to(gateway.app().adminAddress())) {
        String path = i == 0 ? "/ui/" : "/-/api/status";
        client.send("GET " + path + " HTTP/1.1\r\n" + headers + "\r\nX-Spanway-Page: 1\r\n\r\n");
        statuses[i] = client.answer().status();
      }
    }
    assertThat(statuses[0]).isEqualTo(statuses[1]);
    return statuses[0];
  }
}
