// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spanway.testing.FakeUpstream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jose4j.jwk.EcJwkGenerator;
import org.jose4j.jwk.JsonWebKey.OutputControlLevel;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.keys.EllipticCurves;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SignedTokensTest {
  static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final PublicJsonWebKey RSA = rsa("k1");
  private static final PublicJsonWebKey OTHER = rsa("k1");
  private static final PublicJsonWebKey NEXT = rsa("k2");
  private static final PublicJsonWebKey EC = ec();

  private static PublicJsonWebKey rsa(String id) {
    try {
      PublicJsonWebKey key = RsaJwkGenerator.generateJwk(2048);
      key.setKeyId(id);
      return key;
    } catch (JoseException e) {
      throw new AssertionError(e);
    }
  }

  private static PublicJsonWebKey ec() {
    try {
      PublicJsonWebKey key = EcJwkGenerator.generateJwk(EllipticCurves.P256);
      key.setKeyId("e1");
      return key;
    } catch (JoseException e) {
      throw new AssertionError(e);
    }
  }

  static String jwks(PublicJsonWebKey... keys) {
    return new JsonWebKeySet(keys).toJson(OutputControlLevel.PUBLIC_ONLY);
  }

  private static JwtConfig config(@Nullable String url) {
    return new JwtConfig(
        null,
        url,
        "https://issuer.example",
        List.of("spanway", "grafana"),
        List.of("RS256", "ES256"),
        Duration.ofSeconds(30),
        "sub",
        null);
  }

  static SignedTokens known() {
    return SignedTokens.of(config(null), jwks(RSA, EC));
  }

  static JwtClaims claims() {
    JwtClaims claims = new JwtClaims();
    claims.setIssuer("https://issuer.example");
    claims.setAudience("other", "spanway");
    claims.setSubject("ann");
    claims.setExpirationTime(NumericDate.fromSeconds(NOW.getEpochSecond() + 60));
    return claims;
  }

  static String token(JwtClaims claims) throws JoseException {
    return token(claims, RSA, "RS256", "k1");
  }

  private static String token(
      JwtClaims claims, PublicJsonWebKey key, String algorithm, String keyId) throws JoseException {
    JsonWebSignature signed = new JsonWebSignature();
    signed.setPayload(claims.toJson());
    signed.setKey(key.getPrivateKey());
    signed.setKeyIdHeaderValue(keyId);
    signed.setAlgorithmHeaderValue(algorithm);
    return signed.getCompactSerialization();
  }

  private static String outcome(Credentials credentials, String token) {
    Proof proof = credentials.prove("Bearer " + token, NOW);
    return proof instanceof Proof.Of of ? of.name() : ((Proof.None) proof).why().id();
  }

  @Test
  void goodToken_isItsSubjects() throws Exception {
    assertThat(known().prove("Bearer " + token(claims()), NOW))
        .isEqualTo(new Proof.Of("ann", NOW.plusSeconds(90)));
    assertThat(outcome(known(), token(claims(), EC, "ES256", "e1"))).isEqualTo("ann");
  }

  static Stream<Arguments> changes() {
    return Stream.of(
        change("another issuer", "wrong", c -> c.setIssuer("https://evil.example")),
        change("no issuer", "wrong", c -> c.unsetClaim("iss")),
        change("another audience", "wrong", c -> c.setAudience("other")),
        change("no audience", "wrong", c -> c.unsetClaim("aud")),
        change("no end", "wrong", c -> c.unsetClaim("exp")),
        change("ended within the leeway", "ann", c -> c.setExpirationTime(at(-29))),
        change("ended", "wrong", c -> c.setExpirationTime(at(-31))),
        change("begins within the leeway", "ann", c -> c.setNotBefore(at(29))),
        change("begins later", "wrong", c -> c.setNotBefore(at(31))),
        change("no subject", "unmapped", c -> c.unsetClaim("sub")),
        change("an empty subject", "unmapped", c -> c.setSubject("")),
        change("a subject that is a number", "wrong", c -> c.setClaim("sub", 5)));
  }

  private static Arguments change(String name, String outcome, Consumer<JwtClaims> change) {
    return Arguments.of(name, outcome, change);
  }

  private static NumericDate at(long seconds) {
    return NumericDate.fromSeconds(NOW.getEpochSecond() + seconds);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("changes")
  void claims_areAllLookedAt(String name, String outcome, Consumer<JwtClaims> change)
      throws Exception {
    JwtClaims claims = claims();
    change.accept(claims);

    assertThat(outcome(known(), token(claims))).isEqualTo(outcome);
  }

  @ParameterizedTest
  @CsvSource({"acme, acme", "'', no_tenant", "a b, no_tenant", ", no_tenant"})
  void tenant_isThatOfTheClaim(@Nullable String claim, String outcome) throws Exception {
    JwtConfig plain = config(null);
    SignedTokens tokens =
        SignedTokens.of(
            new JwtConfig(
                null,
                null,
                plain.issuer(),
                plain.audience(),
                plain.algorithms(),
                plain.leeway(),
                "sub",
                "org.tenant"),
            jwks(RSA));
    JwtClaims claims = claims();
    if (claim != null) {
      claims.setClaim("org", Map.of("tenant", claim));
    }

    Proof proof = tokens.prove("Bearer " + token(claims), NOW);

    assertThat(
            proof instanceof Proof.Of of
                ? String.valueOf(of.tenants())
                : ((Proof.None) proof).why().id())
        .isEqualTo(outcome);
    assertThat(tokens.prove("Bearer " + token(claims, OTHER, "RS256", "k1"), NOW))
        .isEqualTo(new Proof.None(Refusal.WRONG));
  }

  @Test
  void signatureByAnotherKey_isWrong() throws Exception {
    assertThat(outcome(known(), token(claims(), OTHER, "RS256", "k1"))).isEqualTo("wrong");
    assertThat(outcome(known(), token(claims(), NEXT, "RS256", "k2"))).isEqualTo("wrong");
  }

  @Test
  void algorithmOffTheList_isWrong() throws Exception {
    assertThat(outcome(known(), token(claims(), RSA, "RS512", "k1"))).isEqualTo("wrong");
    assertThat(outcome(known(), token(claims(), RSA, "PS256", "k1"))).isEqualTo("wrong");
  }

  /** A public key is no secret, and must not do as one. */
  @Test
  void publicKeyAsSharedSecret_isWrong() throws Exception {
    JsonWebSignature signed = new JsonWebSignature();
    signed.setPayload(claims().toJson());
    signed.setKey(new HmacKey(RSA.getPublicKey().getEncoded()));
    signed.setKeyIdHeaderValue("k1");
    signed.setAlgorithmHeaderValue("HS256");

    assertThat(outcome(known(), signed.getCompactSerialization())).isEqualTo("wrong");
  }

  @Test
  void tokenWithoutSignature_isWrong() throws Exception {
    String payload = token(claims()).split("\\.", -1)[1];

    // {"alg":"none"}
    assertThat(outcome(known(), "eyJhbGciOiJub25lIn0." + payload + ".")).isEqualTo("wrong");
  }

  /** Row 24: what a token says of where its key is leads nowhere. */
  @Test
  void keyInTheToken_isNotBelievedNorFetched() throws Exception {
    try (FakeUpstream evil = new FakeUpstream()) {
      JsonWebSignature signed = new JsonWebSignature();
      signed.setPayload(claims().toJson());
      signed.setKey(OTHER.getPrivateKey());
      signed.setAlgorithmHeaderValue("RS256");
      signed.setHeader("jku", evil.uri() + "/jwks");
      signed.setHeader("x5u", evil.uri() + "/x5u");
      signed.setJwkHeader(OTHER);

      assertThat(outcome(known(), signed.getCompactSerialization())).isEqualTo("wrong");
      assertThat(evil.requests()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "a.b", "a.b.c.d", "a.b.c.d.e"})
  void otherThanASignedToken_isMalformed(String token) {
    assertThat(outcome(known(), token)).isEqualTo("malformed");
  }

  @Test
  void tokenLongerThan16KiB_isMalformed() {
    assertThat(outcome(known(), "a.b." + "c".repeat(16 << 10))).isEqualTo("malformed");
  }

  @Test
  void keysOfAnIssuer_areFetchedOnceAndAgainForAnUnknownOne() throws Exception {
    try (FakeUpstream issuer = new FakeUpstream()) {
      publish(issuer, jwks(RSA));
      SignedTokens tokens = SignedTokens.of(config(issuer.uri() + "/jwks"), null, Duration.ZERO);
      assertThat(outcome(tokens, token(claims()))).isEqualTo("ann");
      assertThat(outcome(tokens, token(claims()))).isEqualTo("ann");
      assertThat(issuer.requests()).hasSize(1);

      publish(issuer, jwks(RSA, NEXT));

      assertThat(outcome(tokens, token(claims(), NEXT, "RS256", "k2"))).isEqualTo("ann");
      assertThat(issuer.requests()).hasSize(2);
    }
  }

  @Test
  void unknownKeys_makeSpanwayAskTheIssuerNowAndThenOnly() throws Exception {
    try (FakeUpstream issuer = new FakeUpstream()) {
      publish(issuer, jwks(RSA));
      SignedTokens tokens =
          SignedTokens.of(config(issuer.uri() + "/jwks"), null, Duration.ofMinutes(5));
      for (int i = 0; i < 5; i++) {
        assertThat(outcome(tokens, token(claims(), NEXT, "RS256", "k" + i + 2))).isEqualTo("wrong");
      }

      assertThat(issuer.requests()).hasSize(1);
    }
  }

  @Test
  void issuerThatCannotBeAsked_isNoFaultOfTheCaller() throws Exception {
    SignedTokens tokens;
    try (FakeUpstream issuer = new FakeUpstream()) {
      tokens = SignedTokens.of(config(issuer.uri() + "/jwks"), null, Duration.ZERO);
    }

    assertThat(outcome(tokens, token(claims()))).isEqualTo("unavailable");
  }

  private static void publish(FakeUpstream issuer, String jwks) {
    issuer.answers(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
            + jwks.getBytes(StandardCharsets.UTF_8).length
            + "\r\n\r\n"
            + jwks);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "{\"keys\":[]}",
        "x",
        "{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}]}"
      })
  void fileWithoutPublicKeys_isRefused(String jwks) {
    assertThatThrownBy(() -> SignedTokens.of(config(null), jwks))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("jwt.jwksFile: holds no key");
  }
}
