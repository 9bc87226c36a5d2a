// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Status;
import io.spanway.testing.Gateway;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in by gRPC, and so by HTTP/2. */
@ParameterizedClass
@ValueSource(ints = 2)
final class GrpcAuthIT extends GrpcFixture {
  private static final String ANN = "Bearer ann-0123456789abcdef";

  @TempDir Path directory;

  private void startBearer() throws IOException {
    startBearer("");
  }

  private void startBearer(String server) throws IOException {
    Path file = directory.resolve("tokens");
    Files.writeString(file, "ann:plain:ann-0123456789abcdef\neve:plain:eve-0123456789abcdef\n");
    gateway =
        Gateway.start(
            "server: { listen: 127.0.0.1:0, threads: "
                + threads
                + server
                + " }\nadmin: { listen: 127.0.0.1:0 }\nloki: { urls: ["
                + loki.uri()
                + "] }\ntempo: { urls: ["
                + loki.uri()
                + "], grpcUrls: ["
                + tempo.uri()
                + "] }\ntelemetry: { accessLog: { enabled: false } }\n"
                + "limits: { classes: { gold: {} } }\nidentity: { auth: { method: bearer, file: '"
                + file
                + "', "
                + AuthIT.CALLERS
                + " } }\n");
  }

  @Test
  void stranger_isUnauthenticated() throws Exception {
    startBearer();

    assertThat(failure(search(channel(), bytes("x"))).getCode())
        .isEqualTo(Status.Code.UNAUTHENTICATED);
    Status wrong =
        failure(search(channel(), bytes("x"), with(headers("authorization", "Bearer guess"))));
    assertThat(wrong.getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(wrong.getDescription()).isEqualTo("the credentials are not accepted");
    assertThat(gateway.metric("spanway_requests_seconds_count{", "upstream=\"tempo\""))
        .isEqualTo(2);
    assertThat(gateway.metric("spanway_upstream_requests_seconds_count{", "")).isZero();
  }

  @Test
  void callerWithoutRuleOrRight_isDenied() throws Exception {
    startBearer();

    assertThat(
            failure(
                    search(
                        channel(),
                        bytes("x"),
                        with(headers("authorization", "Bearer eve-0123456789abcdef"))))
                .getCode())
        .isEqualTo(Status.Code.PERMISSION_DENIED);
    // What Spanway does not know may write.
    assertThat(
            failure(
                    call(
                        channel(),
                        "tempopb.Pusher/PushBytesV2",
                        CallOptions.DEFAULT,
                        bytes("x"),
                        with(headers("authorization", ANN))))
                .getCode())
        .isEqualTo(Status.Code.PERMISSION_DENIED);
  }

  /** Row 4 and row 48, gRPC: metadata of tenant and policy are replaced, the proof kept back. */
  @Test
  void tenantAndPolicyOfTheClient_areReplaced() throws Exception {
    startBearer();

    assertThat(
            texts(
                search(
                    channel(),
                    bytes("question"),
                    with(
                        headers(
                            "authorization",
                            ANN,
                            "x-scope-orgid",
                            "evil",
                            "x-scope-orgid",
                            "worse",
                            "x-prom-label-policy",
                            "1:{}")))))
        .containsExactly("question");

    var came = tempo.call().headers();
    assertThat(came.getAll(GrpcTempo.ascii("x-scope-orgid"))).containsExactly("team-a");
    assertThat(came.getAll(GrpcTempo.ascii("x-prom-label-policy"))).containsExactly("1:{a=\"b\"}");
    assertThat(came.containsKey(GrpcTempo.ascii("authorization"))).isFalse();
  }

  @Test
  void plainRequestByHttp2_isForCallersToo() throws Exception {
    SelfSigned identity = SelfSigned.make(directory);
    startBearer(
        ", tls: { certFile: '" + identity.certificate() + "', keyFile: '" + identity.key() + "' }");
    HttpClient client = HttpClient.newBuilder().sslContext(identity.trusting()).build();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
            URI.create("https://127.0.0.1:" + gateway.data().getPort() + WireFixture.RELAYED));

    HttpResponse<String> stranger = client.send(request.build(), BodyHandlers.ofString());
    assertThat(stranger.version()).isEqualTo(HttpClient.Version.HTTP_2);
    assertThat(stranger.statusCode()).isEqualTo(401);
    assertThat(stranger.headers().firstValue("www-authenticate"))
        .hasValue("Bearer realm=\"spanway\"");
    assertThat(loki.requests()).isEmpty();

    request.header("Authorization", ANN).header("X-Scope-OrgID", "evil");
    loki.answers("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfine\n");
    assertThat(client.send(request.build(), BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    assertThat(loki.request().all("x-scope-orgid")).containsExactly("team-a");
    assertThat(loki.request().all("authorization")).isEmpty();
  }
}
