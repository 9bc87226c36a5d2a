// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import static io.spanway.server.TestServer.LONG;
import static io.spanway.server.TestServer.SHORT;
import static io.spanway.server.TestServer.answer;
import static io.spanway.server.TestServer.limits;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.spanway.body.Bodies;
import io.spanway.http.ProxyError;
import io.spanway.server.TlsConfig.ClientAuth;
import io.spanway.server.TlsConfig.Sni;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS of the listener, with Java's own client. */
final class ServerTlsTest {
  @TempDir Path dir;
  private X509Bundle authority;

  @BeforeEach
  void makeAuthority() throws Exception {
    authority =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=authority")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
  }

  private X509Bundle issue(String name) throws Exception {
    return new CertificateBuilder()
        .ecp256()
        .subject("CN=" + name)
        .addSanDnsName(name)
        .addSanDnsName("localhost")
        .buildIssuedBy(authority);
  }

  private void write(String file, X509Bundle bundle) throws IOException {
    Files.writeString(dir.resolve(file + ".pem"), bundle.getCertificatePathPEM());
    Files.writeString(dir.resolve(file + ".key"), bundle.getPrivateKeyPEM());
  }

  private String file(String name) {
    return dir.resolve(name).toString();
  }

  private TlsConfig config() {
    return config(List.of(), ClientAuth.NONE);
  }

  private TlsConfig config(List<Sni> sni, ClientAuth auth) {
    return new TlsConfig(
        file("a.pem"),
        file("a.key"),
        auth == ClientAuth.NONE ? null : file("ca.pem"),
        auth,
        sni,
        "TLSv1.2",
        Duration.ofSeconds(1));
  }

  private TestServer serve(TlsConfig config) throws IOException {
    return new TestServer(limits(), config, ServerTlsTest::echo);
  }

  private static void echo(ServerExchange exchange) {
    exchange.requestBody().cancel();
    answer(
        exchange,
        Bodies.of(
            (exchange.isSecure() + " " + exchange.isHttp2()).getBytes(StandardCharsets.UTF_8)));
  }

  private SSLContext trusting(@Nullable X509Bundle own) throws Exception {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    trusted.setCertificateEntry("authority", authority.getCertificate());
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(trusted);
    KeyManager[] keys = own == null ? null : own.toKeyManagerFactory().getKeyManagers();
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, factory.getTrustManagers(), null);
    return context;
  }

  private SSLSocket connect(TestServer server, String host, @Nullable X509Bundle own)
      throws Exception {
    Socket socket = server.connect();
    SSLSocket tls =
        (SSLSocket) trusting(own).getSocketFactory().createSocket(socket, "ignored", 0, true);
    SSLParameters parameters = tls.getSSLParameters();
    parameters.setServerNames(List.of(new SNIHostName(host)));
    tls.setSSLParameters(parameters);
    return tls;
  }

  private String subject(TestServer server, String host) throws Exception {
    try (SSLSocket socket = connect(server, host, null)) {
      socket.startHandshake();
      X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return shown.getSubjectX500Principal().getName();
    }
  }

  private static String get(SSLSocket socket) throws IOException {
    socket
        .getOutputStream()
        .write(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII));
    InputStream in = socket.getInputStream();
    return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
  }

  @Test
  void nameOfTheHello_choosesTheCertificate() throws Exception {
    write("a", issue("a.example"));
    write("b", issue("b.example"));
    write("w", issue("w.example"));
    List<Sni> sni =
        List.of(
            new Sni(List.of("b.example"), file("b.pem"), file("b.key")),
            new Sni(List.of("*.w.example"), file("w.pem"), file("w.key")));
    try (TestServer server = serve(config(sni, ClientAuth.NONE))) {
      assertThat(subject(server, "a.example")).isEqualTo("CN=a.example");
      assertThat(subject(server, "b.example")).isEqualTo("CN=b.example");
      assertThat(subject(server, "one.w.example")).isEqualTo("CN=w.example");
      assertThat(subject(server, "unknown.example")).isEqualTo("CN=a.example");
      assertThat(server.cuts).isEmpty();
      await().until(() -> server.open.get() == 0);
    }
  }

  @Test
  void changedFiles_areTakenUpAndBrokenOnesAreNot() throws Exception {
    write("a", issue("one.example"));
    try (TestServer server = serve(config())) {
      server.tls.reload();
      assertThat(server.reloads).isEmpty();

      write("a", issue("two.example"));
      server.tls.reload();
      assertThat(subject(server, "x.example")).isEqualTo("CN=two.example");

      Files.writeString(dir.resolve("a.pem"), "nothing");
      server.tls.reload();
      server.tls.reload();
      assertThat(subject(server, "x.example")).isEqualTo("CN=two.example");

      Files.delete(dir.resolve("a.pem"));
      server.tls.reload();
      server.tls.reload();
      assertThat(subject(server, "x.example")).isEqualTo("CN=two.example");

      write("a", issue("three.example"));
      server.tls.reload();
      assertThat(subject(server, "x.example")).isEqualTo("CN=three.example");
      assertThat(server.reloads).containsExactly(true, false, false, true);
    }
  }

  @Test
  void swappedSymlink_isTakenUp() throws Exception {
    Path first = Files.createDirectory(dir.resolve("first"));
    Path second = Files.createDirectory(dir.resolve("second"));
    write("first/a", issue("one.example"));
    write("second/a", issue("two.example"));
    Path link = Files.createSymbolicLink(dir.resolve("data"), first);
    Files.createSymbolicLink(dir.resolve("a.pem"), Path.of("data/a.pem"));
    Files.createSymbolicLink(dir.resolve("a.key"), Path.of("data/a.key"));
    try (TestServer server = serve(config())) {
      assertThat(subject(server, "x.example")).isEqualTo("CN=one.example");
      Files.delete(link);
      Files.createSymbolicLink(link, second);
      server.tls.reload();

      assertThat(subject(server, "x.example")).isEqualTo("CN=two.example");
      assertThat(server.reloads).containsExactly(true);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "OPTIONAL, none, true",
    "OPTIONAL, good, true",
    "OPTIONAL, foreign, false",
    "REQUIRED, none, false",
    "REQUIRED, good, true",
    "REQUIRED, foreign, false"
  })
  void clientCertificate_isJudged(ClientAuth auth, String shown, boolean served) throws Exception {
    write("a", issue("a.example"));
    Files.writeString(dir.resolve("ca.pem"), authority.getCertificatePEM());
    // Of the same name, so that the client does not keep it to itself.
    X509Bundle foreignAuthority =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=authority")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    X509Bundle own =
        switch (shown) {
          case "good" -> issue("client");
          case "foreign" ->
              new CertificateBuilder()
                  .ecp256()
                  .subject("CN=client")
                  .buildIssuedBy(foreignAuthority);
          default -> null;
        };
    try (TestServer server = serve(config(List.of(), auth));
        SSLSocket socket = connect(server, "a.example", own)) {
      if (served) {
        assertThat(get(socket)).startsWith("HTTP/1.1 200");
        assertThat(server.cuts).isEmpty();
      } else {
        assertThatThrownBy(() -> get(socket)).isInstanceOf(IOException.class);
        await().until(() -> !server.cuts.isEmpty());
        assertThat(server.cuts).containsExactly(CloseReason.TLS);
      }
    }
  }

  @Test
  void alpn_choosesHttp2AndAnswersKeepNoConnectionOpen() throws Exception {
    write("a", issue("a.example"));
    try (TestServer server = serve(config())) {
      for (HttpClient.Version version : HttpClient.Version.values()) {
        HttpClient client =
            HttpClient.newBuilder().version(version).sslContext(trusting(null)).build();
        var response =
            client.send(
                HttpRequest.newBuilder(
                        URI.create("https://localhost:" + server.server.address().getPort() + "/"))
                    .build(),
                BodyHandlers.ofString());
        assertThat(response.version()).isEqualTo(version);
        assertThat(response.body()).isEqualTo("true " + (version == HttpClient.Version.HTTP_2));
      }
      assertThat(server.open.get()).isEqualTo(2);
      server.server.drain();
      await().until(() -> server.open.get() == 0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0301", "0302"})
  void oldVersion_isRefused(String version) throws Exception {
    write("a", issue("a.example"));
    try (TestServer server = serve(config());
        Socket socket = server.connect()) {
      // A hello of that version: random, no session, one cipher, no compression, no extensions.
      byte[] hello = new byte[5 + 4 + 2 + 32 + 1 + 4 + 2];
      byte low = (byte) Integer.parseInt(version.substring(2));
      byte[] start = {22, 3, 1, 0, (byte) (hello.length - 5), 1, 0, 0, (byte) (hello.length - 9)};
      System.arraycopy(start, 0, hello, 0, start.length);
      hello[9] = 3;
      hello[10] = low;
      byte[] end = {0, 0, 2, (byte) 0xc0, 0x13, 1, 0};
      System.arraycopy(end, 0, hello, 43, end.length);
      socket.getOutputStream().write(hello);

      byte[] answer = socket.getInputStream().readAllBytes();
      assertThat(answer).hasSizeGreaterThanOrEqualTo(7);
      // A fatal alert: protocol_version.
      assertThat(answer[0]).isEqualTo((byte) 21);
      assertThat(answer[6]).isEqualTo((byte) 70);
      assertThat(server.cuts).containsExactly(CloseReason.TLS);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\026\003\001\000\120\001"})
  void helloThatDoesNotEnd_isClosedInTimeAndCounted(String sent) throws Exception {
    write("a", issue("a.example"));
    ServerLimits limits = new ServerLimits(1 << 20, SHORT, LONG, LONG, LONG);
    try (TestServer server = new TestServer(limits, config(), ServerTlsTest::echo);
        Socket socket = server.connect()) {
      socket.getOutputStream().write(sent.getBytes(StandardCharsets.ISO_8859_1));

      assertThat(socket.getInputStream().read()).isEqualTo(-1);
      assertThat(server.cuts).containsExactly(CloseReason.TLS);
      await().until(() -> server.open.get() == 0);
    }
  }

  @Test
  void oversizedHello_isRefused() throws Exception {
    write("a", issue("a.example"));
    try (TestServer server = serve(config());
        Socket socket = server.connect()) {
      // A handshake message of 64 KiB, of which the first record tells.
      socket.getOutputStream().write(new byte[] {22, 3, 1, 0, 8, 1, 1, 0, 0, 3, 3, 0, 0});

      socket.getInputStream().readAllBytes();
      assertThat(server.cuts).containsExactly(CloseReason.TLS);
    }
  }

  @Test
  void cleartextOnTheTlsPort_isClosed() throws Exception {
    write("a", issue("a.example"));
    try (TestServer server = serve(config());
        Socket socket = server.connect()) {
      socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

      assertThat(socket.getInputStream().readAllBytes()).asString().doesNotContain("HTTP");
      assertThat(server.cuts).containsExactly(CloseReason.TLS);
    }
  }

  @Test
  void helloOnTheCleartextPort_isRefused() throws Exception {
    try (TestServer server = new TestServer(limits(), ServerTlsTest::echo);
        SSLSocket socket = connect(server, "a.example", null)) {
      assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
      await().until(() -> server.open.get() == 0);
      assertThat(server.refused).containsExactly(ProxyError.HTTP_REQUEST_ERROR);
    }
  }

  @Test
  void endOfAWholeAnswer_isTold() throws Exception {
    write("a", issue("a.example"));
    try (TestServer server = serve(config());
        SSLSocket socket = connect(server, "a.example", null)) {
      // Java's client throws where the end comes without a close_notify.
      assertThat(get(socket)).endsWith("true false");
    }
  }

  @Test
  void answerThatBreaksOff_endsWithoutWord() throws Exception {
    write("a", issue("a.example"));
    RequestHandler handler =
        exchange -> {
          exchange.requestBody().cancel();
          answer(exchange, Bodies.failed(new IOException("gone")));
        };
    try (TestServer server = new TestServer(limits(), config(), handler);
        SSLSocket socket = connect(server, "a.example", null)) {
      assertThatThrownBy(() -> get(socket)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void filesThatCannotBeUsed_areNamedByTheirKey() throws Exception {
    write("a", issue("a.example"));
    write("b", issue("b.example"));
    String key = Files.readString(dir.resolve("a.key"));
    Path keyFile = dir.resolve("a.key");

    Files.writeString(keyFile, key.replace("PRIVATE", "ENCRYPTED PRIVATE"));
    refuses("server.tls.keyFile: holds an encrypted key (expected: PKCS#8, as openssl pkcs8");
    Files.writeString(keyFile, key.replace("PRIVATE", "RSA PRIVATE"));
    refuses("server.tls.keyFile: holds a PKCS#1 key");
    Files.writeString(keyFile, key.replace("PRIVATE", "EC PRIVATE"));
    refuses("server.tls.keyFile: holds a SEC1 key");
    Files.writeString(keyFile, "");
    refuses("server.tls.keyFile: holds no private key");
    Files.copy(dir.resolve("b.key"), keyFile, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    refuses("server.tls.keyFile: is not the key of the certificate");
    Files.delete(keyFile);
    refuses("server.tls.keyFile: there is no file " + keyFile);
    Files.writeString(keyFile, key);
    Files.writeString(dir.resolve("a.pem"), key);
    refuses("server.tls.certFile: holds no certificate");
    Files.writeString(
        dir.resolve("a.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    refuses("server.tls.certFile: holds a certificate that cannot be read");
  }

  private void refuses(String message) {
    assertThatThrownBy(() -> ServerTls.load(config(), ServerListener.NONE))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(message);
  }
}
