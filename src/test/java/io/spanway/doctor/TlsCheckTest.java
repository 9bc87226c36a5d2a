// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.spanway.doctor.CheckResult.Outcome;
import io.spanway.upstream.UpstreamTls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TlsCheckTest {
  private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);

  @TempDir private Path dir;
  private X509Bundle authority;
  private UpstreamTls trusting;

  @BeforeEach
  void makeAuthority() throws Exception {
    authority =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=authority")
            .setIsCertificateAuthority(true)
            .notBefore(now.minus(Duration.ofDays(100)))
            .buildSelfSigned();
    Path file = Files.writeString(dir.resolve("ca.pem"), authority.getCertificatePEM());
    trusting = new UpstreamTls(file.toString(), null, null, null, false);
  }

  private X509Certificate leaf(int fromDays, int toDays) throws Exception {
    return new CertificateBuilder()
        .ecp256()
        .subject("CN=loki")
        .addSanDnsName("loki.example")
        .addSanDnsName("b.example")
        .addSanIpAddress("127.0.0.1")
        .notBefore(now.plus(Duration.ofDays(fromDays)))
        .notAfter(now.plus(Duration.ofDays(toDays)))
        .buildIssuedBy(authority)
        .getCertificate();
  }

  private CheckResult judge(X509Certificate certificate, String name, UpstreamTls tls) {
    return TlsCheck.judge("c", "loki", List.of(certificate), name, tls, now);
  }

  @Test
  void goodCertificate_isTold() throws Exception {
    assertThat(judge(leaf(-1, 90), "loki.example", trusting))
        .isEqualTo(
            CheckResult.ok(
                "c",
                "for loki.example, b.example, 127.0.0.1, valid until "
                    + now.plus(Duration.ofDays(90))));
  }

  @Test
  void certificateOutOfItsTime_isAFault() throws Exception {
    assertThat(judge(leaf(-9, -1), "loki.example", trusting))
        .isEqualTo(
            CheckResult.fault(
                "c", "it expired at " + now.minus(Duration.ofDays(1)), "renew it there"));
    assertThat(judge(leaf(1, 9), "loki.example", trusting))
        .isEqualTo(
            CheckResult.fault(
                "c",
                "it is not valid before " + now.plus(Duration.ofDays(1)),
                "renew it there, or is this machine's clock wrong?"));
    assertThat(judge(leaf(-1, 13), "loki.example", trusting))
        .isEqualTo(
            CheckResult.warning(
                "c", "it expires at " + now.plus(Duration.ofDays(13)), "renew it there"));
  }

  @ParameterizedTest
  @CsvSource({
    "loki.example, true",
    "LOKI.Example, true",
    "b.example, true",
    "a.b.example, false",
    "loki, false",
    "127.0.0.1, true",
    "127.0.0.2, false",
    "::1, false",
  })
  void name_isComparedAsClientsDo(String name, boolean fits) throws Exception {
    CheckResult result = judge(leaf(-1, 90), name, trusting);

    assertThat(result.outcome()).isEqualTo(fits ? Outcome.OK : Outcome.FAULT);
    if (!fits) {
      assertThat(result.found())
          .isEqualTo("it is not for " + name + ", but for loki.example, b.example, 127.0.0.1");
      assertThat(result.remedy())
          .isEqualTo("say in loki.urls, or in loki.tls.serverName, a name that it has");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "*.b.example, a.b.example, true",
    "*.B.example, A.b.Example, true",
    "*.b.example, b.example, false",
    "*.b.example, a.a.b.example, false",
    "*.b.example, .b.example, false",
    "a.b.example, a.b.example, true",
  })
  void wildcard_standsForOneLabel(String pattern, String host, boolean fits) {
    assertThat(CertificateNames.isName(pattern, host)).isEqualTo(fits);
  }

  @Test
  void authorityThatNobodyKnows_isAFault() throws Exception {
    CheckResult result = judge(leaf(-1, 90), "loki.example", UpstreamTls.DEFAULT);

    assertThat(result.outcome()).isEqualTo(Outcome.FAULT);
    assertThat(result.found()).startsWith("nobody vouches for it whom Spanway knows: ");
    assertThat(result.remedy()).isEqualTo("name its authority in loki.tls.caFile");
  }

  @Test
  void certificateWithoutNames_isForNobody() throws Exception {
    X509Certificate bare =
        new CertificateBuilder().ecp256().subject("CN=x").buildIssuedBy(authority).getCertificate();

    assertThat(judge(bare, "x", trusting).found())
        .isEqualTo("it is not for x, but for no name at all");
  }
}
