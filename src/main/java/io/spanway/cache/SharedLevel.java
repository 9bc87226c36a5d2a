// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.cache.CacheListener.SharedRead;
import io.spanway.cache.CacheListener.SharedWrite;
import io.spanway.cache.SharedValue.Reading;
import io.spanway.model.TenantId;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers that several replicas share. What it cannot give in time is a miss, whatever the cause;
 * nothing here waits, and nothing fails a request. Thread-safe.
 *
 * <p><b>Purges.</b> The store keeps a random text for each tenant that was purged, which is part of
 * where answers are kept. Every replica reads these texts each second: it uses the store only while
 * what it read is at most five seconds old, and forgets what it holds itself of a tenant whose text
 * has changed. An answer is written to where its fetch began, so one that a purge has overtaken is
 * found by nobody.
 *
 * <p><b>Clocks.</b> An answer is as old as the store says, which counts down from when it was
 * written, or as the clocks of the replicas say, whichever is more: clocks that differ make answers
 * older than they are, never younger.
 */
public final class SharedLevel implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SharedLevel.class);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final long KNOWN_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** Look-ups under way, each of which may bring a value of the largest size. */
  private static final int MOST_LOOKUPS = 128;

  /**
   * After so many the connection itself may be at fault: nobody may have told us that it is gone.
   */
  private static final int MOST_FAILED_LOOKS = 5;

  private static final int MOST_KEPT_DAYS = 365;

  private final RedisConfig config;
  private final SharedStore store;
  private final CacheListener listener;
  private final LongSupplier nanoTime;
  private final InstantSource clock;
  private final Executor worker;
  private final SharedBreaker breaker;
  private final long maxBody;
  private final Duration grace;

  /** Generations to be told to the store; until then its answers for their tenants are not used. */
  private final Map<String, String> untold = new ConcurrentHashMap<>();

  private final AtomicLong pending = new AtomicLong();
  private final AtomicInteger lookups = new AtomicInteger();
  private final AtomicInteger failedLooks = new AtomicInteger();
  private volatile @Nullable Known known;
  private volatile @Nullable String problem;
  private volatile Consumer<Predicate<CacheKey>> forget = which -> {};

  private record Known(Generations generations, long readAt) {}

  /**
   * Where an answer belongs.
   *
   * @param digest its place, as a digest of all that says so
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Place(byte[] digest) {}

  /**
   * An answer of another replica.
   *
   * @param age how long ago it was fetched, at most
   */
  record Shared(SharedValue value, Duration age) {
    boolean isFresh() {
      return age.compareTo(value.ttl()) < 0;
    }
  }

  SharedLevel(
      CacheConfig config,
      SharedStore store,
      CacheListener listener,
      LongSupplier nanoTime,
      InstantSource clock,
      Executor worker) {
    this.config = config.redis();
    this.store = store;
    this.listener = listener;
    this.nanoTime = nanoTime;
    this.clock = clock;
    this.worker = worker;
    this.breaker = new SharedBreaker(nanoTime);
    this.maxBody = config.maxEntry().bytes();
    this.grace = config.staleIfError();
  }

  /**
   * Opens the level that the configuration names; null when it names none. Connects later.
   *
   * @param nanoTime a monotonic clock in nanoseconds
   * @param worker where values are compressed and read
   */
  public static @Nullable SharedLevel open(
      CacheConfig config,
      CacheListener listener,
      LongSupplier nanoTime,
      InstantSource clock,
      Executor worker) {
    if (!config.isOn() || !config.redis().isOn()) {
      return null;
    }
    SharedStore store = new RedisStore(config.redis());
    return new SharedLevel(config, store, listener, nanoTime, clock, worker);
  }

  /** Begins to look for purges, and has {@code forget} told what is no longer to be held. */
  void start(Consumer<Predicate<CacheKey>> forget) {
    this.forget = forget;
    store.every(LOOK, this::look);
  }

  /** Returns how it is doing. */
  public RedisStats stats() {
    RedisStats.State state =
        !breaker.isClosed()
            ? RedisStats.State.OPEN
            : isKnown(known) ? RedisStats.State.USED : RedisStats.State.WAITING;
    String last = state == RedisStats.State.USED ? null : problem;
    return new RedisStats(state, pending.get(), untold.size(), last);
  }

  /**
   * Asks the store once, past the breaker: connects and reads.
   *
   * @return completed with how long it took, or exceptionally with why it failed
   */
  public CompletionStage<Duration> probe() {
    long[] began = new long[1];
    return store
        .connect()
        .thenCompose(
            connected -> {
              began[0] = nanoTime.getAsLong();
              return store.generations();
            })
        .thenApply(read -> Duration.ofNanos(nanoTime.getAsLong() - began[0]));
  }

  /** Returns where an answer belongs now; null when the store is not to be used for it. */
  @Nullable Place place(CacheKey key) {
    Known now = known;
    if (now == null || !breaker.isClosed() || !isKnown(now)) {
      return null;
    }
    List<String> fields = Generations.fieldsOf(key.tenant());
    boolean told =
        untold.isEmpty()
            || (!untold.containsKey(Generations.EPOCH)
                && Collections.disjoint(untold.keySet(), fields));
    return told ? new Place(now.generations().place(key, fields)) : null;
  }

  private boolean isKnown(@Nullable Known read) {
    return read != null && nanoTime.getAsLong() - read.readAt() <= KNOWN_NANOS;
  }

  /**
   * Looks for an answer.
   *
   * @param then is given it, on a worker or on a thread of the store's; null when there is none
   */
  void find(Place place, Consumer<@Nullable Shared> then) {
    if (lookups.incrementAndGet() > MOST_LOOKUPS) {
      lookups.decrementAndGet();
      listener.shared(SharedRead.SKIPPED);
      then.accept(null);
      return;
    }
    long began = nanoTime.getAsLong();
    whenDone(
        store.find(name(place)),
        (found, error) -> {
          lookups.decrementAndGet();
          if (found == null) {
            listener.shared(isTimeout(error) ? SharedRead.TIMEOUT : SharedRead.ERROR);
            failed(error);
            then.accept(null);
            return;
          }
          breaker.succeeded();
          listener.sharedTook(nanoTime.getAsLong() - began);
          if (found.value().length == 0) {
            listener.shared(SharedRead.MISS);
            then.accept(null);
            return;
          }
          work(() -> then.accept(read(place, found)), () -> then.accept(null));
        });
  }

  private @Nullable Shared read(Place place, SharedStore.Found found) {
    if (found.value().length > config.maxEntry().bytes()) {
      listener.shared(SharedRead.TOO_LARGE);
      return null;
    }
    Reading reading = SharedValue.read(found.value(), place.digest(), maxBody);
    if (!(reading instanceof Reading.Whole whole)) {
      boolean version = reading instanceof Reading.OtherVersion;
      listener.shared(version ? SharedRead.VERSION : SharedRead.ALTERED);
      return null;
    }
    SharedValue value = whole.value();
    long keptMs = value.kept().toMillis();
    if (found.leftMs() < 0 || found.leftMs() > keptMs) {
      // Gone meanwhile, or kept for longer than it was to be.
      listener.shared(found.leftMs() == -2 ? SharedRead.MISS : SharedRead.ALTERED);
      return null;
    }
    long age = Math.max(keptMs - found.leftMs(), clock.millis() - value.storedAtMs());
    Shared shared = new Shared(value, Duration.ofMillis(age));
    listener.shared(shared.isFresh() ? SharedRead.HIT : SharedRead.STALE);
    return shared;
  }

  /**
   * Keeps an answer for other replicas, later.
   *
   * @param place where it belonged when it was asked for
   */
  void put(Place place, CachedResponse response) {
    Duration ttl = Duration.ofNanos(response.freshUntilTick() - response.storedAtTick());
    if (ttl.compareTo(config.minTtl()) < 0) {
      return;
    }
    if (!breaker.isClosed()) {
      listener.shared(SharedWrite.SKIPPED);
      return;
    }
    long bytes = response.size();
    if (pending.addAndGet(bytes) > config.maxPending().bytes()) {
      pending.addAndGet(-bytes);
      listener.shared(SharedWrite.DROPPED);
      return;
    }
    Runnable dropped =
        () -> {
          pending.addAndGet(-bytes);
          listener.shared(SharedWrite.DROPPED);
        };
    work(() -> write(place, response, ttl, bytes), dropped);
  }

  private void write(Place place, CachedResponse response, Duration ttl, long bytes) {
    long ageNanos = nanoTime.getAsLong() - response.storedAtTick();
    Duration kept = Duration.ofDays(MOST_KEPT_DAYS);
    if (ttl.compareTo(kept.minus(grace)) < 0) {
      kept = ttl.plus(grace);
    }
    Duration left = kept.minusNanos(ageNanos);
    byte[] value =
        new SharedValue(
                response.status(),
                response.headers(),
                response.body(),
                response.gzip(),
                clock.millis() - TimeUnit.NANOSECONDS.toMillis(ageNanos),
                ttl,
                kept)
            .write(place.digest());
    if (value.length > config.maxEntry().bytes() || left.toMillis() <= 0) {
      pending.addAndGet(-bytes);
      listener.shared(SharedWrite.TOO_LARGE);
      return;
    }
    whenDone(
        store.put(name(place), value, left),
        (written, error) -> {
          pending.addAndGet(-bytes);
          listener.shared(error == null ? SharedWrite.WRITTEN : SharedWrite.FAILED);
          if (error == null) {
            breaker.succeeded();
          } else {
            failed(error);
          }
        });
  }

  /** Has all replicas forget what a tenant could see. */
  void purge(@Nullable TenantId tenant) {
    Generations.fieldsOf(tenant).forEach(field -> untold.put(field, newText()));
    tell();
  }

  /** Has all replicas forget everything. */
  void purgeAll() {
    untold.put(Generations.EPOCH, newText());
    tell();
  }

  private void tell() {
    Map<String, String> telling = Map.copyOf(untold);
    if (telling.isEmpty()) {
      return;
    }
    whenDone(
        store.renew(telling),
        (told, error) -> {
          if (error != null) {
            // The next look tries again.
            failed(error);
            return;
          }
          Known before = known;
          if (before != null) {
            known = new Known(before.generations().with(telling), before.readAt());
          }
          telling.forEach(untold::remove);
        });
  }

  private void look() {
    if (!breaker.mayTry()) {
      return;
    }
    long began = nanoTime.getAsLong();
    CompletionStage<Generations> read =
        store
            .connect()
            .thenCompose(
                connected -> {
                  tell();
                  return store.generations();
                });
    whenDone(
        read,
        (generations, error) -> {
          if (generations == null) {
            failed(error);
            if (failedLooks.incrementAndGet() % MOST_FAILED_LOOKS == 0) {
              store.disconnect();
            }
            return;
          }
          failedLooks.set(0);
          boolean first = known == null;
          learned(generations, began);
          if (first) {
            LOG.info("answers are shared through Redis");
          }
          if (breaker.tried()) {
            LOG.info("Redis answers again; it is used");
          }
        });
  }

  private void learned(Generations read, long began) {
    Known before = known;
    if (before == null) {
      // What is held was asked for when nothing was known of purges.
      forget.accept(key -> true);
    } else {
      Set<String> changed = before.generations().differences(read);
      if (changed.contains(Generations.EPOCH)) {
        forget.accept(key -> true);
      } else if (!changed.isEmpty()) {
        forget.accept(key -> !Collections.disjoint(Generations.fieldsOf(key.tenant()), changed));
      }
    }
    // Only now: whoever sees the new generations has also been marked by the purge.
    known = new Known(read, began);
    if (read.texts().size() > Generations.MOST) {
      var unused = store.restart(Map.of(Generations.EPOCH, newText()));
    }
  }

  private void failed(@Nullable Throwable error) {
    problem = text(error);
    if (breaker.failed()) {
      LOG.warn("Redis is not used for now: {}", problem);
    }
  }

  private void work(Runnable task, Runnable otherwise) {
    try {
      worker.execute(task);
    } catch (RejectedExecutionException e) {
      otherwise.run();
    }
  }

  private String name(Place place) {
    return config.keyPrefix()
        + "1:"
        + Base64.getUrlEncoder().withoutPadding().encodeToString(place.digest());
  }

  static String newText() {
    return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
  }

  private static <T> void whenDone(
      CompletionStage<T> stage, BiConsumer<? super @Nullable T, ? super @Nullable Throwable> then) {
    var unused = stage.whenComplete(then);
  }

  private static boolean isTimeout(@Nullable Throwable error) {
    return root(error) instanceof TimeoutException;
  }

  private static String text(@Nullable Throwable error) {
    Throwable root = root(error);
    return root instanceof TimeoutException ? "no answer in time" : String.valueOf(root);
  }

  private static @Nullable Throwable root(@Nullable Throwable error) {
    Throwable root = error;
    while (root != null && root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  @Override
  public void close() {
    store.close();
  }
}
