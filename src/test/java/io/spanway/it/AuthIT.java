// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.testing.FakeUpstream;
import io.spanway.testing.Gateway;
import io.spanway.testing.RawClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in, in whose name upstreams are asked, and what strangers are told. */
@ParameterizedClass
@ValueSource(ints = 2)
final class AuthIT extends WireFixture {
  static final String CALLERS =
      "callers: [{ name: ann, tenants: [team-a], labelPolicies: ['1:{a=\"b\"}'], rateClass: gold },"
          + " { name: bob, tenants: [team-b], allow: [read, write] },"
          + " { name: root, allow: [read, write, rules, admin] }]";

  private static final String NOTHING =
      "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[],\"stats\":{}}}";
  private static final String ANN = "Authorization: Bearer ann-0123456789abcdef";
  private static final String BOB = "Authorization: Bearer bob-0123456789abcdef";

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void script() throws IOException {
    file = directory.resolve("tokens");
    Files.writeString(
        file,
        "ann:plain:ann-0123456789abcdef\nbob:plain:bob-0123456789abcdef\n"
            + "root:plain:root-0123456789abcdef\neve:plain:eve-0123456789abcdef\n");
    FakeUpstream.Script script =
        (request, connection) -> {
          connection.readBody(request);
          connection.send(
              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                  + NOTHING.length()
                  + "\r\n\r\n"
                  + NOTHING);
        };
    loki.script(script);
    tempo.script(script);
  }

  private void startBearer(String more) throws IOException {
    startAuth("method: bearer, file: '" + file + "', " + more + CALLERS);
  }

  private void startAuth(String auth) throws IOException {
    gateway =
        Gateway.start(
            Gateway.yaml(threads, loki.uri(), tempo.uri(), "", "")
                + "limits: { classes: { gold: {} } }\nidentity: { auth: { "
                + auth
                + " } }\n");
  }

  private RawClient.Answer get(String target, String... headers) throws IOException {
    try (RawClient client = gateway.client()) {
      return client.get(target, headers);
    }
  }

  @Test
  void stranger_isAskedForCredentialsAndLearnsNothing() throws Exception {
    startBearer("");

    RawClient.Answer answer = get(RELAYED, "X-Scope-OrgID: team-a");

    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.header("www-authenticate")).isEqualTo("Bearer realm=\"spanway\"");
    assertThat(answer.header("content-type")).startsWith("text/plain");
    assertThat(answer.body()).isEqualTo("this Spanway asks for credentials\n");
    assertThat(get(RELAYED, "Authorization: Bearer wrong-wrong-wrong").status()).isEqualTo(401);
    assertThat(get(RELAYED, "Authorization: Bearer eve-0123456789abcdef").status()).isEqualTo(403);
    assertThat(loki.requests()).isEmpty();
    assertThat(gateway.metric("spanway_auth_refusals_total{", "reason=\"missing\"")).isOne();
    assertThat(gateway.metric("spanway_auth_refusals_total{", "reason=\"wrong\"")).isOne();
    assertThat(gateway.metric("spanway_auth_refusals_total{", "reason=\"unmapped\"")).isOne();
    assertThat(gateway.errors("CA")).isEqualTo(2);
  }

  /** Row 4, HTTP: relayed, cached and Spanway's own requests alike. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        RELAYED,
        CACHED,
        "/loki/api/v1/labels",
        "/spanway/v1/logs?traceId=0123456789abcdef0123456789abcdef&start=1700000000&end=1700003600"
      })
  void tenantAndPolicyOfTheClient_areReplacedAndItsProofKeptBack(String target) throws Exception {
    tempo.script((request, connection) -> connection.answer(404, "trace not found"));
    startBearer("");

    assertThat(
            get(
                    target,
                    ANN,
                    "X-Scope-OrgID: evil",
                    "x-scope-orgid: worse",
                    "X-Prom-Label-Policy: 1:{}",
                    "Connection: X-Scope-OrgID, X-Prom-Label-Policy")
                .status())
        .isNotIn(401, 403);

    assertThat(requests()).isNotEmpty();
    for (FakeUpstream.Request came : requests()) {
      assertThat(came.all("x-scope-orgid")).containsExactly("team-a");
      assertThat(came.all("x-prom-label-policy")).containsExactly("1:{a=\"b\"}");
      assertThat(came.all("authorization")).isEmpty();
    }
  }

  private List<FakeUpstream.Request> requests() {
    return Stream.concat(loki.requests().stream(), tempo.requests().stream()).toList();
  }

  @Test
  void proof_isForwardedIfConfigured() throws Exception {
    startBearer("forwardCredentials: true, ");

    get(RELAYED, ANN);

    assertThat(loki.request().all("authorization")).containsExactly(ANN.substring(15));
  }

  /** Row 1, 2 and 3: a claim of another's tenant reaches neither the upstream nor the cache. */
  @Test
  void cachedAnswer_isNotGivenToWhoOnlyClaimsItsTenant() throws Exception {
    startBearer("");

    assertThat(get(CACHED, ANN).header("x-spanway-cache")).startsWith("miss");
    assertThat(get(CACHED, ANN, "X-Scope-OrgID: x").header("x-spanway-cache")).startsWith("hit");
    assertThat(get(CACHED, BOB, "X-Scope-OrgID: team-a").header("x-spanway-cache"))
        .startsWith("miss");
    assertThat(get(CACHED).status()).isEqualTo(401);
    assertThat(loki.requests()).hasSize(2);
    assertThat(loki.requests().get(1).all("x-scope-orgid")).containsExactly("team-b");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /loki/api/v1/labels, ann, 200",
    "POST, /loki/api/v1/push, ann, 403",
    "POST, /loki/api/v1/push, bob, 200",
    "DELETE, /loki/api/v1/labels, ann, 403",
    "GET, /loki/api/v1/rules, bob, 403",
    "GET, /loki/api/v1/rules, root, 200",
    "POST, /loki/api/v1/delete, bob, 403",
    "POST, /loki/api/v1/delete, root, 200",
    "GET, /api/overrides, bob, 403",
  })
  void operations_areAllowedByRule(String method, String target, String name, int status)
      throws Exception {
    startBearer("");
    try (RawClient client = gateway.client()) {
      client.send(
          method
              + " "
              + target
              + " HTTP/1.1\r\nHost: s\r\nContent-Length: 0\r\nAuthorization: Bearer "
              + name
              + "-0123456789abcdef\r\n\r\n");

      assertThat(client.answer().status()).isEqualTo(status);
    }
    assertThat(loki.requests()).hasSize(status == 200 ? 1 : 0);
    assertThat(tempo.requests()).isEmpty();
  }

  /** Row 4, tail. */
  @ParameterizedTest
  @ValueSource(strings = {"/loki/api/v1/tail", "/api/prom/tail", "/loki-ds/loki/api/v1/tail"})
  void tail_isForCallersAndInTheirTenant(String path) throws Exception {
    loki.script(
        (request, connection) -> {
          connection.send(WireTailIT.SWITCHING);
          connection.awaitClosed();
        });
    startBearer("");
    String handshake = WireTailIT.HANDSHAKE.replace("/loki/api/v1/tail", path);

    assertThat(client().send(handshake).answer().status()).isEqualTo(401);
    RawClient client =
        client()
            .send(handshake.replace("\r\nHost: s", "\r\nHost: s\r\nx-scope-orgid: evil\r\n" + ANN));

    assertThat(client.answer().status()).isEqualTo(101);
    assertThat(loki.request().all("x-scope-orgid")).containsExactly("team-a");
    assertThat(loki.request().all("x-prom-label-policy")).containsExactly("1:{a=\"b\"}");
    assertThat(loki.request().all("authorization")).isEmpty();
  }

  @Test
  void dataOfThePage_isForCallersToo() throws Exception {
    startBearer("");
    String head =
        "GET /-/api/explain?query=%7Ba%3D%22b%22%7D HTTP/1.1\r\nHost: 127.0.0.1:"
            + gateway.app().adminAddress().getPort()
            + "\r\nX-Spanway-Page: 1\r\n";
    try (RawClient page = RawClient.to(gateway.app().adminAddress())) {
      assertThat(page.send(head + "\r\n").answer().status()).isEqualTo(401);
      assertThat(page.send(head + "X-Spanway-" + ANN + "\r\n\r\n").answer().status())
          .isNotIn(401, 403);
    }
  }

  /** Row 54. */
  @Test
  void guesses_areHeldUpAndWhoIsInStaysIn() throws Exception {
    startBearer("");
    assertThat(get(RELAYED, ANN).status()).isEqualTo(200);
    for (int i = 0; i < 5; i++) {
      assertThat(get(RELAYED, "Authorization: Bearer guess-" + i).status()).isEqualTo(401);
    }

    RawClient.Answer held = get(RELAYED, "Authorization: Bearer guess-6");

    assertThat(held.status()).isEqualTo(429);
    assertThat(held.header("retry-after")).isEqualTo("1");
    assertThat(get(RELAYED, ANN).status()).isEqualTo(200);
  }

  @Test
  void classOfACaller_hasLimitsOfItsOwn() throws Exception {
    gateway =
        Gateway.start(
            Gateway.yaml(threads, loki.uri(), tempo.uri(), "", "")
                + "limits: { classes: { gold: { rate: { requestsPerSecond: 1, burst: 1 } } } }\n"
                + "identity: { auth: { method: bearer, file: '"
                + file
                + "', "
                + CALLERS
                + " } }\n");

    assertThat(get(RELAYED, ANN).status()).isEqualTo(200);
    RawClient.Answer answer = get(RELAYED, ANN);
    // A machine that is slow enough may find the next second begun.
    for (int i = 0; i < 100 && answer.status() == 200; i++) {
      answer = get(RELAYED, ANN);
    }

    assertThat(answer.status()).isEqualTo(429);
    assertThat(answer.header("retry-after")).isEqualTo("1");
    assertThat(get(RELAYED, BOB).status()).isEqualTo(200);
    assertThat(get(RELAYED, BOB).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      value = {"team-x, 200", "team-a, 200", "team-x|team-a, 200", "team-b, 403", "null, 403"},
      nullValues = "null")
  void tenantOfAToken_isThatOfItsClaimWithinTheRule(String tenant, int status) throws Exception {
    PublicJsonWebKey key = RsaJwkGenerator.generateJwk(2048);
    Files.writeString(
        file, new JsonWebKeySet(key).toJson(JsonWebKey.OutputControlLevel.PUBLIC_ONLY));
    startAuth(
        "method: jwt, jwt: { jwksFile: '"
            + file
            + "', issuer: i, audience: [spanway], tenantClaim: org.tenant }, "
            + "callers: [{ name: ann, tenants: [team-a, team-x] }]");
    JwtClaims claims = new JwtClaims();
    claims.setIssuer("i");
    claims.setAudience("spanway");
    claims.setSubject("ann");
    claims.setExpirationTimeMinutesInTheFuture(5);
    if (tenant != null) {
      claims.setClaim("org", Map.of("tenant", List.of(tenant.split("\\|"))));
    }
    JsonWebSignature signed = new JsonWebSignature();
    signed.setPayload(claims.toJson());
    signed.setKey(key.getPrivateKey());
    signed.setAlgorithmHeaderValue("RS256");

    RawClient.Answer answer =
        get(
            RELAYED,
            "Authorization: Bearer " + signed.getCompactSerialization(),
            "X-Scope-OrgID: evil");

    assertThat(answer.status()).isEqualTo(status);
    if (status == 200) {
      String sent = tenant.contains("|") ? "team-a|team-x" : tenant;
      assertThat(loki.request().all("x-scope-orgid")).containsExactly(sent);
    } else {
      assertThat(answer.body())
          .isEqualTo(
              tenant == null
                  ? "the token names no tenant that can be asked for\n"
                  : "the token names a tenant that is not among yours\n");
      assertThat(loki.requests()).isEmpty();
    }
  }

  @Test
  void password_isThatOfTheFile() throws Exception {
    Files.writeString(
        file,
        "ann:"
            + at.favre.lib.crypto.bcrypt.BCrypt.withDefaults()
                .hashToString(4, "secret".toCharArray())
            + "\n");
    startAuth("method: basic, realm: logs, file: '" + file + "', " + CALLERS);

    assertThat(get(RELAYED, basic("ann:secret")).status()).isEqualTo(200);
    assertThat(loki.request().all("x-scope-orgid")).containsExactly("team-a");
    assertThat(get(RELAYED, basic("ann:other")).header("www-authenticate"))
        .isEqualTo("Basic realm=\"logs\", charset=\"UTF-8\"");
  }

  @Test
  void tokenTakenOutOfTheFile_opensNothingAnyMore() throws Exception {
    startBearer("reloadInterval: 100ms, ");
    assertThat(get(RELAYED, ANN).status()).isEqualTo(200);

    Files.writeString(file, "bob:plain:bob-0123456789abcdef\n");

    eventually()
        .until(() -> get(RELAYED, BOB).status() == 200 && get(RELAYED, ANN).status() != 200);
  }

  private static String basic(String pair) {
    return "Authorization: Basic "
        + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }
}
