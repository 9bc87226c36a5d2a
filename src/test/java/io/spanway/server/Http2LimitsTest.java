// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import static io.spanway.server.Http2Socket.CONTINUATION;
import static io.spanway.server.Http2Socket.DATA;
import static io.spanway.server.Http2Socket.END;
import static io.spanway.server.Http2Socket.END_HEADERS;
import static io.spanway.server.Http2Socket.GOAWAY;
import static io.spanway.server.Http2Socket.HEADERS;
import static io.spanway.server.Http2Socket.PING;
import static io.spanway.server.Http2Socket.RST_STREAM;
import static io.spanway.server.Http2Socket.SETTINGS;
import static io.spanway.server.Http2Socket.WINDOW_UPDATE;
import static io.spanway.server.TestServer.LONG;
import static io.spanway.server.TestServer.SHORT;
import static io.spanway.server.TestServer.answer;
import static io.spanway.server.TestServer.limits;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.handler.codec.http2.Http2Error;
import io.spanway.body.Bodies;
import io.spanway.http.ProxyError;
import io.spanway.server.Http2Socket.Frame;
import io.spanway.units.DataSize;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Limits and time-outs of HTTP/2 connections and streams, and who is told of them. */
final class Http2LimitsTest {
  private static final int MIB = 1 << 20;
  private static final DataSize WINDOW = DataSize.mib(1);

  private final Taken taken = new Taken();
  private final CompletableFuture<Boolean> over = new CompletableFuture<>();

  private static void echo(ServerExchange exchange) {
    exchange.requestBody().cancel();
    answer(exchange, Bodies.empty());
  }

  private void take(ServerExchange exchange) {
    exchange.onClose(over::complete);
    exchange.requestBody().start(taken);
  }

  private void giveMuch(ServerExchange exchange) {
    exchange.onClose(over::complete);
    exchange.requestBody().cancel();
    answer(exchange, new Bytes(64L * MIB));
  }

  private static ServerLimits times(Duration body, Duration idle, Duration write) {
    return new ServerLimits(1 << 20, LONG, body, idle, write);
  }

  @Test
  void pauseInABody_isAnsweredAndCounted() throws Exception {
    try (TestServer server = new TestServer(times(SHORT, LONG, LONG), this::take);
        Http2Socket client = new Http2Socket(server.connect())) {
      client.request(1, false, "POST", "/");

      assertThat(client.until(HEADERS).headers().status()).hasToString("408");
      assertThat(client.until(RST_STREAM).number(0)).isZero();
      assertThat(taken.end).failsWithin(LONG);
      assertThat(over.get(10, TimeUnit.SECONDS)).isFalse();
      assertThat(server.refused).containsExactly(ProxyError.HTTP_REQUEST_TIMEOUT);
      assertThat(server.cuts).containsExactly(CloseReason.BODY_TIMEOUT);
    }
  }

  @Test
  void answerThatNobodyTakes_isResetAndCounted() throws Exception {
    try (TestServer server = new TestServer(times(LONG, LONG, SHORT), this::giveMuch);
        Http2Socket client = new Http2Socket(server.connect())) {
      client.request(1, true, "GET", "/");

      assertThat(client.until(RST_STREAM).number(0)).isEqualTo((int) Http2Error.CANCEL.code());
      assertThat(over.get(10, TimeUnit.SECONDS)).isFalse();
      assertThat(server.cuts).containsExactly(CloseReason.WRITE_TIMEOUT);
      client.request(3, true, "HEAD", "/");
      assertThat(client.until(HEADERS).stream()).isEqualTo(3);
    }
  }

  @Test
  void connectionThatTakesNothing_isClosedAndCounted() throws Exception {
    try (TestServer server = new TestServer(times(LONG, LONG, SHORT), this::giveMuch);
        Http2Socket client = new Http2Socket(server.connect(), 128 * MIB)) {
      client.window(0, 128 * MIB);
      client.request(1, true, "GET", "/");

      assertThat(over.get(10, TimeUnit.SECONDS)).isFalse();
      await().until(() -> server.open.get() == 0);
      assertThat(server.cuts).containsExactly(CloseReason.WRITE_TIMEOUT);
    }
  }

  @Test
  void idleConnection_isToldAndClosed() throws Exception {
    try (TestServer server = new TestServer(times(LONG, SHORT, LONG), Http2LimitsTest::echo);
        Http2Socket client = new Http2Socket(server.connect())) {
      client.request(1, true, "GET", "/");

      assertThat(client.until(GOAWAY).number(4)).isZero();
      client.untilClosed();
      assertThat(server.cuts).containsExactly(CloseReason.IDLE);
      await().until(() -> server.open.get() == 0);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {9_000, 10_400})
  void headOverItsLimit_isAnsweredAndCounted(int size) throws Exception {
    ServerLimits limits = new ServerLimits(8192, LONG, LONG, LONG, LONG);
    try (TestServer server = new TestServer(limits, Http2LimitsTest::echo);
        Http2Socket client = new Http2Socket(server.connect())) {
      client.request(1, true, "GET", "/", "x-long", "a".repeat(size));

      Frame head = client.until(HEADERS);
      assertThat(head.headers().status()).hasToString("431");
      if (!head.ends()) {
        assertThat(client.until(DATA).text()).isEqualTo("request head too large\n");
      }
      await().until(() -> !server.refused.isEmpty());
      client.request(3, true, "GET", "/");
      assertThat(client.until(HEADERS).headers().status()).hasToString("200");
      assertThat(server.refused).containsExactly(ProxyError.HTTP_REQUEST_HEAD_TOO_LARGE);
    }
  }

  @Test
  void headBeyondAllMeasure_endsTheConnection() throws Exception {
    ServerLimits limits = new ServerLimits(8192, LONG, LONG, LONG, LONG);
    try (TestServer server = new TestServer(limits, Http2LimitsTest::echo);
        Http2Socket client = new Http2Socket(server.connect())) {
      client.send(HEADERS, 0, 1, Http2Socket.head("GET", "/"));
      client.send(CONTINUATION, 0, 1, new byte[16_384]);

      assertThat(client.until(GOAWAY).number(4)).isNotZero();
      assertThat(server.cuts).hasSize(1);
    }
  }

  @Test
  void tenThousandStreams_areAnsweredOnOneConnection() throws Exception {
    try (TestServer server = new TestServer(limits(), Http2LimitsTest::echo);
        Http2Socket client = new Http2Socket(server.connect())) {
      for (int batch = 0; batch < 100; batch++) {
        for (int i = 0; i < 100; i++) {
          client.request(2 * (batch * 100 + i) + 1, true, "GET", "/");
        }
        for (int i = 0; i < 100; i++) {
          assertThat(client.until(HEADERS).ends()).isTrue();
        }
      }
      assertThat(server.cuts).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {PING, SETTINGS})
  void floodOfControlFrames_endsTheConnection(int type) throws Exception {
    Http2Config config = new Http2Config(10, 10, 10, 1000, 50, WINDOW, WINDOW);
    try (TestServer server = new TestServer(limits(config), Http2LimitsTest::echo);
        Http2Socket client = new Http2Socket(server.connect())) {
      for (int i = 0; i < 60; i++) {
        attack(client, type, 0, new byte[type == PING ? 8 : 0]);
      }
      client.untilClosed();
      assertThat(server.cuts).containsExactly(CloseReason.FLOOD);
    }
  }

  @Test
  void answersToControlFramesThatNobodyReads_areBounded() throws Exception {
    Http2Config config = new Http2Config(10, 10, 10, 10, 1_000_000, WINDOW, WINDOW);
    try (TestServer server = new TestServer(limits(config), this::giveMuch);
        Http2Socket client = new Http2Socket(server.connect(), 128 * MIB)) {
      client.window(0, 128 * MIB);
      client.request(1, true, "GET", "/");
      for (int i = 0; i < 100_000 && server.cuts.isEmpty(); i++) {
        attack(client, PING, 0, new byte[8]);
      }
      await().until(() -> !server.cuts.isEmpty());
      assertThat(server.cuts).containsExactly(CloseReason.FLOOD);
    }
  }

  @Test
  void resetsAndContinuations_haveTheirOwnLimits() throws Exception {
    Http2Config config = new Http2Config(10, 3, 3, 1000, 1000, WINDOW, WINDOW);
    try (TestServer server = new TestServer(limits(config), this::take)) {
      try (Http2Socket client = new Http2Socket(server.connect())) {
        for (int i = 1; i < 9; i += 2) {
          client.request(i, false, "POST", "/");
          client.send(RST_STREAM, 0, i, new byte[4]);
        }
        client.untilClosed();
      }
      try (Http2Socket client = new Http2Socket(server.connect())) {
        client.send(HEADERS, 0, 1, Http2Socket.head("GET", "/"));
        for (int i = 0; i < 4; i++) {
          attack(client, CONTINUATION, 1, Http2Socket.block("a", "b"));
        }
        client.untilClosed();
      }
      assertThat(server.cuts).containsExactly(CloseReason.RESETS, CloseReason.CONTINUATION);
    }
  }

  @Test
  void streamsBeyondTheirNumber_areRefused() throws Exception {
    Http2Config config = new Http2Config(2, 10, 10, 10, 10, WINDOW, WINDOW);
    try (TestServer server =
            new TestServer(limits(config), exchange -> exchange.requestBody().start(new Taken()));
        Http2Socket client = new Http2Socket(server.connect())) {
      assertThat(Http2BodyTest.settings(client.until(SETTINGS), 3)).isEqualTo(2);
      for (int i = 1; i < 7; i += 2) {
        client.request(i, false, "POST", "/");
      }
      Frame refused = client.until(RST_STREAM);
      assertThat(refused.stream()).isEqualTo(5);
      assertThat(refused.number(0)).isEqualTo((int) Http2Error.REFUSED_STREAM.code());
    }
  }

  @Test
  void connectionWindow_isTheConfiguredOne() throws Exception {
    Http2Config config = new Http2Config(2, 10, 10, 10, 10, WINDOW, DataSize.mib(2));
    try (TestServer server = new TestServer(limits(config), Http2LimitsTest::echo);
        Http2Socket client = new Http2Socket(server.connect())) {
      Frame window = client.until(WINDOW_UPDATE);
      assertThat(window.stream()).isZero();
      assertThat(window.number(0)).isEqualTo(2 * MIB - 65_535);
    }
  }

  @Test
  void drain_letsTheRunningStreamEndAndRefusesNewOnes() throws Exception {
    CompletableFuture<ServerExchange> running = new CompletableFuture<>();
    RequestHandler handler =
        exchange -> {
          exchange.onClose(over::complete);
          exchange.requestBody().cancel();
          running.complete(exchange);
        };
    try (TestServer server = new TestServer(limits(), handler);
        Http2Socket client = new Http2Socket(server.connect())) {
      client.request(1, true, "GET", "/");
      ServerExchange exchange = running.get(10, TimeUnit.SECONDS);
      server.server.drain();
      assertThat(client.until(GOAWAY).number(4)).isZero();
      client.request(3, true, "GET", "/");
      Frame refused = client.until(RST_STREAM);
      assertThat(refused.stream()).isEqualTo(3);
      assertThat(refused.number(0)).isEqualTo((int) Http2Error.REFUSED_STREAM.code());
      exchange.eventLoop().execute(() -> answer(exchange, Bodies.of(new byte[] {'x'})));

      assertThat(client.until(HEADERS).stream()).isEqualTo(1);
      assertThat(client.until(DATA).text()).isEqualTo("x");
      client.untilClosed();
      assertThat(over.get(10, TimeUnit.SECONDS)).isTrue();
      await().until(() -> server.open.get() == 0);
      assertThat(server.cuts).isEmpty();
    }
  }

  @RepeatedTest(20)
  void drainOfAnIdleConnection_saysGoAway() throws Exception {
    try (TestServer server = new TestServer(limits(), Http2LimitsTest::echo);
        Http2Socket client = new Http2Socket(server.connect())) {
      client.request(1, true, "GET", "/");
      client.until(HEADERS);
      server.server.drain();

      assertThat(client.until(GOAWAY).number(4)).isZero();
      client.untilClosed();
    }
  }

  @Test
  void forcedClose_endsWhatRuns() throws Exception {
    try (TestServer server = new TestServer(limits(), this::take);
        Http2Socket client = new Http2Socket(server.connect())) {
      client.request(1, false, "POST", "/");
      client.send(PING, 0, 0, new byte[8]);
      client.until(PING);
      server.server.close();

      client.untilClosed();
      assertThat(over.get(10, TimeUnit.SECONDS)).isFalse();
      assertThat(taken.end).failsWithin(LONG);
      await().until(() -> server.open.get() == 0);
    }
  }

  @Test
  void bodyOverItsLimit_isRefusedBeforeOrWhileItComes() throws Exception {
    try (TestServer server = new TestServer(TestServer.maxBody(10), this::take);
        Http2Socket client = new Http2Socket(server.connect())) {
      client.request(1, false, "POST", "/", "content-length", "11");
      assertThat(client.until(HEADERS).headers().status()).hasToString("413");
      assertThat(client.until(RST_STREAM).number(0)).isZero();
      assertThat(over).isNotDone();

      client.request(3, false, "POST", "/");
      client.send(DATA, 0, 3, new byte[10]);
      client.send(DATA, 0, 3, new byte[1]);
      assertThat(client.until(HEADERS).headers().status()).hasToString("413");
      assertThat(over.get(10, TimeUnit.SECONDS)).isFalse();

      client.request(5, false, "POST", "/", "content-type", "application/grpc");
      client.send(DATA, END, 5, new byte[11]);
      Frame grpc = client.until(HEADERS);
      assertThat(grpc.headers().status()).hasToString("200");
      assertThat(grpc.headers().get("grpc-status")).hasToString("8");
      assertThat(server.refused).hasSize(3).containsOnly(ProxyError.HTTP_REQUEST_TOO_LARGE);
    }
  }

  @Test
  void malformedHeads_areCounted() throws Exception {
    try (TestServer server = new TestServer(limits(), Http2LimitsTest::echo);
        Http2Socket client = new Http2Socket(server.connect())) {
      String[][] bad = {
        {"X-Upper", "a"},
        {"connection", "close"},
        {"te", "gzip"},
        {":status", "200"},
        {":path", "/again"},
        {"a b", "c"},
        {"a", "b\r\nc: d"},
        {"content-length", "-1"}
      };
      for (int i = 0; i < bad.length; i++) {
        client.request(2 * i + 1, true, "GET", "/", bad[i]);
        assertThat(client.until(RST_STREAM).number(0)).as(bad[i][0]).isEqualTo(1);
      }
      client.send(
          HEADERS, END_HEADERS | END, 99, Http2Socket.block(":method", "GET", ":scheme", "http"));
      assertThat(client.until(RST_STREAM).number(0)).isEqualTo(1);
      assertThat(server.refused).hasSize(bad.length + 1);
    }
  }

  /** Sends to a server that may have closed the connection. */
  private static void attack(Http2Socket client, int type, int stream, byte[] payload)
      throws IOException {
    try {
      client.send(type, 0, stream, payload);
    } catch (SocketException e) {
      assertThat(e).hasMessageMatching(".*(reset|pipe|closed|abort).*");
    }
  }
}
