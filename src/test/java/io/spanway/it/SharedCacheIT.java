// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static io.spanway.it.ScriptGateway.header;
import static io.spanway.it.ScriptLogs.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.spanway.testing.FakeRedis;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two replicas and a Redis between them. */
final class SharedCacheIT {
  private static final String RANGE = "/loki/api/v1/query_range";
  private static final String PASSWORD = "tell-nobody";
  private static final String STREAMS =
      "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[{\"stream\":"
          + "{\"a\":\"b\"},\"values\":[[\"1700000000000000001\",\"secret-line-"
          + "x".repeat(3000)
          + "\"]]}],\"stats\":{}}}";

  @RegisterExtension
  static final WireMockExtension LOKI =
      WireMockExtension.newInstance()
          .options(wireMockConfig().dynamicPort().gzipDisabled(true))
          .build();

  private static FakeRedis redis;
  private static ScriptGateway one;
  private static ScriptGateway two;
  private static int asked;

  private String query;

  @BeforeAll
  static void start() {
    redis = FakeRedis.start(PASSWORD);
    one = gateway();
    two = gateway();
  }

  private static ScriptGateway gateway() {
    return ScriptGateway.start(
        """
        loki: { urls: ['http://127.0.0.1:%d'], timeouts: { firstByte: 2s } }
        tempo: { urls: ['http://127.0.0.1:%d'] }
        cache:
          staleIfError: 5m
          redis: { url: '%s', password: '${PW}', timeout: 500ms }
        """
            .formatted(LOKI.getPort(), LOKI.getPort(), redis.url()),
        Map.of("PW", PASSWORD));
  }

  @AfterAll
  static void stop() {
    one.close();
    two.close();
    redis.close();
  }

  @BeforeEach
  void wellAndApart() {
    redis.be(FakeRedis.Mood.WELL);
    awaitState(one, "used");
    awaitState(two, "used");
    answer(aResponse().withHeader("Content-Type", "application/json").withBody(STREAMS));
    asked++;
    query =
        range(
            "{a=\"b\", test=\"" + asked + "\"}",
            1_700_000_000_000_000_000L,
            1_700_000_060_000_000_000L,
            "limit",
            "10");
  }

  private static void answer(ResponseDefinitionBuilder with) {
    LOKI.stubFor(any(anyUrl()).willReturn(with));
  }

  private static void awaitState(ScriptGateway gateway, String state) {
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> gateway.admin("GET", "/-/cache").body().contains("\"" + state + "\""));
  }

  private static String cache(HttpResponse<?> answer) {
    return header(answer, "X-Spanway-Cache");
  }

  private static void assertAsked(int times) {
    LOKI.verify(times, anyRequestedFor(urlPathEqualTo(RANGE)));
  }

  /** Asks the first replica, and waits until its answer is with Redis. */
  private void fetch(String... headers) {
    double before = written();
    HttpResponse<String> first = one.get(query, headers);
    assertThat(cache(first)).isEqualTo("miss");
    assertThat(first.body()).contains("secret-line");
    await().until(() -> written() > before);
  }

  private static double written() {
    return metric(one, "spanway_cache_redis_writes_total{outcome=\"written\"}");
  }

  private static double reads(ScriptGateway gateway, String outcome) {
    return metric(gateway, "spanway_cache_redis_reads_total{outcome=\"" + outcome + "\"}");
  }

  private static double metric(ScriptGateway gateway, String start) {
    return gateway
        .admin("GET", "/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(start))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @Test
  void answerOfOneReplica_isAHitOfAnother() {
    fetch();

    HttpResponse<String> second = two.get(query);

    assertThat(cache(second)).isEqualTo("hit");
    assertThat(second.body()).contains("secret-line");
    assertThat(Integer.parseInt(header(second, "Age"))).isBetween(0, 5);
    assertThat(header(second, "Content-Type")).isEqualTo("application/json");
    assertThat(cache(two.get(query))).isEqualTo("hit");
    assertAsked(1);
    assertThat(reads(two, "hit")).isPositive();
    // Fresh for a day, as the policy says of old data, and some minutes for a failing upstream.
    assertThat(redis.longestMs()).isBetween(86_000_000L, 86_700_000L);
  }

  @Test
  void windowInsideTheOtherReplicasAnswer_isAHitToo() {
    fetch();
    assertThat(cache(two.get(query))).isEqualTo("hit");

    HttpResponse<String> inside =
        two.get(
            range(
                "{a=\"b\", test=\"" + asked + "\"}",
                1_700_000_000_000_000_000L,
                1_700_000_030_000_000_000L,
                "limit",
                "10"));

    assertThat(cache(inside)).isEqualTo("hit");
    assertAsked(1);
  }

  @Test
  void nothingOfTheCaller_isSentToRedis() {
    fetch("X-Scope-OrgID", "hushed-tenant", "Authorization", "Bearer hushed-token");
    one.admin("DELETE", "/-/cache?tenant=hushed-tenant");

    assertThat(redis.received()).noneMatch(word -> word.contains("hushed"));
    assertThat(one.admin("GET", "/-/config").body()).doesNotContain(PASSWORD);
  }

  @Test
  void tenants_neverShare() {
    fetch("X-Scope-OrgID", "tenant-a");

    HttpResponse<String> other = two.get(query, "X-Scope-OrgID", "tenant-b");

    assertThat(cache(other)).isEqualTo("miss");
    assertThat(cache(two.get(query, "X-Scope-OrgID", "tenant-a"))).isEqualTo("hit");
    assertAsked(2);
  }

  @Test
  void alteredValue_isAMissAndCounted() {
    assertNoHit("altered", value -> flipped(value, value.length / 2));
  }

  @Test
  void truncatedValue_isAMissAndCounted() {
    assertNoHit("altered", value -> Arrays.copyOf(value, value.length - 1));
  }

  @Test
  void valueOfAnotherVersion_isAMissAndCounted() {
    assertNoHit("version", value -> flipped(value, 4));
  }

  private void assertNoHit(String outcome, UnaryOperator<byte[]> change) {
    fetch();
    redis.change(change);
    double before = reads(two, outcome);

    HttpResponse<String> second = two.get(query);

    assertThat(second.statusCode()).isEqualTo(200);
    assertThat(cache(second)).isEqualTo("miss");
    assertThat(reads(two, outcome)).isEqualTo(before + 1);
    assertAsked(2);
  }

  private static byte[] flipped(byte[] value, int at) {
    byte[] changed = value.clone();
    changed[at] ^= 0x40;
    return changed;
  }

  @Test
  void purgeByOneReplica_reachesTheOthers() {
    fetch("X-Scope-OrgID", "purged");
    assertThat(cache(two.get(query, "X-Scope-OrgID", "purged"))).isEqualTo("hit");

    one.admin("DELETE", "/-/cache?tenant=purged");

    await()
        .atMost(Duration.ofSeconds(5))
        .until(() -> cache(two.get(query, "X-Scope-OrgID", "purged")).equals("miss"));
  }

  @Test
  void purgeOfOneTenant_leavesTheOthers() {
    fetch("X-Scope-OrgID", "kept");
    one.admin("DELETE", "/-/cache?tenant=gone");
    await().until(() -> one.admin("GET", "/-/cache").body().contains("\"pendingPurges\":0"));

    assertThat(cache(two.get(query, "X-Scope-OrgID", "kept"))).isEqualTo("hit");
  }

  @Test
  void lostGenerations_makeAllAMiss() {
    fetch();
    redis.loseHashes();

    await().atMost(Duration.ofSeconds(5)).until(() -> cache(one.get(query)).equals("miss"));
    assertThat(cache(two.get(query))).isNotEqualTo("stale");
  }

  @Test
  void silentRedis_costsAFewTimeoutsAndNoAnswer() {
    fetch();
    redis.be(FakeRedis.Mood.SILENT);

    assertThat(cache(two.get(query))).isEqualTo("miss");
    awaitState(two, "open");
    assertThat(two.admin("GET", "/readyz").statusCode()).isEqualTo(200);
    assertThat(metric(two, "spanway_cache_redis_state{state=\"open\"}")).isOne();
    long began = System.nanoTime();
    assertThat(cache(two.get(query + "&x=1"))).isEqualTo("miss");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMillis(400));
    assertThat(reads(two, "skipped")).isPositive();

    redis.be(FakeRedis.Mood.WELL);
    awaitState(two, "used");
  }

  @Test
  void redisThatCloses_costsNoAnswer() {
    assertAnswersGoOn(FakeRedis.Mood.CLOSING);
  }

  @Test
  void redisThatTalksNonsense_costsNoAnswer() {
    assertAnswersGoOn(FakeRedis.Mood.TALKING_NONSENSE);
  }

  private void assertAnswersGoOn(FakeRedis.Mood mood) {
    redis.be(mood);
    redis.hangUp();

    for (int i = 0; i < 10; i++) {
      assertThat(two.get(query + "&x=" + i).statusCode()).isEqualTo(200);
    }
    assertThat(two.admin("GET", "/readyz").statusCode()).isEqualTo(200);
    redis.be(FakeRedis.Mood.WELL);
    awaitState(two, "used");
  }

  @Test
  void answerThatIsNotKept_isNotSharedEither() {
    int before = redis.kept();
    answer(
        aResponse()
            .withHeader("Content-Type", "application/json")
            .withBody(STREAMS.replace("\"data\"", "\"warnings\":[\"partial\"],\"data\"")));
    assertThat(cache(one.get(query))).isEqualTo("miss");

    assertThat(cache(two.get(query))).isEqualTo("miss");
    assertThat(redis.kept()).isEqualTo(before);
  }
}
