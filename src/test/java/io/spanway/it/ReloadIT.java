// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.spanway.app.SpanwayApp;
import io.spanway.config.ConfigException;
import io.spanway.config.ConfigLoader;
import io.spanway.testing.FakeUpstream;
import io.spanway.testing.OtlpCollector;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Other configurations are taken up while requests go on. */
final class ReloadIT {
  private static final String LABELS = "/loki/api/v1/labels";
  private static final String ONE = "{\"status\":\"success\",\"data\":[\"one\"]}";
  private static final String TWO = "{\"status\":\"success\",\"data\":[\"two\"]}";

  @TempDir private Path folder;
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private FakeUpstream one;
  private FakeUpstream two;
  private SpanwayApp app;

  @BeforeEach
  void startUpstreams() throws IOException {
    one = new FakeUpstream();
    two = new FakeUpstream();
    one.script((request, connection) -> connection.answer(200, ONE));
    two.script((request, connection) -> connection.answer(200, TWO));
  }

  @AfterEach
  void stop() throws IOException {
    if (app != null) {
      app.close();
    }
    one.close();
    two.close();
  }

  private String file(FakeUpstream loki, String more) {
    return """
    server: { listen: '127.0.0.1:0', drainTimeout: 1s }
    admin: { listen: '127.0.0.1:0' }
    cache: { maxSize: 0 }
    reload: { interval: 0 }
    loki: { urls: ['%s'] }
    tempo: { urls: ['%s'] }
    """
            .formatted(loki.uri(), two.uri())
        + more;
  }

  private Path write(String text) throws IOException {
    Path file = folder.resolve("spanway.yaml");
    Path made = Files.writeString(folder.resolve("new.yaml"), text);
    return Files.move(
        made, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  private void start(String text) throws IOException, ConfigException {
    Path file = write(text);
    app =
        SpanwayApp.start(
            ConfigLoader.load(file, Map.of()).config(),
            () -> ConfigLoader.load(file, Map.of()),
            "test",
            InstantSource.system());
  }

  private HttpRequest request(String method, String base, String path) {
    return HttpRequest.newBuilder(URI.create(base + path))
        .method(method, HttpRequest.BodyPublishers.noBody())
        .timeout(Duration.ofSeconds(20))
        .build();
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(request("GET", data(), path), BodyHandlers.ofString());
  }

  private HttpResponse<String> admin(String method, String path) throws Exception {
    String base = "http://127.0.0.1:" + app.adminAddress().getPort();
    return client.send(request(method, base, path), BodyHandlers.ofString());
  }

  private String data() {
    return "http://127.0.0.1:" + app.dataAddress().getPort();
  }

  private String metrics() throws Exception {
    return admin("GET", "/metrics").body();
  }

  @Test
  void changedFile_isTakenUpWhenAsked_andTheListenersStay() throws Exception {
    start(file(one, ""));
    int port = app.dataAddress().getPort();
    assertThat(get(LABELS).body()).isEqualTo(ONE);

    write(file(two, "derivedFields: [{ name: a, matcherRegex: 'a=(.)' }]\n"));
    HttpResponse<String> answer = admin("POST", "/-/reload");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("changed: loki.urls, derivedFields\n");
    assertThat(get(LABELS).body()).isEqualTo(TWO);
    assertThat(app.dataAddress().getPort()).isEqualTo(port);
    assertThat(admin("GET", "/-/config").body()).contains(two.uri().toString());
    assertThat(admin("GET", "/-/reload").body())
        .contains("\"good\":true", "\"changed: loki.urls, derivedFields\"");
    assertThat(metrics())
        .contains("spanway_config_reloads_total{outcome=\"loaded\"} 1.0")
        .contains("spanway_config_last_reload_successful 1.0");
  }

  @Test
  void tracing_beginsAndEndsWithTheFile() throws Exception {
    try (OtlpCollector collector = new OtlpCollector()) {
      start(file(one, ""));
      get(LABELS);
      write(file(one, "telemetry: { otlp: { url: '" + collector.url() + "' } }\n"));
      assertThat(admin("POST", "/-/reload").statusCode()).isEqualTo(200);
      get(LABELS);
      await().until(() -> app.requestsInFlight() == 0);

      write(file(one, ""));
      assertThat(admin("POST", "/-/reload").statusCode()).isEqualTo(200);
      get(LABELS);

      assertThat(collector.spans(2)).hasSize(2);
      assertThat(collector.spans().get(0).getTraceId())
          .isEqualTo(collector.spans().get(1).getTraceId());
      assertThat(one.requests()).hasSize(3);
      assertThat(one.requests().get(2).header("traceparent")).endsWith("-00");
    }
  }

  @Test
  void unchangedFile_changesNothing() throws Exception {
    start(file(one, ""));

    assertThat(admin("POST", "/-/reload").body()).isEqualTo("nothing changed\n");
  }

  @Test
  void fileThatCannotBeUsed_leavesTheFormerInForce() throws Exception {
    start(file(one, ""));

    write(file(two, "cache2: {}\n"));
    HttpResponse<String> answer = admin("POST", "/-/reload");

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(answer.body()).startsWith("the configuration in force stays\n").contains("cache2");
    assertThat(get(LABELS).body()).isEqualTo(ONE);
    assertThat(admin("GET", "/-/reload").body()).contains("\"good\":false", "cache2");
    assertThat(metrics())
        .contains("spanway_config_reloads_total{outcome=\"failed\"} 1.0")
        .contains("spanway_config_last_reload_successful 0.0");

    write(file(one, ""));
    assertThat(admin("POST", "/-/reload").statusCode()).isEqualTo(200);
    assertThat(metrics()).contains("spanway_config_last_reload_successful 1.0");
  }

  @Test
  void addressThatIsTaken_changesNothingAtAll() throws Exception {
    start(file(one, ""));
    String taken = "127.0.0.1:" + one.uri().getPort();

    write(
        file(two, "")
            .replace("admin: { listen: '127.0.0.1:0' }", "admin: { listen: '" + taken + "' }"));
    HttpResponse<String> answer = admin("POST", "/-/reload");

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(answer.body()).contains("cannot listen on " + taken);
    assertThat(get(LABELS).body()).isEqualTo(ONE);
  }

  @Test
  void requestUnderWay_keepsItsConfiguration() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    one.script(
        (request, connection) -> {
          if (request.target().startsWith(LABELS)) {
            asked.countDown();
            assertThat(goOn.await(20, TimeUnit.SECONDS)).isTrue();
          }
          connection.answer(200, ONE);
        });
    start(file(one, ""));
    CompletableFuture<HttpResponse<String>> first =
        client.sendAsync(request("GET", data(), LABELS), BodyHandlers.ofString());
    assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();

    write(file(two, ""));
    assertThat(admin("POST", "/-/reload").statusCode()).isEqualTo(200);
    assertThat(get(LABELS).body()).isEqualTo(TWO);
    goOn.countDown();

    assertThat(first.get(20, TimeUnit.SECONDS).body()).isEqualTo(ONE);
    await().atMost(Duration.ofSeconds(10)).until(() -> one.openConnections() == 0);
  }

  @Test
  void upstreamThatStays_keepsItsConnections() throws Exception {
    start(file(one, ""));
    get(LABELS);
    long before =
        one.requests().stream().mapToInt(FakeUpstream.Request::connection).max().getAsInt();

    write(file(one, "limits: { maxLogLimit: 7 }\n"));
    assertThat(admin("POST", "/-/reload").body()).isEqualTo("changed: limits.maxLogLimit\n");
    await().until(() -> app.requestsInFlight() == 0);
    get(LABELS);

    assertThat(one.openConnections()).isPositive();
    assertThat(
            one.requests().stream()
                .filter(
                    request ->
                        request.target().startsWith(LABELS) && !request.target().contains("since"))
                .mapToLong(FakeUpstream.Request::connection)
                .max()
                .getAsLong())
        .isLessThanOrEqualTo(before);
  }

  @Test
  void otherAddress_opensAndTheFormerDrains() throws Exception {
    start(file(one, ""));
    String former = data();
    get(LABELS);

    write(
        file(one, "")
            .replace("server: { listen: '127.0.0.1:0'", "server: { listen: 'localhost:0'"));
    assertThat(admin("POST", "/-/reload").body()).isEqualTo("changed: server.listen\n");

    assertThat(data()).isNotEqualTo(former);
    assertThat(get(LABELS).body()).isEqualTo(ONE);
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () ->
                assertThat(
                        HttpClient.newHttpClient()
                            .sendAsync(request("GET", former, LABELS), BodyHandlers.ofString())
                            .handle((answer, failure) -> failure)
                            .get(10, TimeUnit.SECONDS))
                    .isNotNull());
  }

  @Test
  void keyOfTheStart_isToldToNeedARestart() throws Exception {
    start(file(one, ""));

    write(file(one, "").replace("server: {", "server: { threads: 3,"));

    assertThat(admin("POST", "/-/reload").body())
        .isEqualTo("changed: server.threads\nserver.threads: takes effect after a restart\n");
  }

  @Test
  void limitsOfTheListener_holdForNewConnections() throws Exception {
    start(file(one, ""));
    String long9k = LABELS + "?x=" + "y".repeat(9 * 1024);
    assertThat(get(long9k).statusCode()).isEqualTo(200);

    write(file(one, "").replace("server: {", "server: { maxHead: 8KiB,"));
    admin("POST", "/-/reload");

    HttpResponse<String> refused =
        HttpClient.newHttpClient().send(request("GET", data(), long9k), BodyHandlers.ofString());
    assertThat(refused.statusCode()).isIn(414, 431);
  }

  @Test
  void watchedFile_isTakenUpByItself_alsoBehindALink() throws Exception {
    // As Kubernetes mounts a ConfigMap: what the link leads to is exchanged.
    Path first = Files.createDirectory(folder.resolve("first"));
    Path second = Files.createDirectory(folder.resolve("second"));
    Files.writeString(first.resolve("f"), file(one, "").replace("interval: 0", "interval: 1s"));
    Files.writeString(second.resolve("f"), file(two, "").replace("interval: 0", "interval: 1s"));
    Path link = Files.createSymbolicLink(folder.resolve("..data"), first);
    Path file = link.resolve("f");
    app =
        SpanwayApp.start(
            ConfigLoader.load(file, Map.of()).config(),
            () -> ConfigLoader.load(file, Map.of()),
            "test",
            InstantSource.system());
    assertThat(get(LABELS).body()).isEqualTo(ONE);

    Path made = Files.createSymbolicLink(folder.resolve("..tmp"), second);
    Files.move(made, link, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(get(LABELS).body()).isEqualTo(TWO));
  }

  @Test
  void reloadsUnderLoad_loseNoRequest() throws Exception {
    start(file(one, ""));
    for (int i = 0; i < 10; i++) {
      CompletableFuture<?>[] all = new CompletableFuture<?>[20];
      for (int j = 0; j < all.length; j++) {
        all[j] =
            client
                .sendAsync(request("GET", data(), LABELS), BodyHandlers.ofString())
                .thenAccept(answer -> assertThat(answer.body()).isIn(ONE, TWO));
      }
      write(file(i % 2 == 0 ? two : one, ""));
      assertThat(admin("POST", "/-/reload").statusCode()).isEqualTo(200);
      CompletableFuture.allOf(all).get(30, TimeUnit.SECONDS);
    }
    assertThat(metrics()).contains("spanway_config_reloads_total{outcome=\"loaded\"} 10.0");
  }

  @Test
  void reloadFromAnotherOrigin_orWithoutAFile_isRefused() throws Exception {
    start(file(one, ""));
    HttpRequest foreign =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + app.adminAddress().getPort() + "/-/reload"))
            .POST(HttpRequest.BodyPublishers.noBody())
            .header("Sec-Fetch-Site", "cross-site")
            .build();
    assertThat(client.send(foreign, BodyHandlers.ofString()).statusCode()).isEqualTo(403);
    assertThat(admin("DELETE", "/-/reload").statusCode()).isEqualTo(405);

    try (ScriptGateway fixed = ScriptGateway.start(one.uri().getPort(), two.uri().getPort(), "")) {
      HttpResponse<String> answer = fixed.admin("POST", "/-/reload");

      assertThat(answer.statusCode()).isEqualTo(409);
      assertThat(answer.body()).isEqualTo("this Spanway was started without a file\n");
    }
  }
}
