// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.channel.EventLoop;
import io.spanway.body.BodySource;
import io.spanway.http.OutboundRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a client has on one event loop: a pool for each replica. Confined to its loop. */
final class LoopClient {
  private final EventLoop loop;
  private final UpstreamSettings settings;
  private final ReplicaDirectory directory;
  private final @Nullable TlsContexts tls;
  private final Http2KeepAlive keepAlive;
  private final RetryPolicy retries;
  private final PoolListener listener;
  private final Map<Replica, ReplicaPool> pools = new HashMap<>();

  LoopClient(
      EventLoop loop,
      UpstreamSettings settings,
      ReplicaDirectory directory,
      @Nullable TlsContexts tls,
      Http2KeepAlive keepAlive,
      RetryPolicy retries,
      PoolListener listener) {
    this.loop = loop;
    this.settings = settings;
    this.directory = directory;
    this.tls = tls;
    this.keepAlive = keepAlive;
    this.retries = retries;
    this.listener = listener;
  }

  UpstreamSettings settings() {
    return settings;
  }

  ReplicaSet replicas() {
    return directory.replicas();
  }

  RetryPolicy retries() {
    return retries;
  }

  /** A read was to be sent a second time, and was if the budget allowed it. */
  void retried(boolean sent) {
    listener.retried(sent);
  }

  void forgetNames() {
    directory.forget();
  }

  long nanos() {
    return System.nanoTime();
  }

  /** Returns until when a call of now must have a connection. */
  long nextDeadline() {
    return nanos() + settings.timeouts().connect().toNanos();
  }

  /** Returns the names that are looked up, for a message. */
  String names() {
    return settings.urls().size() == 1
        ? "the name " + settings.urls().get(0).host()
        : "none of the names " + settings.urls().stream().map(UpstreamAddress::host).toList();
  }

  ClientCall send(
      @Nullable Replica pinned, OutboundRequest request, BodySource body, ResponseHandler handler) {
    assert loop.inEventLoop() : "client of " + loop;
    ClientCall call = new ClientCall(this, pinned, request, body, handler);
    directory.look(
        loop,
        () -> {
          if (!call.isCancelled()) {
            call.start();
          }
        });
    return call;
  }

  ReplicaPool pool(Replica replica) {
    ReplicaPool pool = pools.get(replica);
    if (pool == null) {
      pool = make(replica);
      if (replicas().all().contains(replica)) {
        pools.put(replica, pool);
      } else {
        // Its address is gone already: nobody would let go of the pool later.
        pool.close();
      }
    }
    return pool;
  }

  private ReplicaPool make(Replica replica) {
    Connector connector = new Connector(loop, settings, replica, tls, listener);
    return settings.protocol() == UpstreamSettings.Protocol.HTTP2
        ? new Http2Pool(loop, settings, keepAlive, connector, listener)
        : new ChannelPool(loop, settings, replica, connector, listener);
  }

  /** A replica is gone. */
  void retire(Replica replica) {
    ReplicaPool pool = pools.remove(replica);
    if (pool != null) {
      pool.close();
    }
  }

  void close() {
    List.copyOf(pools.values()).forEach(ReplicaPool::close);
    pools.clear();
  }
}
