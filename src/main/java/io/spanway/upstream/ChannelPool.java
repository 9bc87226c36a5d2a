// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.spanway.http.ProxyError;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.List;

/**
 * An upstream's connections on one event loop, and the calls that wait for one.
 *
 * <p><b>Concurrency.</b> Confined to its loop: no locks, and a call's connection lives on the loop
 * of the client that it is for, so that bytes never change threads.
 *
 * <p><b>Order.</b> The connection used last is used first, so that a quiet hour lets the others go.
 * Calls wait in order when all connections that the limit allows are busy.
 */
final class ChannelPool {
  private final EventLoop loop;
  private final UpstreamSettings settings;
  private final AddressResolver resolver;
  private final PoolListener listener;
  private final Bootstrap bootstrap;
  private final String hostHeader;
  private final ArrayDeque<UpstreamConnection> idle = new ArrayDeque<>();
  private final ArrayDeque<Http1Call> waiting = new ArrayDeque<>();
  private int open;

  ChannelPool(
      EventLoop loop, UpstreamSettings settings, AddressResolver resolver, PoolListener listener) {
    this.loop = loop;
    this.settings = settings;
    this.resolver = resolver;
    this.listener = listener;
    this.hostHeader = settings.address().hostHeader();
    this.bootstrap = settings.bootstrap(loop).handler(initializer());
  }

  String hostHeader() {
    return hostHeader;
  }

  String basePath() {
    return settings.address().basePath();
  }

  /** Finds or makes a connection for {@code call}, or lets it wait for one. */
  void acquire(Http1Call call) {
    assert loop.inEventLoop() : "pool of " + loop;
    if (!call.needsNewConnection()) {
      for (UpstreamConnection kept = idle.pollFirst(); kept != null; kept = idle.pollFirst()) {
        if (kept.channel().isActive()) {
          listener.acquired();
          call.connected(kept);
          return;
        }
      }
    }
    if (open < settings.maxConnections()) {
      open++;
      connectLater(call);
    } else if (waiting.size() < settings.maxWaiting()) {
      waiting.add(call);
    } else {
      call.failed(
          new UpstreamException(
              ProxyError.CONNECTION_LIMIT_REACHED,
              "all " + settings.maxConnections() + " connections of the loop are busy"),
          false);
    }
  }

  /** Takes a call that was given up out of the queue. */
  void forget(Http1Call call) {
    waiting.remove(call);
  }

  /**
   * Connects in a task of its own. A loop handles events in batches, and epoll's name a file
   * descriptor: a socket made while a batch is handled can get the number of one that the batch
   * closed, and with it the events that were still to come for that one, which close it.
   */
  private void connectLater(Http1Call call) {
    loop.execute(() -> connect(call));
  }

  private void connect(Http1Call call) {
    resolver.resolve(
        loop,
        addresses -> {
          if (addresses.isEmpty()) {
            connectFailed(
                call,
                new UpstreamException(
                    ProxyError.DNS_ERROR,
                    "the name " + settings.address().host() + " does not resolve"));
          } else {
            connect(call, addresses, 0);
          }
        });
  }

  private void connect(Http1Call call, List<InetSocketAddress> addresses, int at) {
    ChannelFuture connecting = bootstrap.connect(addresses.get(at));
    connecting.addListener(
        done -> {
          if (done.isSuccess()) {
            listener.connected();
            UpstreamConnection made = connecting.channel().pipeline().get(UpstreamConnection.class);
            ready(call, made);
          } else if (at + 1 < addresses.size() && !call.isCancelled()) {
            loop.execute(() -> connect(call, addresses, at + 1));
          } else {
            resolver.forget();
            connectFailed(call, failure(done.cause()));
          }
        });
  }

  private void ready(Http1Call call, UpstreamConnection made) {
    if (!call.isCancelled()) {
      listener.acquired();
      call.connected(made);
      return;
    }
    // Its caller left while it was made: it is there for the next.
    giveBack(made);
  }

  private void giveBack(UpstreamConnection connection) {
    // Also where it goes straight to the next call: what it carried before makes it a kept one.
    connection.idle(System.nanoTime());
    for (Http1Call next = waiting.poll(); next != null; next = waiting.poll()) {
      if (!next.isCancelled()) {
        listener.acquired();
        next.connected(connection);
        return;
      }
    }
    idle.addFirst(connection);
  }

  private void connectFailed(Http1Call call, UpstreamException failure) {
    open--;
    listener.connectFailed();
    call.failed(failure, false);
    serveWaiting();
  }

  private static UpstreamException failure(Throwable cause) {
    if (cause instanceof ConnectTimeoutException) {
      return new UpstreamException(ProxyError.CONNECTION_TIMEOUT, "no connection in time");
    }
    return new UpstreamException(ProxyError.CONNECTION_REFUSED, "no connection: " + cause);
  }

  /** A connection's call is over. */
  void settled(UpstreamConnection connection, boolean reusable) {
    listener.released();
    if (reusable) {
      giveBack(connection);
    }
  }

  /** A connection belongs to a tunnel from now on: it counts no more. */
  void detached() {
    listener.released();
    open--;
    listener.disconnected();
    serveWaiting();
  }

  /** A connection of the pool closed. */
  void closed(UpstreamConnection connection) {
    idle.remove(connection);
    open--;
    listener.disconnected();
    serveWaiting();
  }

  private void serveWaiting() {
    while (open < settings.maxConnections()) {
      Http1Call next = waiting.poll();
      if (next == null) {
        return;
      }
      if (!next.isCancelled()) {
        open++;
        connectLater(next);
      }
    }
  }

  /** Closes what is idle; what is busy ends with its call. */
  void close() {
    for (UpstreamConnection kept : List.copyOf(idle)) {
      kept.channel().close();
    }
  }

  private ChannelInitializer<Channel> initializer() {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        new UpstreamConnection(ChannelPool.this, channel, settings.timeouts())
            .install(channel.pipeline());
      }
    };
  }
}
