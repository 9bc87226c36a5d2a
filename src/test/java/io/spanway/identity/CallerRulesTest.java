// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.identity.AuthConfig.CallerRule;
import io.spanway.identity.AuthConfig.Method;
import io.spanway.model.TenantId;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CallerRulesTest {
  private static CallerRules rules(CallerRule... rules) {
    JwtConfig jwt =
        new JwtConfig(
            null,
            "https://issuer.example/",
            "i",
            List.of("a"),
            List.of("RS256"),
            Duration.ZERO,
            "sub",
            "tenant");
    return new CallerRules(
        new IdentityConfig(
            List.of(),
            new AuthConfig(
                Method.JWT,
                "r",
                null,
                jwt,
                MtlsConfig.DEFAULT,
                false,
                Duration.ofSeconds(1),
                List.of(rules))));
  }

  private static String judged(CallerRules rules, String name, String tenants) {
    Verdict verdict =
        rules.judge(
            AuthFixture.head("X-Scope-OrgID", "evil"),
            new Proof.Of(name, null, TenantId.parse(tenants)));
    return verdict instanceof Verdict.Admitted in
        ? String.valueOf(in.caller().tenant())
        : ((Verdict.Refused) verdict).why().id();
  }

  @ParameterizedTest
  @CsvSource({
    // the rule's | the token's | outcome
    "'', a, a",
    "'', b|a, a|b",
    "a b, a, a",
    "a b, b|a, a|b",
    "a, b, foreign_tenant",
    "a, a|b, foreign_tenant",
    "a:x, a, a",
    "a|b, b, b",
  })
  void tokensTenants_areThoseThatTheRuleLeavesIt(String own, String claimed, String outcome) {
    List<String> tenants = own.isEmpty() ? List.of() : Arrays.asList(own.split(" "));

    assertThat(
            judged(
                rules(new CallerRule("ann", tenants, List.of(), Set.of(), null)), "ann", claimed))
        .isEqualTo(outcome);
  }

  @Test
  void callerWithoutRule_isLetInOnlyWhereThereIsNoRuleAtAll() {
    assertThat(judged(rules(AuthFixture.ANN), "bob", "a")).isEqualTo("unmapped");
    assertThat(judged(rules(), "bob", "a")).isEqualTo("a");
    Verdict in = rules().judge(AuthFixture.head(), new Proof.Of("b", null, TenantId.parse("a")));
    assertThat(in)
        .isInstanceOfSatisfying(
            Verdict.Admitted.class,
            admitted -> assertThat(admitted.caller().may(Access.WRITE)).isFalse());
  }
}
