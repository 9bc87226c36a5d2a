// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spanway.identity.AuthConfig.CallerRule;
import io.spanway.identity.AuthConfig.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AuthConfigTest {
  private static final CallerRule ANYBODY = rule("*", "a", "p");

  private static CallerRule rule(String name, String tenant, String policy) {
    return new CallerRule(name, List.of(tenant), List.of(policy), Set.of(), null);
  }

  private static JwtConfig jwt(String url, String issuer, List<String> audience) {
    return new JwtConfig(
        null, url, issuer, audience, List.of("RS256"), Duration.ofSeconds(1), "sub", null);
  }

  private static AuthConfig config(Method method, JwtConfig jwt) {
    return new AuthConfig(
        method, "r", null, jwt, MtlsConfig.DEFAULT, false, Duration.ofSeconds(1), List.of(ANYBODY));
  }

  @Test
  void rule_readsUnlessItSaysOtherwise() {
    assertThat(ANYBODY.allow()).containsExactly(Access.READ);
  }

  @ParameterizedTest
  @CsvSource({
    "'', a, p, name:",
    "x, a b, p, tenants:",
    "x, .., p, tenants:",
    "x, 'a|', p, tenants:",
    "x, a, '', labelPolicies:",
    "x, a, ä, labelPolicies:",
  })
  void ruleThatFitsNoHeader_isRefused(String name, String tenant, String policy, String key) {
    assertThatThrownBy(() -> rule(name, tenant, policy)).hasMessageStartingWith(key);
  }

  @Test
  void policyOfTwoLines_isRefused() {
    assertThatThrownBy(() -> rule("x", "a", "p\r\nX-Scope-OrgID: b"))
        .hasMessageStartingWith("labelPolicies:");
  }

  @Test
  void callers_areNeededOnceEachWhereProofIsAskedFor() {
    assertThatThrownBy(() -> AuthFixture.config(Method.BASIC, "f"))
        .hasMessageStartingWith("callers: was empty");
    assertThatThrownBy(() -> AuthFixture.config(Method.BASIC, "f", ANYBODY, ANYBODY))
        .hasMessageStartingWith("callers: was * twice");
  }

  @Test
  void file_isOfBasicAndBearerAlone() {
    assertThatThrownBy(() -> AuthFixture.config(Method.BEARER, null, ANYBODY))
        .hasMessageStartingWith("file: is missing");
    assertThatThrownBy(() -> AuthFixture.config(Method.PASSTHROUGH, "f", ANYBODY))
        .hasMessageStartingWith("file: was set");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a\"b", "a\\b", "a\nb", "ä"})
  void realmThatFitsNoQuotes_isRefused(String realm) {
    assertThatThrownBy(
            () ->
                new AuthConfig(
                    Method.PASSTHROUGH,
                    realm,
                    null,
                    JwtConfig.DEFAULT,
                    MtlsConfig.DEFAULT,
                    false,
                    Duration.ofSeconds(1),
                    List.of()))
        .hasMessageStartingWith("realm:");
  }

  @Test
  void shortReloadInterval_isRefused() {
    assertThatThrownBy(
            () ->
                new AuthConfig(
                    Method.PASSTHROUGH,
                    "r",
                    null,
                    JwtConfig.DEFAULT,
                    MtlsConfig.DEFAULT,
                    false,
                    Duration.ofMillis(99),
                    List.of()))
        .hasMessageStartingWith("reloadInterval:");
  }

  @Test
  void jwt_needsKeysIssuerAndAudience() {
    String url = "https://issuer.example/jwks";
    assertThat(config(Method.JWT, jwt(url, "i", List.of("a"))).isOn()).isTrue();
    assertThatThrownBy(() -> config(Method.JWT, jwt(null, "i", List.of("a"))))
        .hasMessageStartingWith("jwt.jwksFile: is missing");
    assertThatThrownBy(() -> config(Method.JWT, jwt(url, null, List.of("a"))))
        .hasMessageStartingWith("jwt.issuer: is missing");
    assertThatThrownBy(() -> config(Method.JWT, jwt(url, "i", List.of())))
        .hasMessageStartingWith("jwt.audience: is missing");
  }

  @Test
  void callers_needNotBeNamedWhereTokensNameTheirTenants() {
    JwtConfig plain = jwt("https://issuer.example/jwks", "i", List.of("a"));
    JwtConfig naming =
        new JwtConfig(
            null,
            plain.jwksUrl(),
            plain.issuer(),
            plain.audience(),
            plain.algorithms(),
            plain.leeway(),
            "sub",
            "tenant");
    Duration interval = Duration.ofSeconds(1);

    assertThat(
            new AuthConfig(
                    Method.JWT, "r", null, naming, MtlsConfig.DEFAULT, false, interval, List.of())
                .isOn())
        .isTrue();
    assertThatThrownBy(
            () ->
                new AuthConfig(
                    Method.JWT, "r", null, plain, MtlsConfig.DEFAULT, false, interval, List.of()))
        .hasMessageStartingWith("callers: was empty");
  }

  @Test
  void nameThatIsNoSubject_isRefusedByItsPlace() {
    AuthConfig config = AuthFixture.config(Method.MTLS, null, ANYBODY, rule("ann", "a", "p"));

    assertThatThrownBy(config::check).hasMessageStartingWith("callers[1].name: was ann (expected:");
    AuthFixture.config(Method.MTLS, null, ANYBODY, rule("CN=ann", "a", "p")).check();
  }

  @ParameterizedTest
  @ValueSource(strings = {".", ".a", "a."})
  void tenantClaimThatLeadsNowhere_isRefused(String claim) {
    assertThatThrownBy(
            () ->
                new JwtConfig(
                    null, null, null, List.of(), List.of("RS256"), Duration.ZERO, "sub", claim))
        .hasMessageStartingWith("tenantClaim:");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://issuer.example/",
        "file:///etc/passwd",
        "https://a:b@issuer.example/",
        "x",
        "https:// "
      })
  void keysByAWayThatOthersCanChange_areRefused(String url) {
    assertThatThrownBy(() -> jwt(url, "i", List.of("a"))).hasMessageStartingWith("jwksUrl:");
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "HS256", "rs256", ""})
  void algorithmWithoutAPublicKey_isRefused(String algorithm) {
    assertThatThrownBy(
            () ->
                new JwtConfig(
                    null, null, null, List.of(), List.of(algorithm), Duration.ZERO, "sub", null))
        .hasMessageStartingWith("algorithms:");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 301})
  void leewayOutOfRange_isRefused(long seconds) {
    assertThatThrownBy(
            () ->
                new JwtConfig(
                    null,
                    null,
                    null,
                    List.of(),
                    List.of("RS256"),
                    Duration.ofSeconds(seconds),
                    "sub",
                    null))
        .hasMessageStartingWith("leeway:");
  }

  @Test
  void filesAreReadByTheCheck(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("f");
    AuthConfig basic = AuthFixture.config(Method.BASIC, file.toString(), ANYBODY);
    assertThatThrownBy(basic::check).hasMessageStartingWith("file: there is no file");
    assertThatThrownBy(
            () -> AuthFixture.config(Method.BASIC, directory.toString(), ANYBODY).check())
        .hasMessageStartingWith("file: cannot read");

    Files.writeString(file, "x");

    assertThatThrownBy(basic::check).hasMessageStartingWith("file: has no bcrypt hash in line 1");
    AuthConfig.DEFAULT.check();
  }
}
