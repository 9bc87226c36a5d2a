// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import io.spanway.model.TenantId;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jose4j.http.Get;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jwk.HttpsJwks;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.NumericDate;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jose4j.keys.resolvers.HttpsJwksVerificationKeyResolver;
import org.jose4j.keys.resolvers.JwksVerificationKeyResolver;
import org.jose4j.keys.resolvers.VerificationKeyResolver;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/**
 * Tokens that an issuer signed. Keys come from the configured place alone: what a token says about
 * where its key is (jku, x5u, jwk) is never looked at.
 */
final class SignedTokens extends Credentials {
  /** Characters of the longest token that is looked at. */
  private static final int MAX_TOKEN = 16 << 10;

  private static final int FETCH_MILLIS = 5_000;

  /** Keys without a time of their own are asked for again after this. */
  private static final Duration KEYS_LAST = Duration.ofMinutes(10);

  /** For how long known keys do when the issuer cannot be reached. */
  private static final Duration KEYS_OUTLAST = Duration.ofHours(1);

  /** A token by an unknown key makes Spanway ask the issuer, no more often than this. */
  private static final Duration ASK_AGAIN = Duration.ofSeconds(10);

  private final JwtConfig config;
  private final VerificationKeyResolver keys;

  private SignedTokens(String content, JwtConfig config, VerificationKeyResolver keys) {
    super(content);
    this.config = config;
    this.keys = keys;
  }

  /**
   * Reads the keys of {@code jwks}; with null they are fetched when the first token comes.
   *
   * @throws IllegalArgumentException if {@code jwks} is no set of public keys
   */
  static SignedTokens of(JwtConfig config, @Nullable String jwks) {
    return of(config, jwks, ASK_AGAIN);
  }

  static SignedTokens of(JwtConfig config, @Nullable String jwks, Duration askAgain) {
    if (jwks == null) {
      return new SignedTokens("", config, fetched(String.valueOf(config.jwksUrl()), askAgain));
    }
    List<JsonWebKey> keys;
    try {
      keys = new JsonWebKeySet(jwks).getJsonWebKeys();
    } catch (JoseException | RuntimeException e) {
      throw new IllegalArgumentException("jwt.jwksFile: holds no keys that can be read", e);
    }
    // A shared secret among them would let everybody who reads the file sign.
    if (keys.isEmpty() || !keys.stream().allMatch(PublicJsonWebKey.class::isInstance)) {
      throw new IllegalArgumentException(
          "jwt.jwksFile: holds no key, or one that is not public (expected: RSA, EC or OKP)");
    }
    JwksVerificationKeyResolver resolver = new JwksVerificationKeyResolver(keys);
    return new SignedTokens(jwks, config, resolver);
  }

  private static VerificationKeyResolver fetched(String url, Duration askAgain) {
    Get get = new Get();
    get.setConnectTimeout(FETCH_MILLIS);
    get.setReadTimeout(FETCH_MILLIS);
    get.setRetries(0);
    get.setResponseBodySizeLimit(1 << 20);
    HttpsJwks jwks = new HttpsJwks(url);
    jwks.setSimpleHttpGet(get);
    jwks.setDefaultCacheDuration(KEYS_LAST.toSeconds());
    jwks.setRetainCacheOnErrorDuration(KEYS_OUTLAST.toSeconds());
    jwks.setRefreshReprieveThreshold(askAgain.toMillis());
    return new HttpsJwksVerificationKeyResolver(jwks);
  }

  @Override
  String scheme() {
    return "Bearer";
  }

  @Override
  Proof check(String value, Instant now) {
    if (value.length() > MAX_TOKEN || value.chars().filter(c -> c == '.').count() != 2) {
      return new Proof.None(Refusal.MALFORMED);
    }
    try {
      JwtClaims claims =
          new JwtConsumerBuilder()
              .setJwsAlgorithmConstraints(
                  ConstraintType.PERMIT, config.algorithms().toArray(String[]::new))
              .setVerificationKeyResolver(keys)
              .setExpectedIssuer(true, config.issuer())
              .setExpectedAudience(true, config.audience().toArray(String[]::new))
              .setRequireExpirationTime()
              .setAllowedClockSkewInSeconds(Math.toIntExact(config.leeway().toSeconds()))
              .setEvaluationTime(NumericDate.fromMilliseconds(now.toEpochMilli()))
              .build()
              .processToClaims(value);
      String name = claims.getStringClaimValue(config.nameClaim());
      if (name == null || name.isEmpty()) {
        return new Proof.None(Refusal.UNMAPPED);
      }
      String claim = config.tenantClaim();
      TenantId tenants = claim == null ? null : TenantClaims.read(claims.getClaimsMap(), claim);
      if (claim != null && tenants == null) {
        return new Proof.None(Refusal.NO_TENANT);
      }
      Instant until = Instant.ofEpochMilli(claims.getExpirationTime().getValueInMillis());
      return new Proof.Of(name, until.plus(config.leeway()), tenants);
    } catch (InvalidJwtException e) {
      return new Proof.None(isOfTheNetwork(e) ? Refusal.UNAVAILABLE : Refusal.WRONG);
    } catch (MalformedClaimException | RuntimeException e) {
      // What the library makes of hostile bytes is a refusal, not a fault of Spanway's.
      return new Proof.None(Refusal.WRONG);
    }
  }

  private static boolean isOfTheNetwork(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof IOException) {
        return true;
      }
    }
    return false;
  }
}
