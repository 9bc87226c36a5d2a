// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.spanway.http.ProxyError;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A replica's HTTP/2 connections on one event loop: one, until it has as many streams as it may;
 * then another is made while calls wait, up to the limit. Confined to its loop.
 */
final class Http2Pool implements ReplicaPool {
  private final EventLoop loop;
  private final UpstreamSettings settings;
  private final Http2KeepAlive keepAlive;
  private final Connector connector;
  private final PoolListener listener;
  private final List<Http2Connection> usable = new ArrayList<>(1);
  private final WaitQueue waiting;
  private int open;
  private boolean connecting;
  private boolean closed;

  Http2Pool(
      EventLoop loop,
      UpstreamSettings settings,
      Http2KeepAlive keepAlive,
      Connector connector,
      PoolListener listener) {
    this.loop = loop;
    this.settings = settings;
    this.keepAlive = keepAlive;
    this.connector = connector;
    this.listener = listener;
    this.waiting = new WaitQueue(loop, settings, this::late);
  }

  UpstreamSettings settings() {
    return settings;
  }

  Http2KeepAlive keepAlive() {
    return keepAlive;
  }

  private UpstreamException late() {
    return usable.isEmpty()
        ? new UpstreamException(ProxyError.CONNECTION_TIMEOUT, "no connection of HTTP/2 in time")
        : WaitQueue.limitReached();
  }

  Replica replica() {
    return connector.replica();
  }

  PoolListener listener() {
    return listener;
  }

  @Override
  public void acquire(ClientCall call) {
    assert loop.inEventLoop() : "pool of " + loop;
    Http2Connection free = free();
    if (free != null) {
      free.send(call);
      return;
    }
    waiting.add(call);
    if (waiting.size() > 0) {
      connect(call.connectNanos());
    }
  }

  private @Nullable Http2Connection free() {
    for (Http2Connection each : usable) {
      if (each.hasRoom()) {
        return each;
      }
    }
    return null;
  }

  private void connect(long within) {
    if (connecting
        || open >= settings.maxConnections()
        || usable.stream().anyMatch(Http2Connection::allowsNothing)) {
      return;
    }
    connecting = true;
    open++;
    Http2Connection made = new Http2Connection(this, within);
    connector.connect(
        within,
        made::install,
        new Connector.Outcome() {
          @Override
          public void connected(Channel channel) {
            listener.connected();
            made.connected();
          }

          @Override
          public void failed(UpstreamException failure) {
            Http2Pool.this.failed(failure);
          }
        });
  }

  /** The upstream took the connection for HTTP/2. */
  void ready(Http2Connection connection) {
    connecting = false;
    usable.add(connection);
    serveWaiting();
    if (closed) {
      connection.drain();
    }
  }

  /** A connection that stood is none of HTTP/2. */
  void refused(UpstreamException failure) {
    listener.disconnected();
    if (failure.error() == ProxyError.CONNECTION_TIMEOUT) {
      replica().failed(false);
    }
    failed(failure);
  }

  private void failed(UpstreamException failure) {
    connecting = false;
    open--;
    if (usable.isEmpty()) {
      // Who comes to wait meanwhile, waits for the next attempt.
      for (int left = waiting.size(); left > 0; left--) {
        ClientCall call = waiting.poll();
        if (call != null) {
          call.notConnected(failure);
        }
      }
    }
    serveWaiting();
  }

  /** A connection takes no more calls. */
  void draining(Http2Connection connection) {
    usable.remove(connection);
    serveWaiting();
  }

  /** A connection that was ready closed. */
  void closed(Http2Connection connection) {
    usable.remove(connection);
    open--;
    listener.disconnected();
    serveWaiting();
  }

  /** Gives room to those who wait, if there is some. */
  void serveWaiting() {
    for (Http2Connection free = free(); free != null; free = free()) {
      ClientCall next = waiting.poll();
      if (next == null) {
        return;
      }
      free.send(next);
    }
    if (waiting.size() > 0) {
      connect(settings.timeouts().connect().toNanos());
    }
  }

  @Override
  public void close() {
    closed = true;
    List.copyOf(usable).forEach(Http2Connection::drain);
  }

  /** Returns the failure of an upstream that speaks something else. */
  static UpstreamException notHttp2(String detail) {
    return new UpstreamException(ProxyError.NOT_IMPLEMENTED, detail);
  }
}
