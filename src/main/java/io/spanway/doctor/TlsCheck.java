// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

import io.spanway.route.BackendKind;
import io.spanway.server.TlsConfig;
import io.spanway.upstream.UpstreamAddress;
import io.spanway.upstream.UpstreamConfig;
import io.spanway.upstream.UpstreamTls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether certificates are in their time and for the right names, our own and the upstreams'. */
final class TlsCheck implements Check {
  private static final Duration SOON = Duration.ofDays(14);
  private static final int MAX_ADDRESSES = 8;

  @Override
  public List<CheckResult> run(Examination examination) {
    List<CheckResult> results = new ArrayList<>();
    listener(examination.config().server().tls(), examination.now(), results);
    upstream(examination, BackendKind.LOKI, examination.config().loki(), results);
    upstream(examination, BackendKind.TEMPO, examination.config().tempo(), results);
    return results;
  }

  private static void listener(TlsConfig tls, Instant now, List<CheckResult> results) {
    String file = tls.certFile();
    if (file == null) {
      results.add(CheckResult.ok("the listener's TLS", "off"));
      return;
    }
    String check = "the listener's certificate";
    results.add(ofFile(check, file, List.of(), now));
    for (TlsConfig.Sni sni : tls.sni()) {
      String hosts = String.join(", ", sni.hosts());
      results.add(ofFile(check + " for " + hosts, sni.certFile(), sni.hosts(), now));
    }
  }

  private static CheckResult ofFile(String check, String file, List<String> hosts, Instant now) {
    try {
      X509Certificate certificate = read(file).get(0);
      CheckResult inTime = inTime(check, certificate, now, "put a new one into " + file);
      if (inTime.outcome() == CheckResult.Outcome.FAULT) {
        return inTime;
      }
      for (String host : hosts) {
        if (!CertificateNames.fits(certificate, host)) {
          return CheckResult.fault(
              check,
              "it is not for " + host + ", but for " + CertificateNames.text(certificate),
              "name a certificate for it in server.tls.sni");
        }
      }
      return inTime;
    } catch (IOException | GeneralSecurityException | IndexOutOfBoundsException e) {
      return CheckResult.fault(
          check, file + " cannot be read: " + e.getClass().getSimpleName(), "is it PEM?");
    }
  }

  private static void upstream(
      Examination examination,
      BackendKind upstream,
      UpstreamConfig config,
      List<CheckResult> results) {
    List<UpstreamAddress> all = new ArrayList<>(config.urls());
    all.addAll(config.grpcUrls());
    all.stream()
        .filter(UpstreamAddress::secure)
        .distinct()
        .limit(MAX_ADDRESSES)
        .forEach(
            address -> results.add(upstream(examination, upstream.id(), config.tls(), address)));
  }

  private static CheckResult upstream(
      Examination examination, String name, UpstreamTls tls, UpstreamAddress address) {
    String own = tls.serverName();
    String expected = own == null ? address.host() : own;
    String check = name + "'s certificate at " + address;
    UpstreamAsker.TlsReply reply = examination.handshake(address.host(), address.port(), expected);
    if (reply.chain().isEmpty()) {
      return CheckResult.fault(
          check, "none came: " + reply.problem(), "does it speak TLS at that port?");
    }
    CheckResult result = judge(check, name, reply.chain(), expected, tls, examination.now());
    return tls.tlsSkipVerify() && result.outcome() == CheckResult.Outcome.FAULT
        ? CheckResult.warning(
            check,
            result.found() + "; it is taken, for " + name + ".tls.tlsSkipVerify",
            result.remedy())
        : result;
  }

  static CheckResult judge(
      String check,
      String upstream,
      List<X509Certificate> chain,
      String expected,
      UpstreamTls tls,
      Instant now) {
    X509Certificate certificate = chain.get(0);
    CheckResult inTime = inTime(check, certificate, now, "renew it there");
    if (inTime.outcome() == CheckResult.Outcome.FAULT) {
      return inTime;
    }
    if (!CertificateNames.fits(certificate, expected)) {
      return CheckResult.fault(
          check,
          "it is not for " + expected + ", but for " + CertificateNames.text(certificate),
          "say in "
              + upstream
              + ".urls, or in "
              + upstream
              + ".tls.serverName, a name that it has");
    }
    String distrust = distrust(chain, tls.caFile());
    return distrust == null
        ? inTime
        : CheckResult.fault(
            check,
            "nobody vouches for it whom Spanway knows: " + distrust,
            "name its authority in " + upstream + ".tls.caFile");
  }

  private static CheckResult inTime(
      String check, X509Certificate certificate, Instant now, String remedy) {
    Instant from = certificate.getNotBefore().toInstant();
    Instant to = certificate.getNotAfter().toInstant();
    if (now.isBefore(from)) {
      return CheckResult.fault(
          check, "it is not valid before " + from, remedy + ", or is this machine's clock wrong?");
    }
    if (now.isAfter(to)) {
      return CheckResult.fault(check, "it expired at " + to, remedy);
    }
    if (now.plus(SOON).isAfter(to)) {
      return CheckResult.warning(check, "it expires at " + to, remedy);
    }
    return CheckResult.ok(
        check, "for " + CertificateNames.text(certificate) + ", valid until " + to);
  }

  /** Says why a chain is not trusted, null if it is. */
  private static @Nullable String distrust(List<X509Certificate> chain, @Nullable String caFile) {
    try {
      CertificateNames.trust(caFile == null ? null : read(caFile), chain);
      return null;
    } catch (IOException | GeneralSecurityException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static List<X509Certificate> read(String file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      List<X509Certificate> all = new ArrayList<>();
      CertificateFactory.getInstance("X.509")
          .generateCertificates(in)
          .forEach(each -> all.add((X509Certificate) each));
      return all;
    }
  }
}
