// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Tags;
import io.spanway.upstream.PoolListener;
import io.spanway.upstream.UpstreamClient;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts one upstream's connections and replicas. Thread-safe. */
public final class PoolMeters implements PoolListener {
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger busy = new AtomicInteger();
  private final List<UpstreamClient> watched = new CopyOnWriteArrayList<>();
  private final Counter failures;
  private final Counter ejections;
  private final Counter retries;
  private final Counter retriesOverBudget;

  /** Registers the meters of the upstream called {@code name}. */
  public PoolMeters(GatewayMeters meters, String name) {
    String text = "Open connections to an upstream";
    meters.gauge(
        GatewayMeters.UPSTREAM_CONNECTIONS,
        text,
        Tags.of("upstream", name, "state", "busy"),
        busy,
        AtomicInteger::get);
    meters.gauge(
        GatewayMeters.UPSTREAM_CONNECTIONS,
        text,
        Tags.of("upstream", name, "state", "idle"),
        this,
        me -> Math.max(0, me.open.get() - me.busy.get()));
    failures =
        Counter.builder("spanway.upstream.connect.failures")
            .description("Attempts at a connection that failed")
            .tags("upstream", name)
            .register(meters.registry());
    ejections =
        Counter.builder("spanway.upstream.ejections")
            .description("Times that a replica was left out for failures")
            .tags("upstream", name)
            .register(meters.registry());
    retries = retries(meters, name, "sent");
    retriesOverBudget = retries(meters, name, "over_budget");
    for (boolean healthy : new boolean[] {true, false}) {
      meters.gauge(
          GatewayMeters.UPSTREAM_REPLICAS,
          "Addresses of an upstream",
          Tags.of("upstream", name, "state", healthy ? "healthy" : "ejected"),
          this,
          me -> me.replicas(healthy));
    }
  }

  private static Counter retries(GatewayMeters meters, String name, String outcome) {
    return Counter.builder("spanway.upstream.retries")
        .description("Reads that one replica did not answer, and that were to go to another")
        .tags("upstream", name, "outcome", outcome)
        .register(meters.registry());
  }

  @Override
  public void retried(boolean sent) {
    (sent ? retries : retriesOverBudget).increment();
  }

  /** Counts the replicas of {@code client} too. */
  public void watch(UpstreamClient client) {
    watched.add(client);
  }

  /** Counts the replicas of {@code client} no more. */
  public void forget(UpstreamClient client) {
    watched.remove(client);
  }

  private long replicas(boolean healthy) {
    return watched.stream()
        .flatMap(client -> client.replicas().stream())
        .filter(replica -> replica.isHealthy() == healthy)
        .count();
  }

  @Override
  public void ejected() {
    ejections.increment();
  }

  @Override
  public void connected() {
    open.incrementAndGet();
  }

  @Override
  public void connectFailed() {
    failures.increment();
  }

  @Override
  public void disconnected() {
    open.decrementAndGet();
  }

  @Override
  public void acquired() {
    busy.incrementAndGet();
  }

  @Override
  public void released() {
    busy.decrementAndGet();
  }
}
