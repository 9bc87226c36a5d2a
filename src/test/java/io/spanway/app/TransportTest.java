// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.spanway.server.ServerConfig;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class TransportTest {
  @Test
  void loopToldToStopWhileItRunsTasks_closesItsConnections() throws Exception {
    Transport transport = Transport.start(ServerConfig.DEFAULT);
    try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      EventLoop loop = transport.workers().next();
      Channel channel = connect(transport, loop, listening);
      try (Socket other = listening.accept()) {
        other.setSoTimeout(10_000);

        // On the loop: behind its look at whether it ends, and before the one that lets it end.
        loop.execute(() -> transport.workers().shutdownGracefully(0, 1, TimeUnit.SECONDS));

        assertThat(transport.workers().awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        assertThat(channel.isOpen()).isFalse();
        assertThat(other.getInputStream().read()).isEqualTo(-1);
      }
    } finally {
      transport.acceptors().shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
      transport.workers().shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }
  }

  @Test
  void connectionMadeBecauseAnotherWasClosedByTheEnd_isClosedToo() throws Exception {
    Transport transport = Transport.start(ServerConfig.DEFAULT);
    try (ServerSocket listening = new ServerSocket(0, 2, InetAddress.getLoopbackAddress())) {
      EventLoop loop = transport.workers().next();
      Channel first = connect(transport, loop, listening);
      Channel[] second = new Channel[1];
      first
          .closeFuture()
          .addListener(
              closed -> loop.execute(() -> second[0] = open(transport, loop, listening).channel()));

      loop.execute(() -> transport.workers().shutdownGracefully(0, 1, TimeUnit.SECONDS));

      assertThat(transport.workers().awaitTermination(10, TimeUnit.SECONDS)).isTrue();
      assertThat(second[0]).isNotNull().satisfies(made -> assertThat(made.isOpen()).isFalse());
    } finally {
      transport.acceptors().shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
      transport.workers().shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }
  }

  private static Channel connect(Transport transport, EventLoop loop, ServerSocket to)
      throws InterruptedException {
    return open(transport, loop, to).sync().channel();
  }

  private static ChannelFuture open(Transport transport, EventLoop loop, ServerSocket to) {
    return new Bootstrap()
        .group(loop)
        .channel(transport.socketType())
        .handler(new ChannelInboundHandlerAdapter())
        .connect(to.getLocalSocketAddress());
  }
}
