// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import io.spanway.model.TenantId;
import io.spanway.units.DurationText;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether callers have to prove to Spanway who they are, and what follows from it.
 *
 * @param method how they prove it
 * @param realm what {@code WWW-Authenticate} calls the place
 * @param file for {@code basic} a file as {@code htpasswd -B} writes it, for {@code bearer} one
 *     with lines {@code name:sha256:hex} or {@code name:plain:token}
 * @param jwt for {@code jwt}
 * @param mtls for {@code mtls}
 * @param forwardCredentials whether {@code Authorization} goes on to Loki and Tempo once checked
 * @param reloadInterval how often files are looked at
 * @param callers who is let in, and what they may do
 */
public record AuthConfig(
    Method method,
    String realm,
    @Nullable String file,
    JwtConfig jwt,
    MtlsConfig mtls,
    boolean forwardCredentials,
    Duration reloadInterval,
    List<CallerRule> callers) {
  /** Spanway asks nobody: what callers send goes to Loki and Tempo, who judge it. */
  public static final AuthConfig DEFAULT =
      new AuthConfig(
          Method.PASSTHROUGH,
          "spanway",
          null,
          JwtConfig.DEFAULT,
          MtlsConfig.DEFAULT,
          false,
          Duration.ofSeconds(10),
          List.of());

  /** How callers prove who they are. */
  public enum Method {
    /** They do not: Loki, Tempo or a proxy before them judge. */
    PASSTHROUGH,
    /** By a name and a password (RFC 7617). */
    BASIC,
    /** By a token that is known here (RFC 6750). */
    BEARER,
    /** By a token that an issuer signed (RFC 7519). */
    JWT,
    /** By the certificate with which they made their connection (RFC 8446 section 4.4.2). */
    MTLS
  }

  /**
   * Checks that the method has what it needs.
   *
   * @throws IllegalArgumentException if it has not
   */
  public AuthConfig {
    callers = List.copyOf(callers);
    if (realm.isEmpty()
        || !realm.chars().allMatch(c -> c >= ' ' && c < 0x7f && c != '"' && c != '\\')) {
      throw new IllegalArgumentException(
          "realm: was " + realm + " (expected: a text of ASCII without quotes or backslashes)");
    }
    if (reloadInterval.compareTo(Duration.ofMillis(100)) < 0) {
      throw new IllegalArgumentException(
          "reloadInterval: was "
              + DurationText.format(reloadInterval)
              + " (expected: 100ms or more)");
    }
    Set<String> names = new HashSet<>();
    for (CallerRule rule : callers) {
      if (!names.add(rule.name())) {
        throw new IllegalArgumentException(
            "callers: was " + rule.name() + " twice (expected: each name once)");
      }
    }
    boolean tokenSaysTenant = method == Method.JWT && jwt.tenantClaim() != null;
    if (method != Method.PASSTHROUGH && callers.isEmpty() && !tokenSaysTenant) {
      throw new IllegalArgumentException(
          "callers: was empty (expected: who is let in; the name * stands for everybody)");
    }
    boolean wantsFile = method == Method.BASIC || method == Method.BEARER;
    if (wantsFile != (file != null)) {
      throw new IllegalArgumentException(
          wantsFile
              ? "file: is missing (expected: the file with the credentials)"
              : "file: was set (expected: nothing, as the method is neither basic nor bearer)");
    }
    if (method == Method.JWT) {
      requireWhole(jwt);
    }
  }

  private static void requireWhole(JwtConfig jwt) {
    if (jwt.jwksFile() == null && jwt.jwksUrl() == null) {
      throw new IllegalArgumentException("jwt.jwksFile: is missing (expected: it or jwt.jwksUrl)");
    }
    if (jwt.issuer() == null) {
      throw new IllegalArgumentException("jwt.issuer: is missing (expected: the iss of tokens)");
    }
    if (jwt.audience().isEmpty()) {
      // A token for another service of the same issuer would do.
      throw new IllegalArgumentException("jwt.audience: is missing (expected: an aud of tokens)");
    }
  }

  /** Says whether Spanway itself finds out who calls. */
  public boolean isOn() {
    return method != Method.PASSTHROUGH;
  }

  /**
   * Reads the files, and looks whether certificates can have the names of callers.
   *
   * @throws IllegalArgumentException if one cannot be used; the message names its key
   */
  public void check() {
    if (method == Method.MTLS) {
      for (int i = 0; i < callers.size(); i++) {
        try {
          mtls.key(callers.get(i).name());
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException("callers[" + i + "].name: " + e.getMessage(), e);
        }
      }
    } else if (isOn()) {
      Credentials.load(this);
    }
  }

  /**
   * What is known of somebody who proved who they are.
   *
   * @param name the user of a password file, the name before a token, the claim of a JWT, or what a
   *     certificate says; {@code *} for everybody without a rule of their own
   * @param tenants in whose name upstreams are asked, joined by {@code |}; none for no tenant
   *     header. Where tokens say their tenant, those that they may say; none for any
   * @param labelPolicies values of {@code X-Prom-Label-Policy}, each a header of its own
   * @param allow what they may do; reading alone when empty
   * @param rateClass the name of the limits that hold for them; {@code default} where there is none
   */
  public record CallerRule(
      String name,
      List<String> tenants,
      List<String> labelPolicies,
      Set<Access> allow,
      @Nullable String rateClass) {
    /** The name that stands for everybody without a rule of their own. */
    static final String ANYBODY = "*";

    /**
     * Copies the collections and checks what goes into headers.
     *
     * @throws IllegalArgumentException if a text cannot stand where it is to go
     */
    public CallerRule {
      if (name.isEmpty()) {
        throw new IllegalArgumentException("name: was empty (expected: a name, or *)");
      }
      for (String tenant : tenants) {
        try {
          TenantId.parse(tenant);
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException("tenants: " + e.getMessage(), e);
        }
      }
      for (String policy : labelPolicies) {
        if (policy.isEmpty() || !policy.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
          throw new IllegalArgumentException(
              "labelPolicies: was empty or with a character that no header may have"
                  + " (expected: a text of ASCII)");
        }
      }
      tenants = List.copyOf(tenants);
      labelPolicies = List.copyOf(labelPolicies);
      allow = allow.isEmpty() ? Set.of(Access.READ) : Set.copyOf(allow);
    }

    /** Returns the value of {@code X-Scope-OrgID}, null for none. */
    @Nullable String tenantHeader() {
      return tenants.isEmpty() ? null : String.join("|", tenants);
    }
  }
}
