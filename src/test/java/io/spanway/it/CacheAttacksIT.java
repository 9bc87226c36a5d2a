// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.testing.FakeUpstream;
import io.spanway.testing.Gateway;
import io.spanway.testing.RawClient;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is done to caches to get at other people's answers. The upstream answers with what it was
 * asked, so that an answer that went to the wrong caller shows.
 */
@ParameterizedClass
@ValueSource(ints = 2)
final class CacheAttacksIT extends WireFixture {
  private static final String LABELS = "/loki/api/v1/labels?start=1700000000&end=1700000060";

  /** Headers on which an answer may depend. */
  private static final List<String> SEEN =
      List.of(
          "x-scope-orgid",
          "x-prom-label-policy",
          "authorization",
          "cookie",
          "x-id-token",
          "x-loki-response-encoding-flags",
          "accept",
          "x-query-tags");

  private final CountDownLatch gate = new CountDownLatch(1);
  private volatile boolean gated;

  @BeforeEach
  void startGateway() throws IOException {
    FakeUpstream.Script echo =
        (request, connection) -> {
          connection.readBody(request);
          if (gated) {
            gate.await();
          }
          connection.send(json(echo(request)));
        };
    loki.script(echo);
    tempo.script(echo);
    gateway = Gateway.start(Gateway.yaml(threads, loki.uri(), tempo.uri(), "", ""));
  }

  private static String echo(FakeUpstream.Request request) {
    StringBuilder seen = new StringBuilder(request.target());
    for (String name : SEEN) {
      seen.append('\n').append(name).append('=').append(request.all(name));
    }
    return Base64.getEncoder()
        .encodeToString(seen.toString().getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String json(String data) {
    String body = "{\"status\":\"success\",\"data\":[\"" + data + "\"]}";
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  /** What the upstream saw of the request that this answers. */
  private static String seen(RawClient.Answer answer) {
    assertThat(answer.status()).isEqualTo(200);
    String body = answer.body();
    String data = body.substring(body.indexOf("[\"") + 2, body.indexOf("\"]"));
    return new String(Base64.getDecoder().decode(data), StandardCharsets.ISO_8859_1);
  }

  private static String cache(RawClient.Answer answer) {
    return answer.header("x-spanway-cache");
  }

  private RawClient.Answer get(String target, String... headers) throws IOException {
    try (RawClient client = gateway.client()) {
      return client.get(target, headers);
    }
  }

  /** Row 1: the same URL of two tenants, one after the other and in flight together. */
  @Test
  void sameUrlOfTwoTenants_neverGetsTheOthersBytes() throws Exception {
    gated = true;
    List<RawClient> asking = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      String tenant = i % 2 == 0 ? "a" : "b";
      asking.add(
          client()
              .send(
                  "GET "
                      + LABELS
                      + " HTTP/1.1\r\nHost: s\r\nX-Scope-OrgID: "
                      + tenant
                      + "\r\n\r\n"));
    }
    eventually().until(() -> gateway.app().requestsInFlight() == 20);
    gate.countDown();
    for (int i = 0; i < 20; i++) {
      assertThat(seen(asking.get(i).answer()))
          .contains("x-scope-orgid=[" + (i % 2 == 0 ? "a" : "b") + "]");
    }
    assertThat(loki.requests()).hasSize(2);
    for (String tenant : List.of("a", "b", "a", "b")) {
      RawClient.Answer answer = get(LABELS, "X-Scope-OrgID: " + tenant);
      assertThat(cache(answer)).isEqualTo("hit");
      assertThat(seen(answer)).contains("x-scope-orgid=[" + tenant + "]");
    }
  }

  /**
   * Row 2: label policies that differ are apart; in another order or repeated they are the same.
   */
  @Test
  void labelPoliciesOfOneTenant_areApartUnlessEqualAsSets() throws Exception {
    for (String policy : List.of("p", "q", "p,q")) {
      RawClient.Answer answer = get(LABELS, "X-Scope-OrgID: a", "X-Prom-Label-Policy: " + policy);
      assertThat(cache(answer)).isEqualTo("miss");
      assertThat(seen(answer)).contains("x-prom-label-policy=[" + policy + "]");
    }
    RawClient.Answer turned =
        get(LABELS, "X-Scope-OrgID: a", "X-Prom-Label-Policy: q", "X-Prom-Label-Policy: p");
    assertThat(seen(turned)).containsAnyOf("=[p,q]", "=[q, p]");
    RawClient.Answer none = get(LABELS, "X-Scope-OrgID: a");
    assertThat(seen(none)).contains("x-prom-label-policy=[]");
  }

  /** Row 3: credentials that are passed through are part of who asks. */
  @ParameterizedTest
  @ValueSource(strings = {"authorization", "cookie", "x-id-token"})
  void credentialsOfOneTenant_areApart(String name) throws Exception {
    for (String value : List.of("1", "2", "1", "2")) {
      RawClient.Answer answer = get(LABELS, "X-Scope-OrgID: a", name + ": " + value);
      assertThat(seen(answer)).contains(name + "=[" + value + "]");
    }
    assertThat(loki.requests()).hasSize(2);
  }

  /** Row 5: tenant headers that are several, odd or long never make somebody else's key. */
  @Test
  void oddTenants_neverGetAnothersAnswer() throws Exception {
    String[][] callers = {
      {"X-Scope-OrgID: a"},
      {"X-Scope-OrgID: b"},
      {"X-Scope-OrgID: a", "X-Scope-OrgID: b"},
      {"X-Scope-OrgID: b", "X-Scope-OrgID: a"},
      {"X-Scope-OrgID: ab"},
      {"X-Scope-OrgID: a|"},
      {"X-Scope-OrgID: |a"},
      {"X-Scope-OrgID: a b"},
      {"X-Scope-OrgID: .."},
      {"X-Scope-OrgID: ../a"},
      {"X-Scope-OrgID: a/b"},
      {"X-Scope-OrgID: " + "a".repeat(151)},
      {"X-Scope-OrgID:"},
      {}
    };
    for (int round = 0; round < 2; round++) {
      for (String[] caller : callers) {
        RawClient.Answer answer = get(LABELS, caller);
        if (answer.status() == 200) {
          StringBuilder values = new StringBuilder();
          for (String each : caller) {
            values.append(values.length() == 0 ? "" : ", ");
            values.append(each.substring(each.indexOf(':') + 1).strip());
          }
          assertThat(seen(answer)).contains("x-scope-orgid=[" + values + "]");
        } else {
          assertThat(answer.status()).isBetween(400, 499);
        }
      }
    }
    assertThat(cache(get(LABELS, "X-Scope-OrgID: c|d"))).isEqualTo("miss");
    assertThat(cache(get(LABELS, "X-Scope-OrgID: d|c"))).isEqualTo("hit");
  }

  /** Row 6: delimiters inside values make no two questions one. */
  @Test
  void delimitersInsideValues_neverMakeTwoQuestionsOne() throws Exception {
    String[] parts = {"%26", "%7C", ".", "%0A", "%3D", "a", "b", "%22", "%20", ":", "%3B"};
    Random random = new Random(6);
    Map<String, String> answers = new HashMap<>();
    try (RawClient client = gateway.client()) {
      for (int i = 0; i < 2_000; i++) {
        StringBuilder target = new StringBuilder(LABELS);
        for (String name : new String[] {"query", "x"}) {
          target.append('&').append(name).append('=');
          for (int j = random.nextInt(3); j > 0; j--) {
            target.append(parts[random.nextInt(parts.length)]);
          }
        }
        String tenant = random.nextBoolean() ? "a" : "a.b";
        RawClient.Answer answer = client.get(target.toString(), "X-Scope-OrgID: " + tenant);
        String seen = seen(answer);
        String asked = decoded(seen.substring(0, seen.indexOf('\n')));
        assertThat(asked).isEqualTo(decoded(target.toString()));
        assertThat(seen).contains("x-scope-orgid=[" + tenant + "]");
        answers.put(asked + tenant, seen);
      }
    }
    assertThat(answers).hasSizeGreaterThan(500);
    assertThat(loki.requests().size()).isLessThan(2_000);
  }

  /** The query alone is compared as trimmed: so it is in the key. */
  private static String decoded(String target) {
    int query = target.indexOf("&query=");
    int end = target.indexOf("&x=");
    String text = URLDecoder.decode(target.substring(query + 7, end), StandardCharsets.UTF_8);
    return text.strip() + "\0" + target.substring(end);
  }

  /** Row 7: a header that changes the answer never gets the answer to another. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Loki-Response-Encoding-Flags: categorize-labels",
        "Accept: application/vnd.google.protobuf",
        "X-Query-Tags: Source=grafana-lokiexplore-app"
      })
  void headerThatChangesTheAnswer_isKeyed(String header) throws Exception {
    String value = header.substring(header.indexOf(':') + 2);
    String range = CACHED;
    get(range);
    assertThat(seen(get(range, header))).contains("[" + value + "]");
    assertThat(seen(get(range))).doesNotContain("[" + value + "]");
  }

  /** Row 7: what a client can decode is made of the one answer that is held. */
  @Test
  void acceptEncoding_doesNotReachTheUpstreamNorSplitTheAnswer() throws Exception {
    assertThat(cache(get(LABELS, "Accept-Encoding: gzip"))).isEqualTo("miss");
    assertThat(cache(get(LABELS, "Accept-Encoding: br"))).isEqualTo("hit");
    assertThat(loki.request().header("accept-encoding")).isEqualTo("identity");
  }

  /** Rows 33 and 34: a refusal reaches who asked together, with its header, and nobody later. */
  @ParameterizedTest
  @ValueSource(ints = {401, 403, 429, 500, 503})
  void refusal_isGivenToThoseInFlightOnly(int status) throws Exception {
    gated = true;
    loki.script(
        (request, connection) -> {
          gate.await();
          connection.send(
              "HTTP/1.1 " + status + " No\r\nRetry-After: 7\r\nContent-Length: 3\r\n\r\nno\n");
        });
    List<RawClient> asking = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      asking.add(client().send("GET " + LABELS + " HTTP/1.1\r\nHost: s\r\n\r\n"));
    }
    eventually().until(() -> gateway.app().requestsInFlight() == 5);
    gate.countDown();
    for (RawClient each : asking) {
      RawClient.Answer answer = each.answer();
      assertThat(answer.status()).isEqualTo(status);
      assertThat(answer.header("retry-after")).isEqualTo("7");
      assertThat(answer.header("age")).isNull();
    }
    assertThat(loki.requests()).hasSize(1);
    loki.script((request, connection) -> connection.send(json("")));
    assertThat(cache(get(LABELS))).isEqualTo("miss");
  }

  /** Row 40: what only looks like a known route, or like a file, is not kept. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/loki/api/v1/labels/x.css",
        "/loki/api/v1/labels.css",
        "/loki/api/v1/labels%2Fx.css",
        "/loki/api/v1/labels;x.css",
        "/loki/api/v1/query_range/x.css?query=%7Ba%3D%22b%22%7D&start=1&end=2"
      })
  void pathThatIsNoKnownRoute_isNotKept(String target) throws Exception {
    for (int i = 0; i < 2; i++) {
      RawClient.Answer answer = get(target);
      if (answer.status() == 200) {
        assertThat(cache(answer)).startsWith("bypass");
      } else {
        assertThat(answer.status()).isEqualTo(400);
      }
    }
    assertThat(gateway.metric("spanway_cache_entries", "")).isZero();
  }

  /** Row 40: HEAD fills nothing that a GET would get, nor the other way round. */
  @Test
  void headThenGet_isAnsweredByTheUpstream() throws Exception {
    loki.script(
        (request, connection) ->
            connection.send(
                request.method().equals("HEAD")
                    ? "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
                    : json("")));
    try (RawClient client = gateway.client()) {
      client.send("HEAD " + LABELS + " HTTP/1.1\r\nHost: s\r\n\r\n");
      assertThat(cache(client.headOnly())).startsWith("bypass");
    }
    assertThat(cache(get(LABELS))).isEqualTo("miss");
    assertThat(get(LABELS).body()).startsWith("{\"status\"");
  }

  /** Row 40: a fragment, which no client sends, is not dropped from the question silently. */
  @Test
  void fragmentInTheTarget_sharesNothingWithTheQuestionBeforeIt() throws Exception {
    get(LABELS);
    RawClient.Answer answer = get(LABELS + "#x.css");
    if (answer.status() == 200) {
      assertThat(cache(answer)).isNotEqualTo("hit");
      assertThat(seen(answer)).contains("x.css");
    } else {
      assertThat(answer.status()).isEqualTo(400);
    }
  }
}
