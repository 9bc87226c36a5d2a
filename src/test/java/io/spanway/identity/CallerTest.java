// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.http.BadTargetException;
import io.spanway.http.RequestHead;
import io.spanway.http.RequestTarget;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CallerTest {
  @Test
  void tenant_isReadFromItsHeader() {
    Caller caller = caller("X-Scope-OrgID", "b|a");

    assertThat(caller.isClear()).isTrue();
    assertThat(caller.unclearReason()).isNull();
    assertThat(caller.tenant()).hasToString("a|b");
  }

  @Test
  void callerWithoutTenant_isClear() {
    assertThat(caller().isClear()).isTrue();
    assertThat(caller().tenant()).isNull();
  }

  @Test
  void anonymous_isTheCallerOfARequestThatNamesNobody() {
    IdentityConfig config = new IdentityConfig(List.of("x-grafana-user"));
    RequestHead nobody = head("X-Other", "1");
    Caller anonymous = Caller.anonymous(config);

    assertThat(anonymous.isNamedIn(nobody)).isFalse();
    assertThat(anonymous.isAnonymous()).isTrue();
    assertThat(anonymous.isClear()).isTrue();
    assertThat(anonymous.tenant()).isNull();
    assertThat(anonymous.fingerprint()).isEqualTo(Caller.of(nobody, config).fingerprint());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Scope-OrgID",
        "authorization",
        "Cookie",
        "X-ID-Token",
        "X-Prom-Label-Policy",
        "x-grafana-user"
      })
  void headerThatTellsWhoAsks_isSeen(String name) {
    Caller anonymous = Caller.anonymous(new IdentityConfig(List.of("x-grafana-user")));

    assertThat(anonymous.isNamedIn(head(name, ""))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "../etc", "..", "a/b", "a||b", "a,b", "a|", "ä"})
  void malformedTenant_isUnclear(String tenant) {
    Caller caller = caller("X-Scope-OrgID", tenant);

    assertThat(caller.isClear()).isFalse();
    assertThat(caller.tenant()).isNull();
  }

  @Test
  void tenantOf151Characters_isUnclear() {
    assertThat(caller("X-Scope-OrgID", "a".repeat(150)).isClear()).isTrue();
    assertThat(caller("X-Scope-OrgID", "a".repeat(151)).isClear()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-Scope-OrgID", "Authorization", "X-Id-Token"})
  void secondLineOfAnIdentityHeader_isUnclear(String name) {
    Caller caller = caller(name, "a", name, "a");

    assertThat(caller.isClear()).isFalse();
    assertThat(caller.unclearReason()).contains(name.toLowerCase(Locale.ROOT));
  }

  @ParameterizedTest
  @CsvSource({
    "X-Scope-OrgID, a, X-Scope-OrgID, b",
    "X-Scope-OrgID, a, X-Scope-OrgID, A",
    "X-Scope-OrgID, a, X-Scope-OrgID, a|b",
    "X-Scope-OrgID, a, X-Scope-OrgID, a:x",
    "Authorization, Bearer 1, Authorization, Bearer 2",
    "Authorization, v, Cookie, v",
    "Cookie, s=1, Cookie, s=2",
    "X-Id-Token, 1, X-Id-Token, 2",
    "X-Prom-Label-Policy, a:1, X-Prom-Label-Policy, a:2",
    "X-Grafana-User, ann, X-Grafana-User, bob",
  })
  void differentIdentities_haveDifferentFingerprints(
      String name1, String value1, String name2, String value2) {
    assertThat(caller(name1, value1).fingerprint())
        .isNotEqualTo(caller(name2, value2).fingerprint());
  }

  @Test
  void fingerprint_ignoresOrderAndRepetitionOfTenantsAndPolicies() {
    assertThat(caller("X-Scope-OrgID", "a|b|a").fingerprint())
        .isEqualTo(caller("x-scope-orgid", "b|a").fingerprint());
    assertThat(caller("X-Prom-Label-Policy", "p", "X-Prom-Label-Policy", "q").fingerprint())
        .isEqualTo(
            caller(
                    "X-Prom-Label-Policy", "q",
                    "X-Prom-Label-Policy", "p",
                    "X-Prom-Label-Policy", "q")
                .fingerprint());
    assertThat(caller("X-Prom-Label-Policy", "p").fingerprint())
        .isNotEqualTo(caller("X-Prom-Label-Policy", "p", "X-Prom-Label-Policy", "q").fingerprint());
  }

  @Test
  void grafanaUser_isNoIdentityUnlessConfigured() {
    RequestHead ann = head("X-Grafana-User", "ann");

    assertThat(Caller.of(ann, IdentityConfig.DEFAULT).fingerprint())
        .isEqualTo(Caller.of(head(), IdentityConfig.DEFAULT).fingerprint());
  }

  @Test
  void applyTo_replacesWhatIsThere() {
    HttpHeaders headers = new DefaultHttpHeaders();
    headers.add("X-Scope-OrgID", "other");
    headers.add("Cookie", "other");
    headers.add("Accept", "application/json");

    caller("X-Scope-OrgID", "a", "Authorization", "Bearer 1", "X-Grafana-User", "ann")
        .applyTo(headers);

    assertThat(headers.entries())
        .extracting(e -> e.getKey().toLowerCase(Locale.ROOT) + "=" + e.getValue())
        .containsExactlyInAnyOrder(
            "accept=application/json",
            "x-scope-orgid=a",
            "authorization=Bearer 1",
            "x-grafana-user=ann");
  }

  @Test
  void text_showsNoCredential() {
    assertThat(caller("Authorization", "Bearer geheim", "Cookie", "geheim").toString())
        .doesNotContain("geheim");
  }

  @Test
  void configuredHeaders_areLowerCasedAndChecked() {
    IdentityConfig config = new IdentityConfig(List.of("X-Grafana-User", "x-grafana-user"));

    assertThat(config.headers()).containsExactly("x-grafana-user");
    assertThat(config.allHeaders())
        .containsExactlyInAnyOrder(
            "x-scope-orgid",
            "authorization",
            "cookie",
            "x-id-token",
            "x-prom-label-policy",
            "x-grafana-user");
    assertThatThrownBy(() -> new IdentityConfig(List.of("X User")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("X User");
  }

  private static Caller caller(String... namesAndValues) {
    return Caller.of(head(namesAndValues), new IdentityConfig(List.of("X-Grafana-User")));
  }

  private static RequestHead head(String... namesAndValues) {
    HttpHeaders headers = new DefaultHttpHeaders();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      headers.add(namesAndValues[i], namesAndValues[i + 1]);
    }
    try {
      return new RequestHead("GET", RequestTarget.parse("/loki/api/v1/labels"), headers);
    } catch (BadTargetException e) {
      throw new AssertionError(e);
    }
  }
}
