// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Tags;
import io.spanway.cache.BypassReason;
import io.spanway.cache.CacheListener;
import io.spanway.cache.CacheStats;
import io.spanway.cache.CacheStatus;
import io.spanway.route.Operation;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Counts what the cache does. Thread-safe. */
public final class CacheMeters implements CacheListener {
  private record Asked(Operation operation, CacheStatus outcome) {}

  private final GatewayMeters meters;
  private final Map<Asked, Counter> asked = new ConcurrentHashMap<>();
  private final Map<Removal, Counter> removed = new ConcurrentHashMap<>();
  private final Counter saved;
  private final Counter savedRequests;

  /** Registers the meters. */
  public CacheMeters(GatewayMeters meters) {
    this.meters = meters;
    for (Removal cause : Removal.values()) {
      removed.put(
          cause,
          Counter.builder(GatewayMeters.CACHE_EVICTIONS)
              .description("Answers that left the cache")
              .tags("cause", cause.name().toLowerCase(Locale.ROOT))
              .register(meters.registry()));
    }
    saved =
        Counter.builder("spanway.cache.saved.bytes")
            .description("Bytes of answers that the upstreams were not asked for")
            .register(meters.registry());
    savedRequests =
        Counter.builder(GatewayMeters.CACHE_SAVED_REQUESTS)
            .description("Requests that the upstreams were not asked")
            .register(meters.registry());
  }

  /** Shows what the cache holds. */
  public void watch(Supplier<CacheStats> stats) {
    meters.gauge(
        GatewayMeters.CACHE_ENTRIES,
        "Answers held",
        Tags.empty(),
        stats,
        from -> from.get().entries());
    meters.gauge(
        GatewayMeters.CACHE_BYTES,
        "Bytes that the answers take",
        Tags.empty(),
        stats,
        from -> from.get().bytes());
  }

  @Override
  public void hit(Operation operation, int bytes) {
    count(operation, CacheStatus.HIT);
    saved.increment(bytes);
    savedRequests.increment();
  }

  @Override
  public void partial(Operation operation, int bytes) {
    count(operation, CacheStatus.PARTIAL);
    saved.increment(bytes);
  }

  @Override
  public void stale(Operation operation) {
    count(operation, CacheStatus.STALE);
  }

  @Override
  public void miss(Operation operation) {
    count(operation, CacheStatus.MISS);
  }

  @Override
  public void coalesced(Operation operation) {
    count(operation, CacheStatus.COALESCED);
    savedRequests.increment();
  }

  @Override
  public void bypass(Operation operation, BypassReason reason) {
    count(operation, CacheStatus.BYPASS);
  }

  @Override
  public void removed(Operation operation, long bytes, Removal removal) {
    Counter counter = removed.get(removal);
    if (counter != null) {
      counter.increment();
    }
  }

  private void count(Operation operation, CacheStatus outcome) {
    asked
        .computeIfAbsent(
            new Asked(operation, outcome),
            key ->
                Counter.builder(GatewayMeters.CACHE_REQUESTS)
                    .description("Questions to the cache")
                    .tags("operation", key.operation().id(), "outcome", key.outcome().id())
                    .register(meters.registry()))
        .increment();
  }
}
