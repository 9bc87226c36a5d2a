// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.CertificateBuilder;
import io.spanway.identity.AuthConfig.CallerRule;
import io.spanway.identity.AuthConfig.Method;
import io.spanway.identity.MtlsConfig.NameFrom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CertificateAuthenticatorTest {
  private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");
  private static X509Certificate ann;
  private static X509Certificate bare;

  private Instant now = NOW;

  private static CertificateBuilder builder() {
    return new CertificateBuilder()
        .ecp256()
        .setIsCertificateAuthority(true)
        .notBefore(NOW.minusSeconds(60))
        .notAfter(NOW.plusSeconds(60));
  }

  @BeforeAll
  static void issue() throws Exception {
    ann =
        builder()
            .subject("CN=ann\\, the first+OU=logs, O=Acme, C=DE")
            .addSanDnsName("ann.example")
            .addSanDnsName("grafana.example")
            .addSanUriName("spiffe://acme/grafana")
            .addSanRfc822Name("ann@acme.example")
            .buildSelfSigned()
            .getCertificate();
    bare = builder().subject("O=Acme").buildSelfSigned().getCertificate();
  }

  private Authenticator open(NameFrom from, String... names) {
    List<CallerRule> rules =
        Arrays.stream(names)
            .map(name -> new CallerRule(name, List.of("team-a"), List.of(), Set.of(), null))
            .toList();
    AuthConfig auth =
        new AuthConfig(
            Method.MTLS,
            "r",
            null,
            JwtConfig.DEFAULT,
            new MtlsConfig(from),
            false,
            Duration.ofSeconds(1),
            rules);
    return Authenticator.open(new IdentityConfig(List.of(), auth), () -> now, () -> 0);
  }

  private static String judged(Authenticator by, X509Certificate certificate) {
    Verdict verdict =
        by.recognize(AuthFixture.head("X-Scope-OrgID", "evil"), "192.0.2.1", certificate);
    return verdict instanceof Verdict.Admitted in
        ? in.caller().name() + " of " + in.caller().tenant()
        : ((Verdict.Refused) verdict).why().id();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "COMMON_NAME; ann, the first; ann, the first of team-a",
        "DNS; ann.example; ann.example of team-a",
        "DNS; grafana.example; grafana.example of team-a",
        "DNS; *; ann.example of team-a",
        "DNS; ann; unmapped",
        "DNS; spiffe://acme/grafana; unmapped",
        "URI; spiffe://acme/grafana; spiffe://acme/grafana of team-a",
        "EMAIL; ann@acme.example; ann@acme.example of team-a",
        "SUBJECT; O=Acme; unmapped",
      })
  void name_isThatOfTheKindThatIsAskedFor(NameFrom from, String rule, String outcome) {
    assertThat(judged(open(from, rule), ann)).isEqualTo(outcome);
  }

  @Test
  void subject_isComparedHoweverTheRuleWritesIt() {
    assertThat(judged(open(NameFrom.SUBJECT, "O=Acme"), bare)).isEqualTo("O=Acme of team-a");
    String subject = ann.getSubjectX500Principal().getName();
    assertThat(judged(open(NameFrom.SUBJECT, subject.replace(",O=", " , O = ")), ann))
        .isEqualTo(subject + " of team-a");
    assertThatThrownBy(() -> open(NameFrom.SUBJECT, "ann"))
        .hasMessage(
            "was ann (expected: a subject such as CN=ann,O=Acme, or another mtls.nameFrom)");
  }

  @ParameterizedTest
  @CsvSource({"COMMON_NAME", "DNS", "URI", "EMAIL"})
  void certificateWithoutSuchAName_isNobodys(NameFrom from) {
    assertThat(judged(open(from, "*"), bare)).isEqualTo("unmapped");
  }

  @Test
  void clientWithoutCertificate_isAskedForOne() {
    Authenticator authenticator = open(NameFrom.DNS, "*");

    assertThat(judged(authenticator, null)).isEqualTo("no_certificate");
    assertThat(authenticator.challenge()).isEqualTo("ClientCertificate realm=\"r\"");
  }

  /** A connection may outlast the certificate that it was made with. */
  @ParameterizedTest
  @CsvSource({"-61, wrong", "-59, O=Acme of team-a", "59, O=Acme of team-a", "61, wrong"})
  void certificate_isGoodInItsTimeAlone(long seconds, String outcome) {
    Authenticator authenticator = open(NameFrom.SUBJECT, "*");
    assertThat(judged(authenticator, ann)).endsWith("of team-a");

    now = NOW.plusSeconds(seconds);

    assertThat(judged(authenticator, bare)).isEqualTo(outcome);
    if (seconds > 0) {
      assertThat(judged(authenticator, ann).equals("wrong")).isEqualTo(outcome.equals("wrong"));
    }
  }
}
