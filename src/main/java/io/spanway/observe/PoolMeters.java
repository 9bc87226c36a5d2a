// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Tags;
import io.spanway.upstream.PoolListener;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts one upstream's connections. Thread-safe. */
public final class PoolMeters implements PoolListener {
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger busy = new AtomicInteger();
  private final Counter failures;

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
