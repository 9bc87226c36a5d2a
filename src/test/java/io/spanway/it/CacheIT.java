// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static io.spanway.it.ScriptGateway.header;
import static io.spanway.it.ScriptLogs.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Answers from memory, and questions asked once for all who ask the same. */
final class CacheIT {
  private static final String RANGE = "/loki/api/v1/query_range";
  private static final String EMPTY_STREAMS =
      "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[],\"stats\":{}}}";
  private static final String STREAMS =
      "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[{\"stream\":"
          + "{\"a\":\"b\"},\"values\":[[\"1700000000000000001\",\"trace_id=abc\"]]}],\"stats\":{}}}";

  /** Old enough to be kept for long. */
  private static final String QUERY =
      range("{a=\"b\"}", 1_700_000_000_000_000_000L, 1_700_000_060_000_000_000L, "limit", "10");

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

  private static ScriptGateway gateway;

  @BeforeAll
  static void start() {
    gateway =
        ScriptGateway.start(
            LOKI.getPort(),
            TEMPO.getPort(),
            """
            cache: { maxEntry: 2MiB }
            derivedFields:
              - { name: TraceID, matcherRegex: 'trace_id=(\\w+)', idFormat: none }
            """);
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @BeforeEach
  void forget() {
    gateway.admin("DELETE", "/-/cache");
    answer(json(STREAMS));
  }

  private static ResponseDefinitionBuilder json(String body) {
    return aResponse().withHeader("Content-Type", "application/json; charset=UTF-8").withBody(body);
  }

  private static void answer(ResponseDefinitionBuilder with) {
    LOKI.stubFor(any(anyUrl()).willReturn(with));
    TEMPO.stubFor(any(anyUrl()).willReturn(with));
  }

  private static void assertAsked(int times) {
    LOKI.verify(times, anyRequestedFor(urlPathEqualTo(RANGE)));
  }

  private static String cache(HttpResponse<?> answer) {
    return header(answer, "X-Spanway-Cache");
  }

  @Test
  void sameQuestionTwice_isAnsweredFromMemory() {
    HttpResponse<String> first = gateway.get(QUERY);
    HttpResponse<String> second = gateway.get(QUERY);

    assertThat(cache(first)).isEqualTo("miss");
    assertThat(cache(second)).isEqualTo("hit");
    assertThat(first.headers().firstValue("Age")).isEmpty();
    assertThat(Integer.parseInt(header(second, "Age"))).isBetween(0, 5);
    assertThat(second.body()).isEqualTo(first.body()).contains("\"TraceID\":\"abc\"");
    assertThat(header(second, "Content-Type")).isEqualTo(header(first, "Content-Type"));
    assertAsked(1);
  }

  @Test
  void sameQuestionsAtOnce_areAskedOnce() throws Exception {
    answer(json(STREAMS).withFixedDelay(700));
    List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      all.add(gateway.later(QUERY));
    }
    List<String> outcomes = new ArrayList<>();
    for (CompletableFuture<HttpResponse<String>> each : all) {
      HttpResponse<String> got = each.get(10, TimeUnit.SECONDS);
      assertThat(got.statusCode()).isEqualTo(200);
      assertThat(got.body()).contains("\"TraceID\":\"abc\"");
      outcomes.add(cache(got));
    }

    assertAsked(1);
    assertThat(outcomes).contains("miss", "coalesced");
    assertThat(outcomes.stream().filter("miss"::equals)).hasSize(1);
  }

  @Test
  void tenantsAtOnce_areAskedApart() throws Exception {
    answer(json(STREAMS).withFixedDelay(500));
    List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
    for (String tenant : List.of("a", "b", "a", "b")) {
      all.add(gateway.later(QUERY, "X-Scope-OrgID", tenant));
    }
    for (CompletableFuture<HttpResponse<String>> each : all) {
      assertThat(each.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    }

    assertAsked(2);
    for (String tenant : List.of("a", "b")) {
      LOKI.verify(
          1, anyRequestedFor(urlPathEqualTo(RANGE)).withHeader("X-Scope-OrgID", equalTo(tenant)));
    }
  }

  @Test
  void sharedFailure_isGivenToAllAndKeptForNobody() throws Exception {
    answer(aResponse().withStatus(500).withBody("boom\n").withFixedDelay(500));
    CompletableFuture<HttpResponse<String>> one = gateway.later(QUERY);
    CompletableFuture<HttpResponse<String>> two = gateway.later(QUERY);

    assertThat(one.get(10, TimeUnit.SECONDS).body()).isEqualTo("boom\n");
    assertThat(two.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(500);
    assertAsked(1);
    answer(json(STREAMS));
    assertThat(gateway.get(QUERY).statusCode()).isEqualTo(200);
  }

  @Test
  void sharedBreakdown_isA502ForAll() throws Exception {
    answer(aResponse().withFixedDelay(500).withFault(Fault.EMPTY_RESPONSE));
    CompletableFuture<HttpResponse<String>> one = gateway.later(QUERY);
    CompletableFuture<HttpResponse<String>> two = gateway.later(QUERY);

    for (var each : List.of(one, two)) {
      HttpResponse<String> got = each.get(10, TimeUnit.SECONDS);
      assertThat(got.statusCode()).isEqualTo(502);
      assertThat(got.body()).contains("loki").hasLineCount(1);
      assertThat(cache(got)).isIn("miss", "coalesced");
    }
    answer(json(STREAMS));
    assertThat(cache(gateway.get(QUERY))).isEqualTo("miss");
  }

  @Test
  void callersThatDiffer_shareNothing() {
    String[][] callers = {
      {},
      {"X-Scope-OrgID", "a"},
      {"X-Scope-OrgID", "b"},
      {"X-Scope-OrgID", "a", "Authorization", "Bearer 1"},
      {"X-Scope-OrgID", "a", "Authorization", "Bearer 2"},
      {"X-Scope-OrgID", "a", "Cookie", "s=1"},
      {"X-Scope-OrgID", "a", "X-Id-Token", "t"},
      {"X-Scope-OrgID", "a", "X-Prom-Label-Policy", "p"},
      {"X-Scope-OrgID", "a", "X-Prom-Label-Policy", "q"},
      {"X-Loki-Response-Encoding-Flags", "categorize-labels"},
    };
    for (String[] caller : callers) {
      assertThat(cache(gateway.get(QUERY, caller))).as(String.join(" ", caller)).isEqualTo("miss");
    }
    for (String[] caller : callers) {
      assertThat(cache(gateway.get(QUERY, caller))).as(String.join(" ", caller)).isEqualTo("hit");
    }
    assertAsked(callers.length);
  }

  @Test
  void sameTenantsInAnotherOrder_share() {
    assertThat(cache(gateway.get(QUERY, "X-Scope-OrgID", "a|b"))).isEqualTo("miss");
    assertThat(cache(gateway.get(QUERY, "X-Scope-OrgID", "b|a"))).isEqualTo("hit");
  }

  @Test
  void unclearIdentity_isNotCached() {
    assertThat(cache(gateway.get(QUERY, "X-Scope-OrgID", "a", "X-Scope-OrgID", "b")))
        .isEqualTo("bypass; identity unclear");
    assertThat(cache(gateway.get(QUERY, "X-Scope-OrgID", "a", "X-Scope-OrgID", "b")))
        .isEqualTo("bypass; identity unclear");
    assertAsked(2);
  }

  @Test
  void noCache_refreshesAndNoStore_bypasses() {
    gateway.get(QUERY);
    answer(json(STREAMS.replace("abc", "new")));

    assertThat(gateway.get(QUERY, "Cache-Control", "no-store").body()).contains("=new");
    assertThat(gateway.get(QUERY).body()).contains("=abc");
    assertThat(cache(gateway.get(QUERY, "Cache-Control", "no-cache"))).isEqualTo("miss");
    assertThat(gateway.get(QUERY).body()).contains("=new");
    assertThat(cache(gateway.get(QUERY, "Cache-Control", "max-age=0"))).isEqualTo("miss");
  }

  @Test
  void formAndUrl_share() {
    HttpResponse<String> form = gateway.post(RANGE, QUERY.substring(QUERY.indexOf('?') + 1));

    assertThat(cache(form)).isEqualTo("miss");
    assertThat(cache(gateway.get(QUERY))).isEqualTo("hit");
    assertAsked(1);
  }

  @Test
  void emptyForm_isRelayedAsItIs() {
    HttpResponse<String> answer = gateway.post(QUERY, "", "Cache-Control", "no-store");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(cache(answer)).isEqualTo("bypass; no-store");
  }

  @Test
  void compressedForm_isRelayedWithItsBody() {
    HttpResponse<String> answer = gateway.post(QUERY, "as it came", "Content-Encoding", "br");

    assertThat(answer.statusCode()).isEqualTo(200);
    LOKI.verify(
        postRequestedFor(urlPathEqualTo(RANGE))
            .withHeader("Content-Encoding", equalTo("br"))
            .withHeader("Content-Length", equalTo("10")));
  }

  @Test
  void answersWithWarnings_areNeverKept() {
    answer(json(STREAMS.replace("{\"status\"", "{\"warnings\":[\"x\"],\"status\"")));

    assertThat(cache(gateway.get(QUERY))).isEqualTo("miss");
    assertThat(cache(gateway.get(QUERY))).isEqualTo("miss");
  }

  @Test
  void otherThan200_isNeverKept() {
    for (int status : new int[] {201, 204, 400, 401, 403, 429, 500, 503}) {
      answer(aResponse().withStatus(status));

      assertThat(gateway.get(QUERY).statusCode()).isEqualTo(status);
      assertThat(cache(gateway.get(QUERY))).as("%d", status).isEqualTo("miss");
    }
  }

  @Test
  void absentTraces_areRememberedShortly() {
    TEMPO.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(404)));
    String path = "/api/traces/00000000000000000000000000000001";

    assertThat(cache(gateway.get(path))).isEqualTo("miss");
    HttpResponse<String> second = gateway.get(path);
    assertThat(second.statusCode()).isEqualTo(404);
    assertThat(cache(second)).isEqualTo("hit");
    await().atMost(Duration.ofSeconds(10)).until(() -> cache(gateway.get(path)).equals("miss"));
  }

  @Test
  void unknownPaths_areNotCached() {
    assertThat(cache(gateway.get("/loki/api/v1/query_range/x.css"))).startsWith("bypass");
    assertThat(cache(gateway.get("/loki/api/v1/query_range/x.css"))).startsWith("bypass");
  }

  @Test
  void purge_forgetsOneTenantOrAll() {
    gateway.get(QUERY, "X-Scope-OrgID", "a");
    gateway.get(QUERY, "X-Scope-OrgID", "b");

    assertThat(gateway.admin("DELETE", "/-/cache?tenant=a").body()).contains("true");
    assertThat(cache(gateway.get(QUERY, "X-Scope-OrgID", "b"))).isEqualTo("hit");
    assertThat(cache(gateway.get(QUERY, "X-Scope-OrgID", "a"))).isEqualTo("miss");
    gateway.admin("DELETE", "/-/cache");
    assertThat(cache(gateway.get(QUERY, "X-Scope-OrgID", "b"))).isEqualTo("miss");
    assertThat(gateway.admin("DELETE", "/-/cache?tenant=..").statusCode()).isEqualTo(400);
  }

  @Test
  void forwardedDeletes_forgetThatTenant() {
    for (String method : new String[] {"POST", "PUT", "DELETE"}) {
      answer(json(STREAMS));
      gateway.get(QUERY, "X-Scope-OrgID", "a");
      gateway.get(QUERY, "X-Scope-OrgID", "b");
      answer(aResponse().withStatus(204));

      assertThat(delete(gateway, method, "X-Scope-OrgID", "a").statusCode()).isEqualTo(204);

      answer(json(EMPTY_STREAMS));
      assertThat(gateway.get(QUERY, "X-Scope-OrgID", "a").body()).as(method).doesNotContain("abc");
      assertThat(cache(gateway.get(QUERY, "X-Scope-OrgID", "b"))).as(method).isEqualTo("hit");
      gateway.admin("DELETE", "/-/cache");
    }
  }

  @Test
  void deletesThatFailOrOnlyList_forgetNothing() {
    gateway.get(QUERY);
    answer(aResponse().withStatus(400));
    delete(gateway, "POST");
    answer(json("[]"));
    delete(gateway, "GET");

    assertThat(cache(gateway.get(QUERY))).isEqualTo("hit");
  }

  @Test
  void deletesByWhoIsUnclear_forgetEverything() {
    gateway.get(QUERY, "X-Scope-OrgID", "c");
    answer(aResponse().withStatus(204));
    delete(gateway, "POST", "X-Scope-OrgID", "a", "X-Scope-OrgID", "b");
    answer(json(EMPTY_STREAMS));

    assertThat(cache(gateway.get(QUERY, "X-Scope-OrgID", "c"))).isEqualTo("miss");
  }

  @Test
  void deletesInAConfiguredTenant_forgetWhatAllCallersSaw() {
    try (ScriptGateway one =
        ScriptGateway.start(
            "loki: { urls: ['http://127.0.0.1:%d'], tenant: all }\n".formatted(LOKI.getPort())
                + "tempo: { urls: ['http://127.0.0.1:%d'] }\n".formatted(TEMPO.getPort()))) {
      one.get(QUERY, "X-Scope-OrgID", "b");
      answer(aResponse().withStatus(204));
      delete(one, "POST", "X-Scope-OrgID", "a");
      answer(json(EMPTY_STREAMS));

      assertThat(cache(one.get(QUERY, "X-Scope-OrgID", "b"))).isEqualTo("miss");
    }
  }

  private static HttpResponse<String> delete(ScriptGateway at, String method, String... headers) {
    return at.send(
        method, at.url() + "/loki/api/v1/delete?query=%7Ba%3D%22b%22%7D&start=1", "", headers);
  }

  @Test
  void fillUnderWayDuringADelete_isNotKept() throws Exception {
    answer(json(STREAMS).withFixedDelay(800));
    CompletableFuture<HttpResponse<String>> filling = gateway.later(QUERY);
    await().until(() -> !LOKI.findAll(anyRequestedFor(urlPathEqualTo(RANGE))).isEmpty());
    gateway.admin("DELETE", "/-/cache");

    assertThat(filling.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    assertThat(cache(gateway.get(QUERY))).isEqualTo("miss");
  }

  @Test
  void leaderThatLeaves_endsNothingWhileAFollowerWaits() throws Exception {
    answer(json(STREAMS).withFixedDelay(1_500));
    CompletableFuture<HttpResponse<String>> follower;
    try (Socket leader = gateway.open(QUERY)) {
      await().until(() -> !LOKI.findAll(anyRequestedFor(urlPathEqualTo(RANGE))).isEmpty());
      assertThat(leader.isConnected()).isTrue();
      follower = gateway.later(QUERY);
      await().until(() -> metric("spanway_requests_in_flight") >= 2);
    }

    HttpResponse<String> got = follower.get(10, TimeUnit.SECONDS);
    assertThat(got.statusCode()).isEqualTo(200);
    assertThat(cache(got)).isEqualTo("coalesced");
    assertAsked(1);
    assertThat(cache(gateway.get(QUERY))).isEqualTo("hit");
  }

  @Test
  void leaderThatLeavesInMidAnswer_endsNothingWhileAFollowerWaits() throws Exception {
    String labels = "/loki/api/v1/labels?start=1700000000&end=1700000060";
    String body = "{\"status\":\"success\",\"data\":[\"" + "x".repeat(700_000) + "\"]}";
    answer(json(body).withChunkedDribbleDelay(10, 2_000));
    CompletableFuture<HttpResponse<String>> follower;
    try (Socket leader = gateway.open(labels)) {
      assertThat(leader.getInputStream().readNBytes(20_000)).hasSize(20_000);
      follower = gateway.later(labels);
      await().until(() -> metric("spanway_requests_in_flight") >= 2);
    }

    HttpResponse<String> got = follower.get(10, TimeUnit.SECONDS);
    assertThat(cache(got)).isEqualTo("coalesced");
    assertThat(got.body().equals(body)).isTrue();
    LOKI.verify(1, anyRequestedFor(urlPathEqualTo("/loki/api/v1/labels")));
  }

  private static double metric(String name) {
    for (String line : gateway.admin("GET", "/metrics").body().split("\n", -1)) {
      if (line.startsWith(name + " ")) {
        return Double.parseDouble(line.substring(name.length() + 1));
      }
    }
    return -1;
  }

  @Test
  void whenNobodyWaits_theUpstreamIsLetGo() throws Exception {
    try (ServerSocket upstream = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        ScriptGateway own = ScriptGateway.start(upstream.getLocalPort(), TEMPO.getPort(), "")) {
      CompletableFuture<Integer> afterTheHead = new CompletableFuture<>();
      Thread server =
          new Thread(
              () -> {
                while (!afterTheHead.isDone()) {
                  try (Socket socket = upstream.accept()) {
                    String head = head(socket);
                    if (head.contains(RANGE)) {
                      afterTheHead.complete(socket.getInputStream().read());
                    }
                  } catch (IOException e) {
                    afterTheHead.complete(-1);
                  }
                }
              });
      server.start();
      Socket leader = own.open(QUERY);
      Socket follower = own.open(QUERY);
      await()
          .until(
              () -> own.admin("GET", "/metrics").body().contains("spanway_requests_in_flight 2.0"));
      leader.close();
      assertThat(afterTheHead).isNotDone();
      follower.close();

      assertThat(afterTheHead.get(5, TimeUnit.SECONDS)).isEqualTo(-1);
      server.join();
      await()
          .until(
              () -> own.admin("GET", "/metrics").body().contains("spanway_requests_in_flight 0.0"));
    }
  }

  private static String head(Socket socket) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = socket.getInputStream().read();
      if (c < 0) {
        break;
      }
      head.append((char) c);
    }
    return head.toString();
  }

  @Test
  void answersOverTheLargestEntry_streamAndAreNotKept() throws Exception {
    String body = STREAMS.replace("trace_id=abc", "x".repeat(4 << 20) + " trace_id=abc");
    answer(json(body).withFixedDelay(300));
    CompletableFuture<HttpResponse<String>> leader = gateway.later(QUERY);
    CompletableFuture<HttpResponse<String>> follower = gateway.later(QUERY);

    for (var each : List.of(leader, follower)) {
      assertThat(each.get(20, TimeUnit.SECONDS).body()).hasSizeGreaterThan(4 << 20);
    }
    assertThat(cache(gateway.get(QUERY))).isEqualTo("miss");
  }

  @Test
  void largeAnswers_areKeptAndComeOutTheSame() {
    StringBuilder values = new StringBuilder();
    for (int i = 0; i < 15_000; i++) {
      values.append(i == 0 ? "" : ",");
      values.append("[\"").append(1_700_000_000_000_000_000L + i);
      values.append("\",\"GET /").append("x".repeat(60)).append(" trace_id=").append(i);
      values.append("\"]");
    }
    answer(
        json(
            "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[{\"stream\":"
                + "{\"a\":\"b\"},\"values\":["
                + values
                + "]}],\"stats\":{}}}"));

    HttpResponse<String> first = gateway.get(QUERY);
    // A worker looks into it.
    await().until(() -> cache(gateway.get(QUERY)).equals("hit"));
    HttpResponse<String> second = gateway.get(QUERY);

    assertThat(first.body()).contains("\"TraceID\":\"14999\"");
    assertThat(second.body().equals(first.body())).isTrue();
  }

  @Test
  void answersThatBreakOff_breakOffTheClientsToo() throws Exception {
    answer(json(STREAMS).withFault(Fault.RANDOM_DATA_THEN_CLOSE));
    HttpResponse<String> got = gateway.get(QUERY);

    assertThat(got.statusCode()).isEqualTo(502);
    assertThat(new String(got.body().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
        .hasLineCount(1);
  }
}
