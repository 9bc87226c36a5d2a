// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.spanway.http.ProxyError;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A replica's HTTP/1.1 connections on one event loop, and the calls that wait for one.
 *
 * <p><b>Concurrency.</b> Confined to its loop: no locks, and a call's connection lives on the loop
 * of the client that it is for, so that bytes never change threads.
 *
 * <p><b>Order.</b> The connection used last is used first, so that a quiet hour lets the others go.
 * Calls wait in order when all connections that the limit allows are busy.
 */
final class ChannelPool implements ReplicaPool {
  private final EventLoop loop;
  private final UpstreamSettings settings;
  private final Replica replica;
  private final Connector connector;
  private final PoolListener listener;
  private final String hostHeader;
  private final ArrayDeque<UpstreamConnection> idle = new ArrayDeque<>();
  private final WaitQueue waiting;
  private int open;
  private boolean closed;

  ChannelPool(
      EventLoop loop,
      UpstreamSettings settings,
      Replica replica,
      Connector connector,
      PoolListener listener) {
    this.loop = loop;
    this.settings = settings;
    this.replica = replica;
    this.connector = connector;
    this.listener = listener;
    this.hostHeader = replica.url().hostHeader();
    this.waiting = new WaitQueue(loop, settings, WaitQueue::limitReached);
  }

  String hostHeader() {
    return hostHeader;
  }

  String basePath() {
    return replica.url().basePath();
  }

  Replica replica() {
    return replica;
  }

  @Override
  public void acquire(ClientCall call) {
    assert loop.inEventLoop() : "pool of " + loop;
    if (!call.needsNewConnection()) {
      for (UpstreamConnection kept = idle.pollFirst(); kept != null; kept = idle.pollFirst()) {
        if (kept.channel().isActive()) {
          send(call, kept);
          return;
        }
      }
    }
    if (open < settings.maxConnections()) {
      connect(call);
      return;
    }
    waiting.add(call);
    UpstreamConnection kept = idle.pollLast();
    if (kept != null) {
      // All are open and not all busy: the call needs one of its own, and nobody would make room.
      kept.channel().close();
    }
  }

  private void send(ClientCall call, UpstreamConnection on) {
    listener.acquired();
    call.at(on);
    on.send(call);
  }

  private void connect(ClientCall call) {
    open++;
    connector.connect(
        call.connectNanos(),
        channel ->
            new UpstreamConnection(this, channel, settings.timeouts()).install(channel.pipeline()),
        new Connector.Outcome() {
          @Override
          public void connected(Channel channel) {
            UpstreamConnection made = channel.pipeline().get(UpstreamConnection.class);
            if (made == null || !channel.isActive()) {
              failed(
                  new UpstreamException(
                      ProxyError.CONNECTION_TERMINATED, "no connection: closed at once"));
              return;
            }
            listener.connected();
            made.establish();
            if (call.isCancelled()) {
              // Its caller left while it was made: it is there for the next.
              giveBack(made);
            } else {
              send(call, made);
            }
          }

          @Override
          public void failed(UpstreamException failure) {
            open--;
            call.notConnected(failure);
            serveWaiting();
          }
        });
  }

  private void giveBack(UpstreamConnection connection) {
    // Also where it goes straight to the next call: what it carried before makes it a kept one.
    connection.idle(System.nanoTime());
    @Nullable ClientCall next = waiting.poll();
    if (next != null) {
      send(next, connection);
    } else if (closed) {
      connection.channel().close();
    } else {
      idle.addFirst(connection);
    }
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
    gone();
  }

  /** A connection of the pool closed. */
  void closed(UpstreamConnection connection) {
    idle.remove(connection);
    gone();
  }

  private void gone() {
    open--;
    listener.disconnected();
    serveWaiting();
  }

  private void serveWaiting() {
    while (open < settings.maxConnections()) {
      ClientCall next = waiting.poll();
      if (next == null) {
        return;
      }
      connect(next);
    }
  }

  @Override
  public void close() {
    closed = true;
    for (UpstreamConnection kept : List.copyOf(idle)) {
      kept.channel().close();
    }
  }
}
