// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import static io.spanway.identity.AuthFixture.ANN;
import static io.spanway.identity.AuthFixture.HTPASSWD;
import static io.spanway.identity.AuthFixture.basic;
import static io.spanway.identity.AuthFixture.hash;
import static io.spanway.identity.AuthFixture.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.http.RequestHead;
import io.spanway.identity.AuthConfig.CallerRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AuthenticatorTest {
  private static final String HERE = "192.0.2.1";

  @TempDir Path directory;
  private Path file;
  private final AtomicLong nanos = new AtomicLong(-5);

  @BeforeEach
  void write() throws IOException {
    file = directory.resolve("htpasswd");
    Files.writeString(file, HTPASSWD);
  }

  private Authenticator open(CallerRule... rules) {
    return open(AuthFixture.config(AuthConfig.Method.BASIC, file.toString(), rules));
  }

  private Authenticator open(AuthConfig auth) {
    Authenticator made =
        Authenticator.open(new IdentityConfig(List.of(), auth), InstantSource.system(), nanos::get);
    assertThat(made).isNotNull();
    return made;
  }

  private static @Nullable Refusal refusal(@Nullable Verdict verdict) {
    return verdict instanceof Verdict.Refused refused ? refused.why() : null;
  }

  private static Caller caller(@Nullable Verdict verdict) {
    assertThat(verdict).isInstanceOf(Verdict.Admitted.class);
    return ((Verdict.Admitted) verdict).caller();
  }

  private static RequestHead ann(String... more) {
    String[] all = new String[more.length + 2];
    all[0] = "Authorization";
    all[1] = basic("ann:secret");
    System.arraycopy(more, 0, all, 2, more.length);
    return head(all);
  }

  private static RequestHead wrong() {
    return head("Authorization", basic("ann:guess"));
  }

  @Test
  void passthrough_asksNobody() {
    assertThat(Authenticator.open(IdentityConfig.DEFAULT, InstantSource.system(), System::nanoTime))
        .isNull();
  }

  @Test
  void credentialsOnceVerified_areRecognizedAtOnce() {
    Authenticator authenticator = open(ANN);
    assertThat(authenticator.recognize(ann(), HERE, null)).isNull();

    Caller caller = caller(authenticator.verify(ann(), HERE, null));

    assertThat(caller.name()).isEqualTo("ann");
    assertThat(caller.rateClass()).isEqualTo("gold");
    assertThat(caller(authenticator.recognize(ann(), HERE, null)).name()).isEqualTo("ann");
    nanos.addAndGet(Duration.ofMinutes(6).toNanos());
    assertThat(authenticator.recognize(ann(), HERE, null)).isNull();
  }

  /** Row 4: what the client says of tenant and policy is replaced, its proof kept back. */
  @Test
  void tenantAndPolicyOfTheClient_areReplaced() {
    Caller caller =
        caller(
            open(ANN)
                .verify(
                    ann("X-Scope-OrgID", "evil", "x-scope-orgid", "b", "X-Prom-Label-Policy", "*"),
                    HERE,
                    null));

    HttpHeaders out =
        new DefaultHttpHeaders().add("X-Scope-OrgID", "evil").add("Authorization", "x");
    caller.applyTo(out);
    assertThat(out.getAll("X-Scope-OrgID")).containsExactly("team-b|team-a");
    assertThat(out.getAll("X-Prom-Label-Policy")).containsExactly("p:1", "p:2");
    assertThat(out.contains("Authorization")).isFalse();
    assertThat(caller.tenant()).hasToString("team-a|team-b");
    assertThat(caller.isClear()).isTrue();
  }

  @Test
  void ruleWithoutTenants_sendsNone() {
    CallerRule rule = new CallerRule("*", List.of(), List.of(), Set.of(Access.WRITE), null);
    Caller caller = caller(open(rule).verify(ann("X-Scope-OrgID", "evil"), HERE, null));

    HttpHeaders out = new DefaultHttpHeaders().add("X-Scope-OrgID", "evil");
    caller.applyTo(out);
    assertThat(out.isEmpty()).isTrue();
    assertThat(caller.rateClass()).isEqualTo("default");
    assertThat(caller.may(Access.WRITE)).isTrue();
    assertThat(caller.may(Access.READ)).isFalse();
  }

  /** Rows 1 to 3: who may see the same shares, nobody else does. */
  @Test
  void fingerprint_isThatOfTheRuleAndNotOfWhatTheClientSays() {
    CallerRule bob =
        new CallerRule("bob", ANN.tenants(), ANN.labelPolicies(), Set.of(Access.ADMIN), null);
    CallerRule other = new CallerRule("bob", List.of("team-c"), List.of("p:1"), Set.of(), null);
    CallerRule narrow = new CallerRule("bob", ANN.tenants(), List.of("p:1"), Set.of(), null);
    RequestHead asBob =
        head("Authorization", basic("bob:hunter2"), "X-Scope-OrgID", "team-a|team-b");

    byte[] anns = caller(open(ANN).verify(ann("X-Scope-OrgID", "x"), HERE, null)).fingerprint();

    assertThat(caller(open(bob).verify(asBob, HERE, null)).fingerprint()).isEqualTo(anns);
    assertThat(caller(open(other).verify(asBob, HERE, null)).fingerprint()).isNotEqualTo(anns);
    assertThat(caller(open(narrow).verify(asBob, HERE, null)).fingerprint()).isNotEqualTo(anns);
  }

  @Test
  void forwardedCredentials_keepCallersApart() {
    AuthConfig plain = AuthFixture.config(AuthConfig.Method.BASIC, file.toString(), ANN);
    AuthConfig forwarding =
        new AuthConfig(
            plain.method(),
            plain.realm(),
            plain.file(),
            plain.jwt(),
            plain.mtls(),
            true,
            plain.reloadInterval(),
            plain.callers());

    Caller caller = caller(open(forwarding).verify(ann(), HERE, null));

    HttpHeaders out = new DefaultHttpHeaders();
    caller.applyTo(out);
    assertThat(out.get("Authorization")).isEqualTo(basic("ann:secret"));
    assertThat(caller.fingerprint())
        .isNotEqualTo(caller(open(plain).verify(ann(), HERE, null)).fingerprint());
  }

  @Test
  void nobodyAndTwoAtOnce_areRefusedWithoutWork() {
    Authenticator authenticator = open(ANN);

    assertThat(refusal(authenticator.recognize(head(), HERE, null))).isEqualTo(Refusal.MISSING);
    assertThat(refusal(authenticator.recognize(ann("Authorization", "x"), HERE, null)))
        .isEqualTo(Refusal.MALFORMED);
    assertThat(authenticator.challenge()).isEqualTo("Basic realm=\"spanway\", charset=\"UTF-8\"");
  }

  @Test
  void userWithoutRule_isNotLetIn() {
    assertThat(refusal(open(ANN).verify(head("Authorization", basic("bob:hunter2")), HERE, null)))
        .isEqualTo(Refusal.UNMAPPED);
  }

  /** Row 54. */
  @Test
  void wrongCredentials_areNotLookedAtForLongerAndLonger() {
    Authenticator authenticator = open(ANN);
    for (int i = 0; i < BackOff.FREE; i++) {
      assertThat(refusal(authenticator.verify(wrong(), HERE, null))).isEqualTo(Refusal.WRONG);
    }

    assertThat(authenticator.recognize(wrong(), HERE, null))
        .isEqualTo(new Verdict.Refused(Refusal.BACK_OFF, 1));
    assertThat(refusal(authenticator.verify(ann(), HERE, null))).isEqualTo(Refusal.BACK_OFF);
    assertThat(caller(authenticator.verify(ann(), "192.0.2.2", null)).name()).isEqualTo("ann");
    // Known by now, wherever they come from: a neighbour's guesses shut out nobody who is in.
    assertThat(caller(authenticator.recognize(ann(), HERE, null)).name()).isEqualTo("ann");
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(refusal(authenticator.verify(wrong(), HERE, null))).isEqualTo(Refusal.WRONG);
    assertThat(authenticator.recognize(wrong(), HERE, null))
        .isEqualTo(new Verdict.Refused(Refusal.BACK_OFF, 2));
  }

  @Test
  void whoHasCredentials_cannotGuessThoseOfOthersForIt() {
    Authenticator authenticator = open(ANN);
    for (int i = 0; i < BackOff.FREE; i++) {
      assertThat(refusal(authenticator.verify(wrong(), HERE, null))).isEqualTo(Refusal.WRONG);
      if (i < BackOff.FREE - 1) {
        String same = basic("ann:secret").replace(" ", " ".repeat(i + 1));
        assertThat(caller(authenticator.verify(head("Authorization", same), HERE, null)).name())
            .isEqualTo("ann");
      }
    }

    assertThat(refusal(authenticator.recognize(wrong(), HERE, null))).isEqualTo(Refusal.BACK_OFF);
    nanos.addAndGet(Duration.ofMinutes(11).toNanos());
    assertThat(refusal(authenticator.verify(wrong(), HERE, null))).isEqualTo(Refusal.WRONG);
    assertThat(refusal(authenticator.verify(wrong(), HERE, null))).isEqualTo(Refusal.WRONG);
  }

  @Test
  void changedFile_isTakenUpAndWhatWasKnownForgotten() throws IOException {
    Authenticator authenticator = open(ANN);
    caller(authenticator.verify(ann(), HERE, null));
    Files.writeString(file, "ann:" + hash("other", 4) + "\n");
    assertThat(authenticator.recognize(ann(), HERE, null)).isNotNull();
    nanos.addAndGet(Duration.ofSeconds(10).toNanos());

    assertThat(authenticator.recognize(ann(), HERE, null)).isNull();
    assertThat(refusal(authenticator.verify(ann(), HERE, null))).isEqualTo(Refusal.WRONG);
    assertThat(refusal(authenticator.recognize(ann(), HERE, null))).isNull();
  }

  /** Row 54: what waits for the look at guesses holds up nobody who is known. */
  @Test
  void filesThatAreDue_holdUpOneRequestAlone() {
    Authenticator authenticator = open(ANN);
    caller(authenticator.verify(ann(), HERE, null));
    for (int i = 0; i < 2; i++) {
      // The one that was sent the first time never got there.
      nanos.addAndGet(Duration.ofSeconds(10).toNanos());

      assertThat(authenticator.recognize(ann(), HERE, null)).isNull();
      assertThat(caller(authenticator.recognize(ann(), HERE, null)).name()).isEqualTo("ann");
    }
    caller(authenticator.verify(ann(), HERE, null));
    assertThat(caller(authenticator.recognize(ann(), HERE, null)).name()).isEqualTo("ann");
  }

  @Test
  void fileThatCannotBeUsed_leavesTheOldInForce() throws IOException {
    Authenticator authenticator = open(ANN);
    Files.writeString(file, "ann:plain\n");
    nanos.addAndGet(Duration.ofSeconds(10).toNanos());

    assertThat(caller(authenticator.verify(ann(), HERE, null)).name()).isEqualTo("ann");
  }

  @Test
  void unknownCaller_mayNothing() {
    assertThat(Caller.unknown().may(Access.READ)).isFalse();
    assertThat(Caller.unknown().isClear()).isFalse();
    assertThat(Caller.of(head(), IdentityConfig.DEFAULT).may(Access.ADMIN)).isTrue();
    assertThat(Caller.of(head(), IdentityConfig.DEFAULT).name()).isNull();
  }
}
