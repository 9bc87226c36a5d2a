// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The files of TLS: which go together, and what happens when they change. */
final class TlsContextsTest {
  private final EventLoop loop = new DefaultEventLoop();
  private final AtomicLong nanos = new AtomicLong();
  private final AtomicInteger looks = new AtomicInteger();
  @TempDir Path dir;
  private Path ca;
  private Path cert;
  private Path key;

  @BeforeEach
  void nameFiles() {
    ca = dir.resolve("ca.pem");
    cert = dir.resolve("cert.pem");
    key = dir.resolve("key.pem");
  }

  @AfterEach
  void stop() {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private static X509Bundle certificate(Algorithm algorithm) throws Exception {
    return new CertificateBuilder()
        .algorithm(algorithm)
        .subject("CN=spanway")
        .setIsCertificateAuthority(true)
        .buildSelfSigned();
  }

  private static X509Bundle certificate() throws Exception {
    return certificate(Algorithm.ecp256);
  }

  private UpstreamTls own(X509Bundle certificate, X509Bundle secret) throws IOException {
    Files.writeString(cert, certificate.getCertificatePEM());
    Files.writeString(key, secret.getPrivateKeyPEM());
    return new UpstreamTls(null, cert.toString(), key.toString(), null, false);
  }

  private TlsContexts contexts() {
    return new TlsContexts(
        "loki",
        new UpstreamTls(ca.toString(), null, null, null, false),
        UpstreamSettings.Protocol.HTTP1,
        task -> {
          looks.incrementAndGet();
          task.run();
        },
        nanos::get);
  }

  private SslContext current(TlsContexts contexts) throws Exception {
    CompletableFuture<SslContext> context = new CompletableFuture<>();
    loop.execute(() -> contexts.current(loop, context::complete));
    return context.get(10, TimeUnit.SECONDS);
  }

  private void pass(int seconds) {
    nanos.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
  }

  @ParameterizedTest
  @EnumSource(
      value = Algorithm.class,
      names = {"ecp256", "rsa2048", "ed25519"})
  void keyOfItsCertificate_isTaken(Algorithm algorithm) throws Exception {
    X509Bundle pair = certificate(algorithm);

    own(pair, pair).check();
  }

  @ParameterizedTest
  @EnumSource(
      value = Algorithm.class,
      names = {"ecp256", "ecp384", "rsa2048", "ed25519"})
  void keyOfAnotherCertificate_isRefused(Algorithm algorithm) throws Exception {
    UpstreamTls tls = own(certificate(), certificate(algorithm));

    assertThatThrownBy(tls::check)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "keyFile: was \""
                + key
                + "\", which is of another certificate (expected: the key of certFile's first"
                + " certificate)");
  }

  @Test
  void keyThatIsNone_isRefusedWithoutItsContent() throws Exception {
    UpstreamTls tls = own(certificate(), certificate());
    Files.writeString(key, "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n");

    assertThatThrownBy(tls::check)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("keyFile: was \"" + key + "\", which holds no key")
        .hasMessageNotContaining("secret");
  }

  @Test
  void filesThatStay_areReadNowAndThenAndKeepTheContext() throws Exception {
    Files.writeString(ca, certificate().getCertificatePEM());
    TlsContexts contexts = contexts();
    SslContext first = current(contexts);
    assertThat(looks).hasValue(0);

    pass(6);

    assertThat(current(contexts)).isSameAs(first);
    assertThat(current(contexts)).isSameAs(first);
    assertThat(looks).hasValue(1);
  }

  @Test
  void filesThatChange_makeANewContext() throws Exception {
    Files.writeString(ca, certificate().getCertificatePEM());
    TlsContexts contexts = contexts();
    SslContext first = current(contexts);

    Files.writeString(ca, certificate().getCertificatePEM());
    assertThat(current(contexts)).isSameAs(first);
    pass(6);

    assertThat(current(contexts)).isNotSameAs(first);
  }

  @Test
  void filesThatBreak_leaveTheOldContextUntilTheyAreMended() throws Exception {
    Files.writeString(ca, certificate().getCertificatePEM());
    TlsContexts contexts = contexts();
    SslContext first = current(contexts);

    Files.writeString(ca, "-----BEGIN CERTIFICATE-----\nhalf");
    pass(6);
    assertThat(current(contexts)).isSameAs(first);
    Files.delete(ca);
    pass(6);
    assertThat(current(contexts)).isSameAs(first);

    Files.writeString(ca, certificate().getCertificatePEM());
    pass(6);
    assertThat(current(contexts)).isNotSameAs(first);
  }
}
