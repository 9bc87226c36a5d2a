// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.spanway.cache.BypassReason;
import io.spanway.cache.CacheListener;
import io.spanway.cache.CacheStats;
import io.spanway.cache.CacheStatus;
import io.spanway.cache.RedisStats;
import io.spanway.route.Operation;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Counts what the cache does. Thread-safe. */
public final class CacheMeters implements CacheListener {
  private static final Duration[] SHARED_BUCKETS = {
    Duration.ofNanos(500_000),
    Duration.ofMillis(1),
    Duration.ofMillis(2),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(500)
  };

  private record Asked(Operation operation, CacheStatus outcome) {}

  private final GatewayMeters meters;
  private final Map<Asked, Counter> asked = new ConcurrentHashMap<>();
  private final Map<Removal, Counter> removed = new ConcurrentHashMap<>();
  private final Map<SharedRead, Counter> sharedReads = new ConcurrentHashMap<>();
  private final Map<SharedWrite, Counter> sharedWrites = new ConcurrentHashMap<>();
  private final AtomicReference<@Nullable Supplier<CacheStats>> watched = new AtomicReference<>();
  private final AtomicReference<@Nullable Supplier<RedisStats>> watchedShared =
      new AtomicReference<>();
  private volatile @Nullable Timer sharedTime;
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

  /** Shows what the cache holds; it takes the place of one that was watched before. */
  public void watch(Supplier<CacheStats> stats) {
    if (watched.getAndSet(stats) != null) {
      return;
    }
    meters.gauge(
        GatewayMeters.CACHE_ENTRIES,
        "Answers held",
        Tags.empty(),
        watched,
        from -> requireNonNull(from.get()).get().entries());
    meters.gauge(
        GatewayMeters.CACHE_BYTES,
        "Bytes that the answers take",
        Tags.empty(),
        watched,
        from -> requireNonNull(from.get()).get().bytes());
  }

  /**
   * Shows how the level is doing that replicas share, and counts what it does; it takes the place
   * of one that was watched before.
   *
   * @param stats null when there is none (any more)
   */
  public void watchShared(@Nullable Supplier<RedisStats> stats) {
    watchedShared.set(stats);
    if (stats == null || sharedTime != null) {
      return;
    }
    for (RedisStats.State state : RedisStats.State.values()) {
      meters.gauge(
          GatewayMeters.CACHE_REDIS_STATE,
          "1 for the state that the shared cache is in",
          Tags.of("state", state.id()),
          watchedShared,
          from -> reading(from.get(), now -> now.state() == state ? 1 : 0));
    }
    meters.gauge(
        GatewayMeters.CACHE_REDIS_PENDING,
        "Bytes of answers that wait to be written to the shared cache",
        Tags.empty(),
        watchedShared,
        from -> reading(from.get(), RedisStats::pendingBytes));
    for (SharedRead outcome : SharedRead.values()) {
      sharedReads.put(
          outcome, shared(GatewayMeters.CACHE_REDIS_READS, "Looks into the shared cache", outcome));
    }
    for (SharedWrite outcome : SharedWrite.values()) {
      sharedWrites.put(
          outcome,
          shared(GatewayMeters.CACHE_REDIS_WRITES, "Answers for the shared cache", outcome));
    }
    sharedTime =
        Timer.builder(GatewayMeters.CACHE_REDIS_TIME)
            .description("Time until the shared cache answered a look")
            .serviceLevelObjectives(SHARED_BUCKETS)
            .register(meters.registry());
  }

  private static double reading(
      @Nullable Supplier<RedisStats> stats, ToDoubleFunction<RedisStats> what) {
    return stats == null ? 0 : what.applyAsDouble(stats.get());
  }

  private Counter shared(String name, String description, Enum<?> outcome) {
    return Counter.builder(name)
        .description(description)
        .tags("outcome", outcome.name().toLowerCase(Locale.ROOT))
        .register(meters.registry());
  }

  @Override
  public void shared(SharedRead outcome) {
    increment(sharedReads.get(outcome));
  }

  @Override
  public void shared(SharedWrite outcome) {
    increment(sharedWrites.get(outcome));
  }

  @Override
  public void sharedTook(long nanos) {
    Timer timer = sharedTime;
    if (timer != null) {
      timer.record(nanos, TimeUnit.NANOSECONDS);
    }
  }

  private static void increment(@Nullable Counter counter) {
    if (counter != null) {
      counter.increment();
    }
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
    increment(removed.get(removal));
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
