// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.spanway.testing.FakeUpstream;
import io.spanway.testing.Gateway;
import io.spanway.testing.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS from Spanway to an upstream. */
final class UpstreamTlsIT {
  private static final String PATH = "/loki-ds/plain";

  @TempDir Path dir;
  private X509Bundle authority;
  private HttpsServer loki;
  private Gateway gateway;

  @BeforeEach
  void makeAuthority() throws Exception {
    authority = authority();
    Files.writeString(dir.resolve("ca.pem"), authority.getCertificatePEM());
  }

  @AfterEach
  void stop() {
    if (gateway != null) {
      gateway.close();
    }
    if (loki != null) {
      loki.stop(0);
    }
  }

  private static X509Bundle authority() throws Exception {
    return new CertificateBuilder()
        .ecp256()
        .subject("CN=authority")
        .setIsCertificateAuthority(true)
        .buildSelfSigned();
  }

  private static CertificateBuilder leaf(String name) {
    return new CertificateBuilder().ecp256().subject("CN=" + name).addSanDnsName(name);
  }

  /** Starts a Loki whose certificate is for {@code localhost}. */
  private int loki(X509Bundle certificate, boolean asksForOne) throws Exception {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    trusted.setCertificateEntry("authority", authority.getCertificate());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        certificate.toKeyManagerFactory().getKeyManagers(), trust.getTrustManagers(), null);
    loki = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    loki.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters with = context.getDefaultSSLParameters();
            with.setNeedClientAuth(asksForOne);
            parameters.setSSLParameters(with);
          }
        });
    loki.createContext(
        "/",
        exchange -> {
          byte[] body = "over TLS".getBytes(StandardCharsets.US_ASCII);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    loki.start();
    return loki.getAddress().getPort();
  }

  private RawClient.Answer ask(int port, String more) throws IOException {
    gateway =
        Gateway.start(
            "server: { listen: 127.0.0.1:0, threads: 1 }\nadmin: { listen: 127.0.0.1:0 }\n"
                + "loki: { urls: [https://localhost:"
                + port
                + "]"
                + more
                + " }\ntelemetry: { accessLog: { enabled: false } }\n");
    try (RawClient client = gateway.client()) {
      return client.get(PATH);
    }
  }

  private String tls(String more) {
    return ", tls: { caFile: " + dir.resolve("ca.pem") + more + " }";
  }

  private static void isRefused(RawClient.Answer answer, String text) {
    assertThat(answer.status()).isEqualTo(502);
    assertThat(answer.body()).isEqualTo("loki cannot be reached: " + text + "\n");
  }

  @Test
  void authorityThatIsConfigured_isTrusted() throws Exception {
    RawClient.Answer answer = ask(loki(leaf("localhost").buildIssuedBy(authority), false), tls(""));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("over TLS");
  }

  @Test
  void authorityThatNobodyKnows_isNot() throws Exception {
    int port = loki(leaf("localhost").buildIssuedBy(authority), false);

    isRefused(ask(port, ""), "its TLS certificate is not accepted");
    assertThat(gateway.errors("UK")).isEqualTo(1);
  }

  @Test
  void certificateOfAnotherName_isRefused() throws Exception {
    int port = loki(leaf("loki.example").buildIssuedBy(authority), false);

    isRefused(ask(port, tls("")), "its TLS certificate is not accepted");
  }

  @Test
  void certificateOfTheConfiguredName_isTaken() throws Exception {
    int port = loki(leaf("loki.example").buildIssuedBy(authority), false);

    assertThat(ask(port, tls(", serverName: loki.example")).status()).isEqualTo(200);
  }

  @Test
  void expiredCertificate_isRefused() throws Exception {
    X509Bundle expired =
        leaf("localhost")
            .notBefore(Instant.now().minus(Duration.ofDays(3)))
            .notAfter(Instant.now().minus(Duration.ofDays(1)))
            .buildIssuedBy(authority);

    isRefused(ask(loki(expired, false), tls("")), "its TLS certificate is not accepted");
  }

  @Test
  void anyCertificate_isTakenWhereTheFileSaysSo() throws Exception {
    int port = loki(leaf("loki.example").buildIssuedBy(authority()), false);

    assertThat(ask(port, ", tls: { tlsSkipVerify: true }").status()).isEqualTo(200);
  }

  @Test
  void upstreamThatAsksForACertificate_getsTheConfiguredOne() throws Exception {
    int port = loki(leaf("localhost").buildIssuedBy(authority), true);
    X509Bundle own = leaf("spanway").buildIssuedBy(authority);
    Files.writeString(dir.resolve("own.pem"), own.getCertificatePathPEM());
    Files.writeString(dir.resolve("own.key"), own.getPrivateKeyPEM());

    RawClient.Answer answer =
        ask(
            port,
            tls(", certFile: " + dir.resolve("own.pem") + ", keyFile: " + dir.resolve("own.key")));

    assertThat(answer.status()).isEqualTo(200);
  }

  @Test
  void upstreamThatAsksForACertificate_refusesWhoHasNone() throws Exception {
    RawClient.Answer answer = ask(loki(leaf("localhost").buildIssuedBy(authority), true), tls(""));

    assertThat(answer.status()).isEqualTo(502);
    assertThat(answer.body()).startsWith("loki ").hasLineCount(1);
    assertThat(answer.body()).doesNotContain("localhost", "127.0.0.1", "Exception");
  }

  @Test
  void handshakeThatIsNotAnswered_endsInTime() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      RawClient.Answer answer =
          ask(silent.getLocalPort(), tls("") + ", timeouts: { connect: 400ms }");

      assertThat(answer.status()).isEqualTo(504);
      assertThat(answer.body()).isEqualTo("loki cannot be reached: connecting timed out\n");
    }
  }

  @Test
  void upstreamWithoutTls_isToldApart() throws Exception {
    try (FakeUpstream plain = new FakeUpstream()) {
      RawClient.Answer answer = ask(plain.uri().getPort(), tls(""));

      assertThat(answer.status()).isEqualTo(502);
      assertThat(answer.body()).startsWith("loki ").hasLineCount(1);
      assertThat(plain.requests()).isEmpty();
    }
  }
}
