// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.channel.EventLoop;
import io.spanway.body.BodySource;
import io.spanway.http.OutboundRequest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to the replicas of one upstream, over connections kept per event loop.
 * Thread-safe: each call stays on the loop that it is made for.
 */
public final class UpstreamClient {
  private final UpstreamSettings settings;
  private final Executor blocking;
  private final PoolListener listener;
  private final ReplicaDirectory directory;
  private final Http2KeepAlive keepAlive;
  private final RetryPolicy retries;
  private final @Nullable TlsContexts tls;
  private final Map<EventLoop, LoopClient> loops = new ConcurrentHashMap<>();

  /**
   * Creates a client; it connects when there is something to send. Blocks while it reads the files
   * of TLS.
   *
   * @param blocking runs the platform's name look-ups, and reads files
   * @throws IllegalArgumentException if a file of TLS cannot be used; the message begins with its
   *     key
   */
  public UpstreamClient(UpstreamSettings settings, Executor blocking, PoolListener listener) {
    this(
        settings,
        blocking,
        listener,
        new ReplicaDirectory(
            settings.urls(),
            new ReplicaSet(settings.health(), System::nanoTime, listener::ejected),
            AddressResolver.PLATFORM,
            blocking,
            System::nanoTime),
        Http2KeepAlive.DEFAULT);
  }

  /** Creates one with another way to find replicas, and with other times for PINGs. */
  UpstreamClient(
      UpstreamSettings settings,
      Executor blocking,
      PoolListener listener,
      ReplicaDirectory directory,
      Http2KeepAlive keepAlive) {
    this.settings = settings;
    this.blocking = blocking;
    this.listener = listener;
    this.directory = directory;
    this.keepAlive = keepAlive;
    this.retries = new RetryPolicy(settings.retries(), System::nanoTime);
    this.tls =
        settings.urls().stream().anyMatch(UpstreamAddress::secure)
            ? new TlsContexts(
                settings.name(), settings.tls(), settings.protocol(), blocking, System::nanoTime)
            : null;
    directory.replicas().onGone(this::retire);
  }

  /** Creates a client for the same replicas, whose health and load the two share. */
  public UpstreamClient speaking(UpstreamSettings.Protocol protocol) {
    return new UpstreamClient(settings.with(protocol), blocking, listener, directory, keepAlive);
  }

  /** Returns what users call the upstream: {@code loki} or {@code tempo}. */
  public String name() {
    return settings.name();
  }

  /** Returns the replicas that are known; none before the first call. */
  public List<Replica> replicas() {
    return directory.replicas().all();
  }

  /** Looks the replicas up, and runs {@code then} on {@code loop}. Must be called on it. */
  public void look(EventLoop loop, Runnable then) {
    directory.look(loop, then);
  }

  /**
   * Sends a request to the replica that has the least to do. Must be called on {@code loop}, on
   * which {@code handler} is called too, be it before this returns.
   *
   * @param request what to send, taken: its headers are changed
   * @param body its body, taken: started, or cancelled when there is no connection for it
   */
  public UpstreamCall send(
      EventLoop loop, OutboundRequest request, BodySource body, ResponseHandler handler) {
    return on(loop).send(null, request, body, handler);
  }

  /** Sends a request to {@code replica} and no other; apart from that as the other one. */
  public UpstreamCall send(
      EventLoop loop,
      Replica replica,
      OutboundRequest request,
      BodySource body,
      ResponseHandler handler) {
    return on(loop).send(replica, request, body, handler);
  }

  private LoopClient on(EventLoop loop) {
    LoopClient there = loops.get(loop);
    if (there != null) {
      return there;
    }
    return loops.computeIfAbsent(
        loop, key -> new LoopClient(key, settings, directory, tls, keepAlive, retries, listener));
  }

  private void retire(Replica replica) {
    loops.forEach((loop, client) -> run(loop, () -> client.retire(replica)));
  }

  /** Closes the connections that are idle; busy ones close after their call. Harmless twice. */
  public void close() {
    loops.forEach((loop, client) -> run(loop, client::close));
  }

  private static void run(EventLoop loop, Runnable task) {
    // A loop that ends closes its connections itself, and takes no more tasks.
    if (!loop.isShuttingDown()) {
      loop.execute(task);
    }
  }
}
