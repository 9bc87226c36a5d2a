// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoop;
import io.spanway.proxy.Upstreams.Backend;
import io.spanway.server.ServerConfig;
import io.spanway.testing.FakeUpstream;
import io.spanway.upstream.PoolListener;
import io.spanway.upstream.UpstreamAddress;
import io.spanway.upstream.UpstreamClient;
import io.spanway.upstream.UpstreamHealth;
import io.spanway.upstream.UpstreamRetries;
import io.spanway.upstream.UpstreamSettings;
import io.spanway.upstream.UpstreamTimeouts;
import io.spanway.upstream.UpstreamTls;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class UpstreamMonitorTest {
  private final Transport transport = Transport.start(ServerConfig.DEFAULT);
  private final EventLoop loop = transport.workers().next();
  private final List<FakeUpstream.Connection> hung = new CopyOnWriteArrayList<>();
  private FakeUpstream loki;
  private FakeUpstream tempo;
  private UpstreamMonitor monitor;

  @BeforeEach
  void start() throws Exception {
    loki = new FakeUpstream();
    tempo = new FakeUpstream();
    monitor =
        new UpstreamMonitor(
            loop,
            backend("loki", loki),
            backend("tempo", tempo),
            Set.of("namespace", "team"),
            null);
  }

  @AfterEach
  void stop() throws Exception {
    transport.acceptors().shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    transport.workers().shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    loki.close();
    tempo.close();
  }

  private Backend backend(String name, FakeUpstream upstream) {
    UpstreamSettings settings =
        new UpstreamSettings(
            name,
            List.of(UpstreamAddress.parse(upstream.uri() + "/base")),
            UpstreamSettings.Protocol.HTTP1,
            UpstreamTimeouts.DEFAULT,
            UpstreamHealth.DEFAULT,
            UpstreamTls.DEFAULT,
            8,
            8,
            transport.socketType(),
            UpstreamRetries.OFF);
    UpstreamClient client = new UpstreamClient(settings, Runnable::run, PoolListener.NONE);
    return new Backend(client, client, null, null, name);
  }

  private void look() throws Exception {
    loop.submit(monitor::look).get();
  }

  private void awaitLine(String line) {
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(monitor.readiness().lines()).contains(line));
  }

  private void hang(FakeUpstream.Request request, FakeUpstream.Connection connection)
      throws Exception {
    hung.add(connection);
    connection.awaitClosed();
  }

  private static String path(FakeUpstream.Request request) {
    return request.target().substring("/base".length());
  }

  @Test
  void upstreamThatHung_isAskedAgainAndFoundUp() throws Exception {
    tempo.script(this::hang);
    look();
    await().until(() -> hung.size() == 1);
    assertThat(monitor.readiness().ready()).isFalse();
    look();
    awaitLine("tempo: down: no answer in 5 s");
    await().until(() -> hung.size() == 2 && hung.get(0).isClosedByPeer());

    tempo.script((request, connection) -> connection.answer(200, "ready\n"));
    look();
    awaitLine("tempo: up");
    awaitLine("loki: up");

    assertThat(monitor.readiness().ready()).isTrue();
    await().until(() -> hung.get(1).isClosedByPeer());
  }

  @Test
  void answerThatStaysHalf_isGivenUp() throws Exception {
    tempo.script(
        (request, connection) -> {
          connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
          hang(request, connection);
        });
    look();
    await().until(() -> hung.size() == 1);
    look();
    awaitLine("tempo: down: no answer in 5 s");
    await().until(() -> hung.get(0).isClosedByPeer());
  }

  @ParameterizedTest
  @CsvSource({
    "200, 200, up",
    "503, 200, down: it answers 503",
    "401, 500, up",
    "403, 500, up",
    "404, 200, up",
    "404, 404, up",
    "404, 502, down: it answers 502",
  })
  void readyDecides_elseWhatEveryVersionAnswers(int ready, int other, String state)
      throws Exception {
    FakeUpstream.Script script =
        (request, connection) ->
            connection.answer(
                switch (path(request)) {
                  case "/ready" -> ready;
                  case "/loki/api/v1/status/buildinfo", "/api/echo" -> other;
                  default -> 200;
                },
                "{}");
    loki.script(script);
    tempo.script(script);
    look();

    awaitLine("loki: " + state);
    awaitLine("tempo: " + state);
    assertThat(monitor.readiness().ready()).isEqualTo(state.equals("up"));
  }

  @Test
  void labelsThatHang_areAskedForAgain() throws Exception {
    FakeUpstream.Script all =
        (request, connection) ->
            connection.answer(200, "{\"status\":\"success\",\"data\":[\"namespace\"]}");
    loki.script(
        (request, connection) -> {
          if (path(request).startsWith("/loki/api/v1/labels")) {
            hang(request, connection);
          } else {
            all.serve(request, connection);
          }
        });
    look();
    await().until(() -> hung.size() == 1);
    loki.script(all);
    look();

    awaitLine("note: loki has no label team, which tracesToLogsV2.tags names");
    await().until(() -> hung.get(0).isClosedByPeer());
    assertThat(monitor.missingLabels()).isEqualTo(1);
  }

  @Test
  void labelThatLokiLacks_isNamedWithTheNearestUntilItIsThere() throws Exception {
    loki.script(
        (request, connection) ->
            connection.answer(200, "{\"status\":\"success\",\"data\":[\"name_space\",\"team\"]}"));
    look();
    awaitLine(
        "note: loki has no label namespace, which tracesToLogsV2.tags names (nearest:"
            + " name_space)");
    assertThat(monitor.missingLabels()).isEqualTo(1);

    loki.script(
        (request, connection) ->
            connection.answer(200, "{\"status\":\"success\",\"data\":[\"namespace\",\"team\"]}"));
    look();

    await().atMost(Duration.ofSeconds(10)).until(() -> monitor.missingLabels() == 0);
    assertThat(monitor.readiness().lines()).containsOnly("loki: up", "tempo: up");
  }
}
