// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.spanway.testing.Gateway;
import io.spanway.testing.RawClient;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Callers who are known by their certificates, by every protocol of the data listener. */
@ParameterizedClass
@ValueSource(ints = 2)
final class MtlsIT extends GrpcFixture {
  private static final String NOTHING =
      "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[],\"stats\":{}}}";
  private static final String CALLERS =
      "callers: [{ name: 'spiffe://acme/ann', tenants: [team-a], labelPolicies: ['1:{a=\"b\"}'] },"
          + " { name: 'spiffe://acme/bob', tenants: [team-b] }]";

  @TempDir Path dir;
  private X509Bundle authority;
  private X509Bundle ann;
  private X509Bundle bob;

  @BeforeEach
  void issueAll() throws Exception {
    authority = authority("authority");
    ann = client("ann").buildIssuedBy(authority);
    bob = client("bob").buildIssuedBy(authority);
    X509Bundle server =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=localhost")
            .addSanDnsName("localhost")
            .buildIssuedBy(authority);
    Files.writeString(dir.resolve("ca.pem"), authority.getCertificatePEM());
    Files.writeString(dir.resolve("cert.pem"), server.getCertificatePathPEM());
    Files.writeString(dir.resolve("key.pem"), server.getPrivateKeyPEM());
    loki.script(
        (request, connection) -> {
          if (request.target().contains("/tail")) {
            connection.send(WireTailIT.SWITCHING);
            connection.awaitClosed();
            return;
          }
          connection.readBody(request);
          connection.send(
              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                  + NOTHING.length()
                  + "\r\n\r\n"
                  + NOTHING);
        });
  }

  private static X509Bundle authority(String name) throws Exception {
    return new CertificateBuilder()
        .ecp256()
        .subject("CN=" + name)
        .setIsCertificateAuthority(true)
        .buildSelfSigned();
  }

  private static CertificateBuilder client(String name) throws Exception {
    return new CertificateBuilder()
        .ecp256()
        .subject("CN=" + name + ",O=Acme")
        .addSanUriName("spiffe://acme/" + name);
  }

  private void start(String clientAuth) throws IOException {
    gateway =
        Gateway.start(
            "server: { listen: 127.0.0.1:0, threads: "
                + threads
                + ", tls: { certFile: '"
                + dir.resolve("cert.pem")
                + "', keyFile: '"
                + dir.resolve("key.pem")
                + "', clientCaFile: '"
                + dir.resolve("ca.pem")
                + "', reloadInterval: 100ms, clientAuth: "
                + clientAuth
                + " } }\nadmin: { listen: 127.0.0.1:0 }\nloki: { urls: ["
                + loki.uri()
                + "] }\ntempo: { urls: ["
                + loki.uri()
                + "], grpcUrls: ["
                + tempo.uri()
                + "] }\ntelemetry: { accessLog: { enabled: false } }\n"
                + "identity: { auth: { method: mtls, mtls: { nameFrom: uri }, "
                + CALLERS
                + " } }\n");
  }

  private SSLContext as(@Nullable X509Bundle who) throws Exception {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    trusted.setCertificateEntry("authority", authority.getCertificate());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    KeyManager[] keys = who == null ? null : who.toKeyManagerFactory().getKeyManagers();
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, trust.getTrustManagers(), null);
    return context;
  }

  private HttpResponse<String> get(
      @Nullable X509Bundle who, HttpClient.Version version, String target, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("https://localhost:" + gateway.data().getPort() + target))
            .timeout(Duration.ofSeconds(20));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return HttpClient.newBuilder()
        .version(version)
        .sslContext(as(who))
        .build()
        .send(request.build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> get(@Nullable X509Bundle who, String... headers) throws Exception {
    return get(who, HttpClient.Version.HTTP_1_1, WireFixture.RELAYED, headers);
  }

  private ManagedChannel channel(@Nullable X509Bundle who) throws Exception {
    SslContextBuilder tls = GrpcSslContexts.forClient().trustManager(authority.getCertificate());
    if (who != null) {
      tls.keyManager(who.getKeyPair().getPrivate(), who.getCertificate());
    }
    return keep(
        NettyChannelBuilder.forAddress(gateway.data())
            .overrideAuthority("localhost")
            .sslContext(tls.build())
            .build());
  }

  private RawClient.Answer tail(@Nullable X509Bundle who) throws Exception {
    return tail(as(who));
  }

  private RawClient.Answer tail(SSLContext tls) throws Exception {
    Socket socket = tls.getSocketFactory().createSocket("localhost", gateway.data().getPort());
    try (RawClient client = RawClient.over(socket)) {
      return client
          .send(WireTailIT.HANDSHAKE.replace("\r\nHost: s", "\r\nHost: s\r\nx-scope-orgid: evil"))
          .answer();
    }
  }

  /** Row 4. */
  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void tenantOfTheClient_isReplacedByThatOfItsCertificate(HttpClient.Version version)
      throws Exception {
    start("required");

    HttpResponse<String> answer =
        get(
            ann,
            version,
            WireFixture.RELAYED,
            "X-Scope-OrgID",
            "evil",
            "X-Prom-Label-Policy",
            "1:{}",
            "Authorization",
            "Bearer x");

    assertThat(answer.version()).isEqualTo(version);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(loki.request().all("x-scope-orgid")).containsExactly("team-a");
    assertThat(loki.request().all("x-prom-label-policy")).containsExactly("1:{a=\"b\"}");
    assertThat(loki.request().all("authorization")).isEmpty();
  }

  @Test
  void grpc_isInTheTenantOfTheCertificate() throws Exception {
    start("optional");

    assertThat(texts(search(channel(ann), bytes("q"), with(headers("x-scope-orgid", "evil")))))
        .containsExactly("q");
    assertThat(tempo.call().headers().getAll(GrpcTempo.ascii("x-scope-orgid")))
        .containsExactly("team-a");

    Status stranger = failure(search(channel((X509Bundle) null), bytes("q")));
    assertThat(stranger.getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(stranger.getDescription()).isEqualTo("this Spanway asks for a client certificate");
    X509Bundle eve = client("eve").buildIssuedBy(authority);
    assertThat(failure(search(channel(eve), bytes("q"))).getCode())
        .isEqualTo(Status.Code.PERMISSION_DENIED);
  }

  @Test
  void tail_isForCallersWithCertificateAndInTheirTenant() throws Exception {
    start("optional");

    assertThat(tail((X509Bundle) null).status()).isEqualTo(401);
    assertThat(loki.requests()).isEmpty();
    assertThat(tail(ann).status()).isEqualTo(101);
    assertThat(loki.request().all("x-scope-orgid")).containsExactly("team-a");
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void strangers_areToldWhatIsMissing(HttpClient.Version version) throws Exception {
    start("optional");

    HttpResponse<String> nobody =
        get(null, version, WireFixture.RELAYED, "X-Scope-OrgID", "team-a");
    assertThat(nobody.statusCode()).isEqualTo(401);
    assertThat(nobody.body()).isEqualTo("this Spanway asks for a client certificate\n");
    assertThat(nobody.headers().firstValue("www-authenticate"))
        .hasValue("ClientCertificate realm=\"spanway\"");
    HttpResponse<String> eve =
        get(client("eve").buildIssuedBy(authority), version, WireFixture.RELAYED);
    assertThat(eve.statusCode()).isEqualTo(403);
    assertThat(eve.body()).isEqualTo("nobody has set what you may do here\n");
    assertThat(loki.requests()).isEmpty();
    assertThat(gateway.metric("spanway_auth_refusals_total{", "reason=\"no_certificate\"")).isOne();
    assertThat(gateway.metric("spanway_auth_refusals_total{", "reason=\"unmapped\"")).isOne();
  }

  @ParameterizedTest
  @ValueSource(strings = {"optional", "required"})
  void certificateThatNobodyVouchesFor_getsNoConnection(String clientAuth) throws Exception {
    start(clientAuth);
    X509Bundle forged = client("ann").buildIssuedBy(authority("authority"));
    X509Bundle expired =
        client("ann")
            .notBefore(Instant.now().minus(Duration.ofDays(2)))
            .notAfter(Instant.now().minus(Duration.ofDays(1)))
            .buildIssuedBy(authority);

    assertThatThrownBy(() -> tail(forged)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> tail(expired)).isInstanceOf(IOException.class);
    assertThat(loki.requests()).isEmpty();
    assertThat(get(ann).statusCode()).isEqualTo(200);
  }

  /** Rows 1 to 3. */
  @Test
  void cachedAnswers_areNotGivenToACertificateOfAnotherTenant() throws Exception {
    start("required");
    HttpClient.Version version = HttpClient.Version.HTTP_2;

    assertThat(cache(get(ann, version, WireFixture.CACHED))).startsWith("miss");
    assertThat(cache(get(ann, version, WireFixture.CACHED))).startsWith("hit");
    assertThat(cache(get(bob, version, WireFixture.CACHED, "X-Scope-OrgID", "team-a")))
        .startsWith("miss");
    assertThat(loki.requests()).hasSize(2);
    assertThat(loki.requests().get(1).all("x-scope-orgid")).containsExactly("team-b");
  }

  private static String cache(HttpResponse<String> answer) {
    return answer.headers().firstValue("x-spanway-cache").orElseThrow();
  }

  @Test
  void authorityTakenOutOfTheFile_vouchesForNobodyAnyMore() throws Exception {
    start("optional");
    assertThat(get(ann).statusCode()).isEqualTo(200);
    X509Bundle next = authority("next");

    Files.writeString(dir.resolve("ca.pem"), next.getCertificatePEM());

    X509Bundle carol = client("bob").buildIssuedBy(next);
    await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .until(() -> get(carol).statusCode() == 200);
    // Java's client does not even show what the listener does not ask for.
    assertThat(tail(ann).status()).isEqualTo(401);
  }

  /** A session that is resumed is its certificate's too. */
  @ParameterizedTest
  @ValueSource(strings = {"optional", "required"})
  void resumedSession_keepsItsCertificate(String clientAuth) throws Exception {
    start(clientAuth);
    SSLContext anns = as(ann);

    for (int i = 0; i < 3; i++) {
      assertThat(tail(anns).status()).isEqualTo(101);
    }
    assertThat(loki.requests())
        .hasSize(3)
        .allSatisfy(came -> assertThat(came.all("x-scope-orgid")).containsExactly("team-a"));
  }

  @Test
  void listenerThatAsksForNoCertificate_isNotStarted() {
    assertThatThrownBy(
            () ->
                Gateway.start(
                    "server: { listen: 127.0.0.1:0 }\nadmin: { listen: 127.0.0.1:0 }\nloki: { urls:"
                        + " [http://localhost:1] }\ntempo: { urls: [http://localhost:1] }\n"
                        + "identity: { auth: { method: mtls, callers: [{ name: '*' }] } }\n"))
        .hasMessageContaining("identity.auth.method")
        .hasMessageContaining("was mtls (expected: another, or server.tls with clientCaFile");
  }
}
