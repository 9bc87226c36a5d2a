// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.spanway.http.ProxyError;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes connections to one replica, TLS included, on one event loop. What goes wrong counts against
 * the replica.
 */
final class Connector {
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(64 * 1024, 256 * 1024);

  private final EventLoop loop;
  private final UpstreamSettings settings;
  private final Replica replica;
  private final @Nullable TlsContexts tls;
  private final PoolListener listener;

  /** Learns what came of an attempt; exactly one of the methods is called. */
  interface Outcome {
    /** It stands; a channel that closed meanwhile is reported all the same. */
    void connected(Channel channel);

    /** There is none. */
    void failed(UpstreamException failure);
  }

  Connector(
      EventLoop loop,
      UpstreamSettings settings,
      Replica replica,
      @Nullable TlsContexts tls,
      PoolListener listener) {
    this.loop = loop;
    this.settings = settings;
    this.replica = replica;
    this.tls = tls;
    this.listener = listener;
  }

  Replica replica() {
    return replica;
  }

  /**
   * Connects, in a task of its own. A loop handles events in batches, and epoll's name a file
   * descriptor: a socket made while a batch is handled can get the number of one that the batch
   * closed, and with it the events that were still to come for that one, which close it.
   *
   * @param within nanoseconds that it may take, TLS included
   * @param install sets the handlers, behind those of TLS
   */
  void connect(long within, Consumer<Channel> install, Outcome outcome) {
    TlsContexts contexts = replica.url().secure() ? tls : null;
    if (contexts == null) {
      loop.execute(() -> connect(within, null, install, outcome));
    } else {
      contexts.current(
          loop, context -> loop.execute(() -> connect(within, context, install, outcome)));
    }
  }

  private void connect(
      long within, @Nullable SslContext context, Consumer<Channel> install, Outcome outcome) {
    long deadline = System.nanoTime() + within;
    int millis = millis(within);
    ChannelFuture connecting =
        bootstrap(millis)
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    if (context != null) {
                      channel.pipeline().addLast("tls", handler(context, channel, millis));
                    }
                    install.accept(channel);
                  }
                })
            .connect(replica.address());
    connecting.addListener(
        done -> {
          if (!done.isSuccess()) {
            failed(outcome, done.cause());
            return;
          }
          SslHandler handler = connecting.channel().pipeline().get(SslHandler.class);
          if (handler == null) {
            outcome.connected(connecting.channel());
          } else {
            // It begins behind this, when the channel is told that it is active.
            handler.setHandshakeTimeoutMillis(millis(deadline - System.nanoTime()));
            handler
                .handshakeFuture()
                .addListener(
                    shaken -> {
                      if (shaken.isSuccess()) {
                        secured(outcome, connecting.channel(), handler);
                      } else {
                        connecting.channel().close();
                        failed(outcome, shaken.cause());
                      }
                    });
          }
        });
  }

  private static int millis(long nanos) {
    return (int) Math.min(Integer.MAX_VALUE, Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos)));
  }

  private SslHandler handler(SslContext context, Channel channel, int millis) {
    String serverName = settings.tls().serverName();
    SslHandler handler =
        context.newHandler(
            channel.alloc(),
            serverName == null ? replica.url().host() : serverName,
            replica.url().port());
    handler.setHandshakeTimeoutMillis(millis);
    return handler;
  }

  private void secured(Outcome outcome, Channel channel, SslHandler handler) {
    if (settings.protocol() == UpstreamSettings.Protocol.HTTP2
        && !ApplicationProtocolNames.HTTP_2.equals(handler.applicationProtocol())) {
      channel.close();
      listener.connectFailed();
      outcome.failed(
          new UpstreamException(
              ProxyError.NOT_IMPLEMENTED,
              "no HTTP/2 by ALPN: the upstream chose " + handler.applicationProtocol()));
    } else {
      outcome.connected(channel);
    }
  }

  private void failed(Outcome outcome, Throwable cause) {
    UpstreamException failure = ConnectFailures.of(cause);
    listener.connectFailed();
    replica.failed(failure.error() == ProxyError.CONNECTION_REFUSED);
    outcome.failed(failure);
  }

  private Bootstrap bootstrap(int connectMillis) {
    return new Bootstrap()
        .group(loop)
        .channel(settings.channelType())
        .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.SO_KEEPALIVE, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectMillis)
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
        .option(
            ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(512, 8192, 262144));
  }
}
