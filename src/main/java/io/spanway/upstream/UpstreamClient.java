// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.channel.EventLoop;
import io.spanway.body.BodySource;
import io.spanway.http.OutboundRequest;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/**
 * Sends requests to one upstream, over connections kept per event loop. Thread-safe: each call
 * stays on the loop that it is made for.
 */
public final class UpstreamClient {
  private final UpstreamSettings settings;
  private final AddressResolver resolver;
  private final PoolListener listener;
  private final Map<EventLoop, ChannelPool> pools = new ConcurrentHashMap<>();

  /**
   * Creates a client; it connects when there is something to send.
   *
   * @param blocking runs the platform's name look-ups
   */
  public UpstreamClient(UpstreamSettings settings, Executor blocking, PoolListener listener) {
    this.settings = settings;
    this.listener = listener;
    this.resolver = new AddressResolver(settings.address(), blocking, System::nanoTime);
  }

  /** Returns what users call the upstream: {@code loki} or {@code tempo}. */
  public String name() {
    return settings.name();
  }

  /**
   * Sends a request. Must be called on {@code loop}, on which {@code handler} is called too, be it
   * before this returns.
   *
   * @param request what to send, taken: its headers are changed
   * @param body its body, taken: started, or cancelled when there is no connection for it
   */
  public UpstreamCall send(
      EventLoop loop, OutboundRequest request, BodySource body, ResponseHandler handler) {
    ChannelPool pool =
        pools.computeIfAbsent(loop, key -> new ChannelPool(key, settings, resolver, listener));
    Http1Call call = new Http1Call(pool, request, body, handler);
    pool.acquire(call);
    return call;
  }

  /** Closes the connections that are idle; busy ones close after their call. Harmless twice. */
  public void close() {
    pools.forEach(
        (loop, pool) -> {
          // A loop that ends closes its connections itself, and takes no more tasks.
          if (!loop.isShuttingDown()) {
            loop.execute(pool::close);
          }
        });
  }
}
