// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static io.spanway.it.ScriptGateway.header;
import static io.spanway.it.ScriptLogs.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.spanway.testing.RedisProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Replicas and a real Redis. Skipped where there is none, unless it is required. */
final class RealRedisIT {
  private static final String PASSWORD = "open sesame";
  private static final int ASKED = 20;
  private static final String ANSWER =
      "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[{\"stream\":"
          + "{\"a\":\"b\"},\"values\":[[\"1700000000000000001\",\"a line\"]]}],\"stats\":{}}}";

  @RegisterExtension
  static final WireMockExtension LOKI =
      WireMockExtension.newInstance()
          .options(wireMockConfig().dynamicPort().gzipDisabled(true))
          .build();

  @TempDir private Path folder;

  @BeforeAll
  static void installed() {
    RedisProcess.assumeInstalled();
  }

  @BeforeEach
  void answers() {
    LOKI.stubFor(
        any(anyUrl())
            .willReturn(
                aResponse().withHeader("Content-Type", "application/json").withBody(ANSWER)));
  }

  private static String query(int number) {
    return range(
        "{a=\"b\", number=\"" + number + "\"}",
        1_700_000_000_000_000_000L,
        1_700_000_060_000_000_000L,
        "limit",
        "10");
  }

  private static ScriptGateway gateway(String redis) {
    ScriptGateway gateway = unconnected(redis);
    awaitState(gateway, "used");
    return gateway;
  }

  private static ScriptGateway unconnected(String redis) {
    return ScriptGateway.start(
        """
        loki: { urls: ['http://127.0.0.1:%d'] }
        tempo: { urls: ['http://127.0.0.1:%d'] }
        cache: { redis: { timeout: 1s, password: '${PW}', %s } }
        """
            .formatted(LOKI.getPort(), LOKI.getPort(), redis),
        Map.of("PW", PASSWORD));
  }

  private static void awaitState(ScriptGateway gateway, String state) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> gateway.admin("GET", "/-/cache").body().contains("\"" + state + "\""));
  }

  private static String cache(ScriptGateway gateway, int number) {
    return header(gateway.get(query(number), "X-Scope-OrgID", "t"), "X-Spanway-Cache");
  }

  /** Asks one replica many things and expects another to know them, and to forget them. */
  private static void assertShared(ScriptGateway one, ScriptGateway two, int atLeast) {
    for (int i = 0; i < ASKED; i++) {
      assertThat(cache(one, i)).isEqualTo("miss");
    }
    await().until(() -> writes(one, "written") + writes(one, "failed") == ASKED);
    int hits = 0;
    for (int i = 0; i < ASKED; i++) {
      hits += cache(two, i).equals("hit") ? 1 : 0;
    }
    assertThat(hits).isBetween(atLeast, ASKED);

    one.admin("DELETE", "/-/cache?tenant=t");
    await().atMost(Duration.ofSeconds(5)).until(() -> cache(two, 0).equals("miss"));
    assertThat(cache(two, 1)).isEqualTo("miss");
  }

  private static double writes(ScriptGateway gateway, String outcome) {
    String start = "spanway_cache_redis_writes_total{outcome=\"" + outcome + "\"} ";
    return gateway
        .admin("GET", "/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(start))
        .mapToDouble(line -> Double.parseDouble(line.substring(start.length())))
        .sum();
  }

  @Test
  void replicas_shareAndPurge() throws Exception {
    try (RedisProcess redis = RedisProcess.start(folder, PASSWORD);
        ScriptGateway one = gateway("url: '" + redis.url() + "/2'");
        ScriptGateway two = gateway("url: '" + redis.url() + "/2'")) {
      assertShared(one, two, ASKED);
    }
  }

  @Test
  void redisThatDies_costsNoAnswerAndIsUsedWhenItIsBack() throws Exception {
    try (RedisProcess redis = RedisProcess.start(folder, PASSWORD);
        ScriptGateway one = gateway("url: '" + redis.url() + "'")) {
      redis.kill();
      for (int i = 0; i < 10; i++) {
        assertThat(cache(one, i)).isEqualTo("miss");
      }
      awaitState(one, "open");
      assertThat(one.admin("GET", "/readyz").statusCode()).isEqualTo(200);

      try (RedisProcess again = redis.again()) {
        awaitState(one, "used");
        assertThat(again.port()).isEqualTo(redis.port());
      }
    }
  }

  @Test
  void wrongPassword_costsNoAnswer() throws Exception {
    try (RedisProcess redis = RedisProcess.start(folder, "another");
        ScriptGateway one = unconnected("url: '" + redis.url() + "'")) {
      assertThat(cache(one, 1)).isEqualTo("miss");
      awaitState(one, "open");
      assertThat(cache(one, 1)).isEqualTo("hit");
    }
  }

  @Test
  void userOfAccessControl_isLetIn() throws Exception {
    try (RedisProcess redis = RedisProcess.start(folder, "of the default user")) {
      redis.ask(
          "ACL",
          "SETUSER",
          "spanway",
          "on",
          ">" + PASSWORD,
          "~mine:*",
          "resetchannels",
          "-@all",
          "+hello",
          "+auth",
          "+client",
          "+select",
          "+ping",
          "+getrange",
          "+pttl",
          "+set",
          "+hgetall",
          "+hset",
          "+hsetnx",
          "+del");
      String keys = "url: '" + redis.url() + "', username: spanway, keyPrefix: 'mine:'";
      try (ScriptGateway one = gateway(keys);
          ScriptGateway two = gateway(keys)) {
        assertShared(one, two, ASKED);
      }
    }
  }

  @Test
  void tls_isVerified() throws Exception {
    X509Bundle server =
        new CertificateBuilder()
            .subject("CN=localhost")
            .addSanDnsName("localhost")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    Path cert = Files.writeString(folder.resolve("cert.pem"), server.getCertificatePEM());
    Path key = Files.writeString(folder.resolve("key.pem"), server.getPrivateKeyPEM());
    int port = RedisProcess.freePort();
    String[] options = {
      "--tls-port",
      "" + port,
      "--tls-cert-file",
      "" + cert,
      "--tls-key-file",
      "" + key,
      "--tls-ca-cert-file",
      "" + cert,
      "--tls-auth-clients",
      "yes"
    };
    try (RedisProcess redis = RedisProcess.start(folder, PASSWORD, options)) {
      assertThat(redis.ask("PING")).isEqualTo("+PONG");
      String url = "url: 'rediss://localhost:" + port + "'";
      String own = "certFile: '" + cert + "', keyFile: '" + key + "'";
      String trusting = url + ", tls: { caFile: '" + cert + "', " + own + " }";
      try (ScriptGateway one = gateway(trusting);
          ScriptGateway two = gateway(trusting);
          ScriptGateway distrustful = unconnected(url + ", tls: { " + own + " }")) {
        assertShared(one, two, ASKED);
        awaitState(distrustful, "open");
      }
    }
  }

  @Test
  void nodesOfACluster_areAllUsed() throws Exception {
    int twoBus = RedisProcess.freePort();
    try (RedisProcess one = node("one", RedisProcess.freePort());
        RedisProcess two = node("two", twoBus)) {
      one.ask("CLUSTER", "ADDSLOTSRANGE", "0", "8191");
      two.ask("CLUSTER", "ADDSLOTSRANGE", "8192", "16383");
      two.ask("CLUSTER", "SET-CONFIG-EPOCH", "2");
      one.ask("CLUSTER", "MEET", "127.0.0.1", "" + two.port(), "" + twoBus);
      for (RedisProcess node : new RedisProcess[] {one, two}) {
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> node.ask("CLUSTER", "INFO").contains("cluster_state:ok"));
      }
      try (ScriptGateway first = gateway("cluster: true, url: '" + one.url() + "'");
          ScriptGateway second = gateway("cluster: true, url: '" + two.url() + "'")) {
        // The first commands to a node find no connection yet.
        assertShared(first, second, ASKED / 2);
      }
      assertThat(one.ask("DBSIZE")).isNotEqualTo(":0");
      assertThat(two.ask("DBSIZE")).isNotEqualTo(":0");
    }
  }

  private RedisProcess node(String name, int busPort) throws IOException {
    return RedisProcess.start(
        Files.createDirectory(folder.resolve(name)),
        PASSWORD,
        "--cluster-enabled",
        "yes",
        "--cluster-port",
        "" + busPort);
  }
}
