// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.spanway.server.GatewayServer;
import io.spanway.server.ServerLimits;
import io.spanway.server.ServerListener;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A tail from handshake to close, with a client that is not ours. */
final class TailOverSocketTest {
  private static final Instant NOW = Instant.parse("2026-01-02T09:01:00Z");
  private static final Duration LONG = Duration.ofMinutes(1);

  @Test
  void tail_sendsHistoryPushesAndPings() throws Exception {
    InstantSource clock = InstantSource.fixed(NOW);
    var loki = new DemoLoki(DemoData.startingAt(NOW), clock);
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    var setup =
        new GatewayServer.Setup(
            loops,
            loops,
            NioServerSocketChannel.class,
            new ServerLimits(1 << 20, LONG, LONG, LONG, LONG),
            clock);
    GatewayServer server =
        GatewayServer.bind(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            setup,
            loki,
            ServerListener.NONE);
    try {
      var received = new Received();
      String target =
          "ws://127.0.0.1:"
              + server.address().getPort()
              + "/loki/api/v1/tail?query=%7Bservice_name%3D~%22nginx%7Ctailed%22%7D";

      WebSocket socket =
          HttpClient.newHttpClient()
              .newWebSocketBuilder()
              .buildAsync(URI.create(target), received)
              .get(10, TimeUnit.SECONDS);

      assertThat(received.next()).startsWith("{\"streams\":[{\"stream\":{\"cluster\":\"eu-1\"");
      FakeExchange.send(
          loki,
          "POST",
          "/loki/api/v1/push",
          "{\"streams\":[{\"stream\":{\"service_name\":\"tailed\"},\"values\":[[\"1\",\"now\"]]}]}",
          "Content-Type",
          "application/json");
      assertThat(received.next()).contains("[\"1\",\"now\"]");
      assertThat(received.next()).isEqualTo("ping");
      socket.sendClose(1000, "").get(10, TimeUnit.SECONDS);
      assertThat(received.next()).isEqualTo("close 1000");
    } finally {
      server.close();
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  /** What the server sent, pieces of a message put together. */
  private static final class Received implements WebSocket.Listener {
    private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
    private final StringBuilder text = new StringBuilder();

    String next() throws InterruptedException {
      return messages.poll(10, TimeUnit.SECONDS);
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean isLast) {
      text.append(part);
      if (isLast) {
        messages.add(text.toString());
        text.setLength(0);
      }
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onPing(WebSocket socket, ByteBuffer message) {
      messages.add("ping");
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      messages.add("close " + code);
      return null;
    }
  }
}
