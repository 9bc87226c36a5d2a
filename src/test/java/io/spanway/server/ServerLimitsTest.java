// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import static io.spanway.server.TestServer.LONG;
import static io.spanway.server.TestServer.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.spanway.body.Bodies;
import io.spanway.http.ProxyError;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Limits that hold for HTTP/1.1 and for connections of any kind. */
final class ServerLimitsTest {
  private final Taken taken = new Taken();
  private final AtomicInteger handled = new AtomicInteger();

  private void take(ServerExchange exchange) {
    handled.incrementAndGet();
    exchange.requestBody().start(taken);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void announcedBodyOverItsLimit_isRefusedBeforeItComes() throws Exception {
    try (TestServer server = new TestServer(TestServer.maxBody(10), this::take);
        Socket socket = server.connect()) {
      socket
          .getOutputStream()
          .write(ascii("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n"));

      assertThat(socket.getInputStream().readAllBytes()).asString().startsWith("HTTP/1.1 413 ");
      assertThat(handled).hasValue(0);
      assertThat(server.refused).containsExactly(ProxyError.HTTP_REQUEST_TOO_LARGE);
    }
  }

  @Test
  void chunkedBodyOverItsLimit_isRefusedWhileItComes() throws Exception {
    try (TestServer server = new TestServer(TestServer.maxBody(10), this::take);
        Socket socket = server.connect()) {
      socket
          .getOutputStream()
          .write(
              ascii(
                  "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                      + "a\r\n0123456789\r\n1\r\nx\r\n"));

      assertThat(socket.getInputStream().readAllBytes()).asString().startsWith("HTTP/1.1 413 ");
      assertThat(handled).hasValue(1);
      assertThat(taken.end).failsWithin(LONG);
      assertThat(server.refused).containsExactly(ProxyError.HTTP_REQUEST_TOO_LARGE);
    }
  }

  @Test
  void connectionsBeyondTheirNumber_areClosedAtOnce() throws Exception {
    ServerLimits limits =
        new ServerLimits(1 << 20, LONG, LONG, LONG, LONG, 1, 0, Http2Config.DEFAULT);
    RequestHandler handler =
        exchange -> {
          exchange.requestBody().cancel();
          answer(exchange, Bodies.empty());
        };
    try (TestServer server = new TestServer(limits, handler)) {
      try (Socket first = server.connect()) {
        await().until(() -> server.open.get() == 1);
        try (Socket second = server.connect()) {
          assertThat(second.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(server.cuts).containsExactly(CloseReason.LIMIT);
        first
            .getOutputStream()
            .write(ascii("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
        assertThat(first.getInputStream().readAllBytes()).asString().startsWith("HTTP/1.1 200 ");
      }
      await().until(() -> server.open.get() == 0);
      try (Socket third = server.connect()) {
        await().until(() -> server.open.get() == 1);
        assertThat(third.isConnected()).isTrue();
      }
      assertThat(server.cuts).hasSize(1);
    }
  }
}
