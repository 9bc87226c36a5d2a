// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static io.spanway.testing.OtlpCollector.attributes;
import static io.spanway.testing.OtlpCollector.parent;
import static io.spanway.testing.OtlpCollector.traceparent;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import io.opentelemetry.proto.trace.v1.Status.StatusCode;
import io.spanway.app.DemoApp;
import io.spanway.testing.FakeUpstream;
import io.spanway.testing.Gateway;
import io.spanway.testing.OtlpCollector;
import io.spanway.testing.RawClient;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Spanway's own spans, as a collector and an upstream see them. */
final class TracingIT {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String CALLER = "b7ad6b7169203331";
  private static final String SAMPLED = "traceparent: 00-" + TRACE + "-" + CALLER + "-01";
  private static final String UNSAMPLED = "traceparent: 00-" + TRACE + "-" + CALLER + "-00";
  private static final String RELAYED = WireFixture.RELAYED;

  private static final String EMPTY_STREAMS =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 64\r\n\r\n"
          + "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[]}}";

  private OtlpCollector collector;
  private FakeUpstream loki;
  private FakeUpstream tempo;
  private Gateway gateway;

  @BeforeEach
  void startOthers() throws IOException {
    collector = new OtlpCollector();
    loki = new FakeUpstream();
    tempo = new FakeUpstream();
    loki.script((request, connection) -> connection.answer(200, "fine\n"));
  }

  @AfterEach
  void stop() throws IOException {
    collector.open();
    if (gateway != null) {
      gateway.close();
    }
    collector.close();
    loki.close();
    tempo.close();
  }

  private void start(String otlp) throws IOException {
    start(collector.url(), otlp, loki.uri().toString());
  }

  private void start(String url, String otlp, String lokis) throws IOException {
    gateway =
        Gateway.start(
            """
            server: { listen: '127.0.0.1:0', threads: 2, drainTimeout: 5s }
            admin: { listen: '127.0.0.1:0' }
            loki: { urls: [%s] }
            tempo: { urls: [%s] }
            telemetry:
              accessLog: { enabled: false }
              otlp: { url: '%s', timeout: 2s%s }
            """
                .formatted(lokis, tempo.uri(), url, otlp));
  }

  private RawClient.Answer get(String target, String... headers) throws IOException {
    try (RawClient client = gateway.client()) {
      return client.get(target, headers);
    }
  }

  private static Span only(List<Span> spans, Predicate<Span> which) {
    List<Span> found = spans.stream().filter(which).toList();
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  private static Span server(List<Span> spans) {
    return only(spans, span -> span.getKind() == SpanKind.SPAN_KIND_SERVER);
  }

  private static Span client(List<Span> spans) {
    return only(spans, span -> span.getKind() == SpanKind.SPAN_KIND_CLIENT);
  }

  private double spans(String result) throws IOException {
    return gateway.metric("spanway_spans_exported_total", "result=\"" + result + "\"");
  }

  @Test
  void sampledRequest_isJoinedToItsCallerAndTheUpstreamToIt() throws Exception {
    start("");

    get(
        RELAYED + "?query=hush",
        SAMPLED,
        "tracestate: a=b,c=d",
        "Authorization: Bearer hush",
        "X-Scope-OrgID: team-a",
        "User-Agent: test/1");
    List<Span> spans = collector.spans(2);

    Span server = server(spans);
    Span client = client(spans);
    assertThat(spans).hasSize(2).allSatisfy(span -> assertThat(traceparent(span)).contains(TRACE));
    assertThat(parent(server)).isEqualTo(CALLER);
    assertThat(client.getParentSpanId()).isEqualTo(server.getSpanId());
    assertThat(loki.request().all("traceparent")).containsExactly(traceparent(client));
    assertThat(loki.request().all("tracestate")).containsExactly("a=b,c=d");
    assertThat(server.getName()).isEqualTo("loki_other");
    assertThat(attributes(server))
        .containsAllEntriesOf(
            Map.ofEntries(
                Map.entry("http.request.method", "GET"),
                Map.entry("http.response.status_code", "200"),
                Map.entry("http.response.body.size", "5"),
                Map.entry("url.scheme", "http"),
                Map.entry("url.path", RELAYED),
                Map.entry("network.protocol.version", "1.1"),
                Map.entry("user_agent.original", "test/1"),
                Map.entry("client.address", "127.0.0.1"),
                Map.entry("spanway.operation", "loki_other"),
                Map.entry("spanway.cache", "bypass; operation"),
                Map.entry("spanway.tenant", "team-a"),
                Map.entry("spanway.upstream_requests", "1")));
    assertThat(attributes(client))
        .containsAllEntriesOf(
            Map.of(
                "http.request.method",
                "GET",
                "http.response.status_code",
                "200",
                "server.address",
                "127.0.0.1",
                "server.port",
                Integer.toString(loki.uri().getPort()),
                "url.full",
                loki.uri() + "/plain",
                "spanway.upstream",
                "loki"))
        .doesNotContainKeys("error.type", "http.request.resend_count");
    assertThat(spans)
        .allSatisfy(
            span -> {
              assertThat(span.toString()).doesNotContain("hush");
              assertThat(span.getStatus().getCode()).isEqualTo(StatusCode.STATUS_CODE_UNSET);
              assertThat(span.getEndTimeUnixNano()).isGreaterThan(span.getStartTimeUnixNano());
            });
    await().until(() -> spans("exported") == 2);
  }

  @Test
  void resourceAndHeaders_areAsConfigured() throws Exception {
    start(
        ", serviceName: gateway, attributes: { deployment.environment.name: test }"
            + ", headers: { X-Key: '${SPANWAY_TEST_NONE:-s3cret}' }");

    get(RELAYED);
    collector.spans(2);

    assertThat(collector.resource())
        .containsEntry("service.name", "gateway")
        .containsEntry("service.version", "test")
        .containsEntry("deployment.environment.name", "test")
        .containsEntry("telemetry.sdk.language", "java")
        .containsKey("service.instance.id");
    assertThat(collector.headers().getFirst("X-Key")).isEqualTo("s3cret");
    assertThat(gateway.admin("/-/config").body()).doesNotContain("s3cret").contains("X-Key");
  }

  @Test
  void requestWithoutATrace_beginsOne() throws Exception {
    start(", sampleRatio: 1");

    get(RELAYED);
    List<Span> spans = collector.spans(2);

    assertThat(parent(server(spans))).isEmpty();
    assertThat(client(spans).getTraceId()).isEqualTo(server(spans).getTraceId());
    assertThat(loki.request().header("traceparent")).isEqualTo(traceparent(client(spans)));
  }

  @Test
  void requestsThatAreNotSampled_leaveNoSpanAndPassAsWithoutTracing() throws Exception {
    start(", sampleRatio: 0");

    get(RELAYED);
    get(RELAYED, UNSAMPLED, "tracestate: a=b");
    get(RELAYED, SAMPLED);
    List<Span> spans = collector.spans(2);

    assertThat(spans).hasSize(2).allSatisfy(span -> assertThat(traceparent(span)).contains(TRACE));
    assertThat(loki.requests().get(0).header("traceparent")).startsWith("00-").endsWith("-00");
    assertThat(loki.requests().get(1).all("traceparent"))
        .containsExactly(UNSAMPLED.substring("traceparent: ".length()));
    assertThat(loki.requests().get(1).header("tracestate")).isEqualTo("a=b");
  }

  @Test
  void retry_isASpanOfItsOwn() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    FakeUpstream.Script script =
        (request, connection) ->
            connection.answer(asked.getAndIncrement() == 0 ? 503 : 200, "fine\n");
    try (FakeUpstream other = new FakeUpstream()) {
      loki.script(script);
      other.script(script);
      start(collector.url(), "", loki.uri() + ", " + other.uri());

      assertThat(get(RELAYED, SAMPLED).status()).isEqualTo(200);
      List<Span> spans = collector.spans(3);

      Span server = server(spans);
      Span first =
          only(spans, span -> "503".equals(attributes(span).get("http.response.status_code")));
      Span second = only(spans, span -> !span.equals(first) && !span.equals(server));
      assertThat(attributes(first)).containsEntry("error.type", "503");
      assertThat(first.getStatus().getCode()).isEqualTo(StatusCode.STATUS_CODE_ERROR);
      assertThat(attributes(second))
          .containsEntry("http.request.resend_count", "1")
          .containsEntry("http.response.status_code", "200");
      assertThat(List.of(first, second))
          .allSatisfy(span -> assertThat(span.getParentSpanId()).isEqualTo(server.getSpanId()));
      assertThat(
              List.of(loki.request().header("traceparent"), other.request().header("traceparent")))
          .containsExactlyInAnyOrder(traceparent(first), traceparent(second));
    }
  }

  @Test
  void upstreamThatCannotBeReached_isSaidOnBothSpans() throws Exception {
    int closed;
    try (ServerSocket socket = new ServerSocket(0)) {
      closed = socket.getLocalPort();
    }
    start(collector.url(), "", "http://127.0.0.1:" + closed);

    assertThat(get(RELAYED, SAMPLED).status()).isEqualTo(502);
    List<Span> spans = collector.spans(2);

    assertThat(attributes(client(spans))).containsEntry("error.type", "connection_refused");
    assertThat(attributes(server(spans)))
        .containsEntry("error.type", "502")
        .containsEntry("spanway.error_flag", "UF");
    assertThat(spans)
        .allSatisfy(
            span -> assertThat(span.getStatus().getCode()).isEqualTo(StatusCode.STATUS_CODE_ERROR));
  }

  @Test
  void tail_isOneSpanUntilItEnds() throws Exception {
    loki.script(
        (request, connection) -> {
          connection.send(WireTailIT.SWITCHING);
          connection.awaitClosed();
        });
    start("");
    try (RawClient client = gateway.client()) {
      client.send(WireTailIT.HANDSHAKE.replace("Host: s", "Host: s\r\n" + SAMPLED));
      assertThat(client.answer().status()).isEqualTo(101);
      get("/nowhere", SAMPLED);
      assertThat(collector.spans(1)).extracting(Span::getName).containsExactly("unknown");
    }
    List<Span> spans = collector.spans(3);

    Span client = client(spans);
    Span server = only(spans, span -> span.getSpanId().equals(client.getParentSpanId()));
    assertThat(List.of(client.getName(), server.getName())).containsOnly("loki_tail");
    assertThat(attributes(server)).containsEntry("http.response.status_code", "101");
    assertThat(loki.request().header("traceparent")).isEqualTo(traceparent(client));
  }

  @Test
  void clientThatLeaves_endsBothSpans() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    loki.script(
        (request, connection) -> {
          asked.countDown();
          connection.awaitClosed();
        });
    start("");
    try (RawClient client = gateway.client()) {
      client.send("GET " + RELAYED + " HTTP/1.1\r\nHost: s\r\n" + SAMPLED + "\r\n\r\n");
      assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
    }
    List<Span> spans = collector.spans(2);

    assertThat(attributes(client(spans))).containsEntry("spanway.cancelled", "true");
    assertThat(attributes(server(spans))).containsEntry("http.response.status_code", "499");
  }

  @Test
  void hit_hasNoRequestUpstream() throws Exception {
    loki.script((request, connection) -> connection.send(EMPTY_STREAMS));
    start("");
    get(WireFixture.CACHED, SAMPLED);
    get(WireFixture.CACHED, SAMPLED);
    List<Span> spans = collector.spans(3);

    assertThat(spans).hasSize(3);
    assertThat(client(spans).getName()).isEqualTo("loki_query_range");
    assertThat(spans)
        .filteredOn(span -> span.getKind() == SpanKind.SPAN_KIND_SERVER)
        .extracting(span -> attributes(span).get("spanway.cache"))
        .containsExactlyInAnyOrder("miss", "hit");
  }

  @Test
  void answerThatTwoShare_hasOneRequestUpstream() throws Exception {
    CountDownLatch both = new CountDownLatch(1);
    loki.script(
        (request, connection) -> {
          try {
            assertThat(both.await(10, TimeUnit.SECONDS)).isTrue();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          connection.send(EMPTY_STREAMS);
        });
    start("");
    String head = "GET " + WireFixture.CACHED + " HTTP/1.1\r\nHost: s\r\n" + SAMPLED + "\r\n\r\n";
    try (RawClient one = gateway.client();
        RawClient two = gateway.client()) {
      one.send(head);
      await().until(() -> loki.requests().size() == 1);
      two.send(head);
      await().until(() -> gateway.app().requestsInFlight() == 2);
      both.countDown();
      assertThat(one.answer().status()).isEqualTo(200);
      assertThat(two.answer().status()).isEqualTo(200);
    }
    List<Span> spans = collector.spans(3);

    assertThat(client(spans).getName()).isEqualTo("loki_query_range");
    assertThat(spans)
        .filteredOn(span -> span.getKind() == SpanKind.SPAN_KIND_SERVER)
        .extracting(span -> attributes(span).get("spanway.cache"))
        .hasSize(2)
        .contains("miss")
        // The second may have come when all was there.
        .containsAnyOf("coalesced", "hit");
  }

  @Test
  void click_hasASpanForEachQuestionThatItAsks() throws Exception {
    try (DemoApp demo = DemoApp.start(0, true, "test")) {
      gateway =
          Gateway.start(
              """
              server: { listen: '127.0.0.1:0' }
              admin: { listen: '127.0.0.1:0' }
              loki: { urls: [%s] }
              tempo: { urls: [%s] }
              tracesToLogsV2: { tags: [{ key: service.name, value: service_name }] }
              telemetry: { accessLog: { enabled: false }, otlp: { url: '%s' } }
              """
                  .formatted(demo.loki(), demo.tempo(), collector.url()));

      assertThat(get("/spanway/v1/logs?traceId=" + ScriptLogs.TRACE, SAMPLED).status())
          .isEqualTo(200);
      gateway.awaitIdle();
      List<Span> spans = collector.spans(3);

      Span server = server(spans);
      assertThat(server.getName()).isEqualTo("spanway_logs");
      assertThat(attributes(server))
          .containsEntry("spanway.rewrite.rule", "script")
          .containsEntry("spanway.rewrite.outcome", "found");
      assertThat(spans)
          .filteredOn(span -> span.getKind() == SpanKind.SPAN_KIND_CLIENT)
          .hasSize(Integer.parseInt(attributes(server).get("spanway.upstream_requests")))
          .allSatisfy(
              span -> {
                assertThat(span.getParentSpanId()).isEqualTo(server.getSpanId());
                assertThat(traceparent(span)).contains(TRACE);
              })
          .extracting(Span::getName)
          .contains("tempo_trace_by_id_v2", "loki_query_range");
    }
  }

  @Test
  void adminPages_leaveNoSpan() throws Exception {
    start("");

    assertThat(gateway.admin("/healthz").status()).isEqualTo(200);
    assertThat(gateway.admin("/readyz").status()).isIn(200, 503);
    get(RELAYED, SAMPLED);

    assertThat(collector.spans(2))
        .hasSize(2)
        .allSatisfy(span -> assertThat(span.getName()).isEqualTo("loki_other"));
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 503})
  void collectorThatWillTakeThemLater_isAskedAgainThen(int status) throws Exception {
    collector.refuse(status);
    start("");

    get(RELAYED, SAMPLED);

    assertThat(collector.spans(2)).hasSize(2);
    // The two spans of a request may go one after the other.
    assertThat(collector.exports()).isBetween(2, 3);
    assertThat(collector.betweenTheFirstTwo()).isGreaterThanOrEqualTo(Duration.ofSeconds(2));
    await().until(() -> spans("exported") == 2);
    assertThat(spans("failed")).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 500})
  void collectorThatRefuses_isNotAskedAgainAndCostsNobodyAnything(int status) throws Exception {
    collector.always(status);
    start("");

    assertThat(get(RELAYED, SAMPLED).status()).isEqualTo(200);

    await().atMost(Duration.ofSeconds(20)).until(() -> spans("failed") == 2);
    assertThat(collector.exports()).isBetween(1, 2);
    collector.always(200);
    assertThat(get(RELAYED, SAMPLED).status()).isEqualTo(200);
    assertThat(collector.spans(2)).hasSize(2);
  }

  @Test
  void collectorThatIsNotThere_costsNobodyAnything() throws Exception {
    int closed;
    try (ServerSocket socket = new ServerSocket(0)) {
      closed = socket.getLocalPort();
    }
    start("http://127.0.0.1:" + closed + "/v1/traces", "", loki.uri().toString());

    for (int i = 0; i < 10; i++) {
      assertThat(get(RELAYED, SAMPLED).status()).isEqualTo(200);
    }

    await().atMost(Duration.ofSeconds(20)).until(() -> spans("failed") + spans("dropped") == 20);
  }

  @Test
  void collectorThatDoesNotAnswer_holdsUpNobodyAndWhatDoesNotFitIsCounted() throws Exception {
    collector.hold();
    start(", queue: 4");
    get(RELAYED, SAMPLED);
    await().atMost(Duration.ofSeconds(20)).until(() -> collector.exports() == 1);

    for (int i = 0; i < 10; i++) {
      assertThat(get(RELAYED, SAMPLED).status()).isEqualTo(200);
    }

    await().untilAsserted(() -> assertThat(spans("dropped")).isBetween(16.0, 17.0));
    collector.open();
  }

  @Test
  void stop_exportsWhatWaits() throws Exception {
    start("");
    get(RELAYED, SAMPLED);
    gateway.awaitIdle();

    gateway.close();

    assertThat(collector.spans()).hasSize(2);
  }

  @Test
  void stopBeforeACollectorThatDoesNotAnswer_ends() throws Exception {
    collector.hold();
    start("");
    get(RELAYED, SAMPLED);
    gateway.awaitIdle();
    long before = System.nanoTime();

    gateway.close();

    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void timesOfSampledRequests_nameTheirTraces() throws Exception {
    start("");
    get(RELAYED, SAMPLED);
    get(RELAYED, UNSAMPLED.replace(TRACE, "1" + TRACE.substring(1)));
    Span server = server(collector.spans(2));
    Span client = client(collector.spans(2));

    List<String> exemplars = exemplars();

    assertThat(exemplars)
        .filteredOn(line -> line.startsWith("spanway_requests_seconds_bucket"))
        .singleElement()
        .satisfies(line -> assertThat(line).contains(exemplar(server)));
    assertThat(exemplars)
        .filteredOn(line -> line.startsWith("spanway_upstream_requests_seconds_bucket"))
        .singleElement()
        .satisfies(line -> assertThat(line).contains(exemplar(client)));
  }

  @Test
  void timesOfSampledRequests_nameTheCallersSpanWhereNothingIsRecorded() throws Exception {
    gateway = Gateway.start(Gateway.yaml(1, loki.uri(), tempo.uri(), "", ""));
    get(RELAYED, SAMPLED);
    gateway.awaitIdle();

    assertThat(exemplars())
        .hasSize(2)
        .allSatisfy(
            line ->
                assertThat(line)
                    .contains("# {span_id=\"" + CALLER + "\",trace_id=\"" + TRACE + "\"} "));
  }

  private static String exemplar(Span span) {
    String[] ids = traceparent(span).split("-", -1);
    return "# {span_id=\"" + ids[2] + "\",trace_id=\"" + ids[1] + "\"} ";
  }

  /** Scrapes as Prometheus does, and returns the lines that have an exemplar. */
  private List<String> exemplars() throws IOException {
    try (RawClient client = RawClient.to(gateway.app().adminAddress())) {
      RawClient.Answer answer =
          client.get(
              "/metrics",
              "Accept: application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                  + "text/plain;version=0.0.4;q=0.2,*/*;q=0.1");
      assertThat(answer.header("content-type"))
          .isEqualTo("application/openmetrics-text; version=1.0.0; charset=utf-8");
      assertThat(answer.body()).endsWith("# EOF\n").contains("spanway_build_info{");
      return answer.body().lines().filter(line -> line.contains("# {")).toList();
    }
  }
}
