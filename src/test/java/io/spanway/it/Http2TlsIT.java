// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.spanway.testing.FakeUpstream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Everything by one encrypted port: gRPC, and plain requests by HTTP/2 and by HTTP/1.1. */
@ParameterizedClass
@ValueSource(ints = {1, 2})
final class Http2TlsIT extends GrpcFixture {
  @TempDir static Path directory;
  private static SelfSigned identity;

  @BeforeAll
  static void makeIdentity() throws Exception {
    identity = SelfSigned.make(directory);
  }

  private void startSecure() throws Exception {
    tempo.close();
    tempo = new GrpcTempo(identity.certificate(), identity.key());
    start(
        tempo.uri(),
        ", tls: { certFile: '" + identity.certificate() + "', keyFile: '" + identity.key() + "' }",
        ", tls: { caFile: '" + identity.certificate() + "' }");
  }

  private HttpClient http(HttpClient.Version version) {
    return HttpClient.newBuilder()
        .version(version)
        .sslContext(identity.trusting())
        .connectTimeout(Duration.ofSeconds(10))
        .build();
  }

  private HttpRequest.Builder request(String target) {
    return HttpRequest.newBuilder(
            URI.create("https://127.0.0.1:" + gateway.data().getPort() + target))
        .timeout(Duration.ofSeconds(20));
  }

  @Test
  void grpc_passesOverTlsOnBothSides() throws Exception {
    startSecure();
    ManagedChannel channel =
        keep(
            NettyChannelBuilder.forAddress(gateway.data())
                .overrideAuthority("127.0.0.1")
                .sslContext(
                    GrpcSslContexts.forClient().trustManager(identity.certificate()).build())
                .build());

    assertThat(texts(search(channel, bytes("secret"), with(headers("x-scope-orgid", "a")))))
        .containsExactly("secret");

    assertThat(tempo.call().header("x-scope-orgid")).isEqualTo("a");
    assertThat(tempo.call().header("x-forwarded-proto")).isEqualTo("https");
  }

  @Test
  void plainRequest_reachesTheUpstreamAsByHttp1() throws Exception {
    startSecure();

    HttpResponse<String> answer =
        http(HttpClient.Version.HTTP_2)
            .send(
                request(WireFixture.RELAYED + "?a=%7Bb%7D")
                    .header("X-Scope-OrgID", "team-a")
                    .build(),
                BodyHandlers.ofString());

    assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("fine\n");
    assertThat(answer.headers().firstValue("x-spanway-cache")).isPresent();
    FakeUpstream.Request came = loki.request();
    assertThat(came.target()).isEqualTo("/plain?a=%7Bb%7D");
    assertThat(came.header("host")).isEqualTo(loki.uri().getAuthority());
    assertThat(came.header("x-forwarded-host")).isEqualTo("127.0.0.1:" + gateway.data().getPort());
    assertThat(came.header("x-forwarded-proto")).isEqualTo("https");
    assertThat(came.header("x-scope-orgid")).isEqualTo("team-a");
    assertThat(came.header("via")).startsWith("2.0 spanway-");
  }

  @Test
  void bodies_passWhole() throws Exception {
    loki.script((request, connection) -> connection.answer(200, connection.readBody(request)));
    startSecure();
    String large = "0123456789abcdef".repeat(1 << 16);

    HttpResponse<String> answer =
        http(HttpClient.Version.HTTP_2)
            .send(
                request(WireFixture.PUSH).POST(BodyPublishers.ofString(large)).build(),
                BodyHandlers.ofString());

    assertThat(answer.body()).isEqualTo(large);
  }

  @Test
  void manyRequestsOfOneConnection_runAtTheSameTime() throws Exception {
    int requests = 50;
    CountDownLatch all = new CountDownLatch(requests);
    loki.script(
        (request, connection) -> {
          all.countDown();
          all.await();
          connection.answer(200, request.target());
        });
    startSecure();
    HttpClient client = http(HttpClient.Version.HTTP_2);
    // The first request makes the connection that the others share.
    assertThat(client.send(request("/nothing").build(), BodyHandlers.ofString()).statusCode())
        .isEqualTo(404);
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();

    for (int i = 0; i < requests; i++) {
      answers.add(
          client.sendAsync(
              request(WireFixture.RELAYED + "?" + i).build(), BodyHandlers.ofString()));
    }

    for (int i = 0; i < requests; i++) {
      assertThat(answers.get(i).get(20, TimeUnit.SECONDS).body()).isEqualTo("/plain?" + i);
    }
    assertThat(gateway.metric("spanway_client_connections", "")).isOne();
  }

  @Test
  void errors_arePlainText() throws Exception {
    startSecure();

    HttpResponse<String> answer =
        http(HttpClient.Version.HTTP_2)
            .send(request("/debug/pprof").build(), BodyHandlers.ofString());

    assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body()).startsWith("administrative paths");
  }

  @Test
  void http1_isServedOnTheSamePort() throws Exception {
    startSecure();

    HttpResponse<String> answer =
        http(HttpClient.Version.HTTP_1_1)
            .send(request(WireFixture.RELAYED).build(), BodyHandlers.ofString());

    assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
    assertThat(answer.body()).isEqualTo("fine\n");
    assertThat(loki.request().header("via")).startsWith("1.1 spanway-");
  }

  @Test
  void callerAboveItsRate_isToldSoOnAStreamOfItsOwn() throws Exception {
    start(
        tempo.uri(),
        ", tls: { certFile: '" + identity.certificate() + "', keyFile: '" + identity.key() + "' }",
        " }\nlimits: { rate: { requestsPerSecond: 1, burst: 1 }");
    HttpClient client = http(HttpClient.Version.HTTP_2);
    HttpRequest request = request(WireFixture.RELAYED).build();
    assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);

    HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
    // A machine that is slow enough may find the next second begun.
    for (int i = 0; i < 100 && answer.statusCode() == 200; i++) {
      answer = client.send(request, BodyHandlers.ofString());
    }

    assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
    assertThat(answer.statusCode()).isEqualTo(429);
    assertThat(answer.headers().firstValue("retry-after")).contains("1");
    HttpRequest other = request(WireFixture.RELAYED).header("X-Scope-OrgID", "b").build();
    assertThat(client.send(other, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
  }
}
