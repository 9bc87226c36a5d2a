// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import io.spanway.units.DurationText;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which JSON Web Tokens (RFC 7519) are believed.
 *
 * @param jwksFile a file with the issuer's public keys (RFC 7517)
 * @param jwksUrl where the issuer publishes them, in place of a file
 * @param issuer the {@code iss} that a token must have
 * @param audience one of these must be among a token's {@code aud}
 * @param algorithms what a token may be signed by; signatures by a shared secret are never believed
 * @param leeway by how much clocks may differ
 * @param nameClaim the claim that says who the caller is
 * @param tenantClaim the claim that says in whose name upstreams are asked: a text or a list of
 *     them, found by its name or, inside of others, by a path with dots; null for the tenants of
 *     rules
 */
public record JwtConfig(
    @Nullable String jwksFile,
    @Nullable String jwksUrl,
    @Nullable String issuer,
    List<String> audience,
    List<String> algorithms,
    Duration leeway,
    String nameClaim,
    @Nullable String tenantClaim) {
  private static final Set<String> KNOWN =
      Set.of(
          "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA");
  private static final Duration MAX_LEEWAY = Duration.ofMinutes(5);

  /** No tokens. */
  public static final JwtConfig DEFAULT =
      new JwtConfig(
          null,
          null,
          null,
          List.of(),
          List.of("RS256", "ES256"),
          Duration.ofSeconds(30),
          "sub",
          null);

  /**
   * Checks each key alone; what tokens need at least is the business of who uses them.
   *
   * @throws IllegalArgumentException if a value cannot be used
   */
  public JwtConfig {
    audience = List.copyOf(audience);
    algorithms = List.copyOf(algorithms);
    if (algorithms.isEmpty() || !KNOWN.containsAll(algorithms)) {
      throw new IllegalArgumentException(
          "algorithms: was "
              + algorithms
              + " (expected: some of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512,"
              + " EdDSA)");
    }
    if (leeway.isNegative() || leeway.compareTo(MAX_LEEWAY) > 0) {
      throw new IllegalArgumentException(
          "leeway: was " + DurationText.format(leeway) + " (expected: 0s to 5m)");
    }
    if (nameClaim.isEmpty()) {
      throw new IllegalArgumentException("nameClaim: was empty (expected: a claim, such as sub)");
    }
    if (tenantClaim != null && (tenantClaim.startsWith(".") || tenantClaim.endsWith("."))) {
      throw new IllegalArgumentException(
          "tenantClaim: was "
              + tenantClaim
              + " (expected: a claim, such as tenant or org.tenants)");
    }
    if (jwksFile != null && jwksUrl != null) {
      throw new IllegalArgumentException(
          "jwksUrl: was set beside jwksFile (expected: one of the two)");
    }
    if (jwksUrl != null && !isTrustworthy(jwksUrl)) {
      throw new IllegalArgumentException(
          "jwksUrl: was " + jwksUrl + " (expected: an https address, or http on this machine)");
    }
  }

  /** Whoever can change the keys on their way can be anybody. */
  private static boolean isTrustworthy(String url) {
    try {
      URI uri = URI.create(url);
      String host = uri.getHost();
      return host != null
          && uri.getUserInfo() == null
          && ("https".equals(uri.getScheme())
              || ("http".equals(uri.getScheme())
                  && Set.of("localhost", "127.0.0.1", "[::1]").contains(host)));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
