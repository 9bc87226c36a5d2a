// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.spanway.cache.CacheListener.Removal;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The answers held, bounded by bytes. Caffeine decides what stays (its admission resists scans) and
 * {@link TenantShares} what must leave before that, so that one tenant's scan costs that tenant's
 * own answers.
 */
final class AnswerStore {
  private final Cache<CacheKey, StoredAnswer> cache;
  private final TenantShares shares;
  private final CacheListener listener;
  private final LongSupplier ticks;

  AnswerStore(CacheConfig config, CacheListener listener, LongSupplier ticks) {
    this.listener = listener;
    this.ticks = ticks;
    this.shares = new TenantShares(config.maxSize().bytes(), config.tenantPercent());
    this.cache =
        Caffeine.newBuilder()
            .maximumWeight(config.maxSize().bytes())
            .weigher((CacheKey key, StoredAnswer answer) -> weight(answer))
            .expireAfter(new FreshUntil(config.staleIfError().toNanos()))
            .ticker(ticks::getAsLong)
            // Upkeep is a few steps per write; on the calling thread it needs no pool and is over
            // when the call returns.
            .executor(Runnable::run)
            .removalListener(this::onRemoval)
            .build();
  }

  /** Returns the whole answer that may be used now. */
  @Nullable CachedResponse find(CacheKey key) {
    StoredAnswer answer = cache.getIfPresent(key);
    return answer == null || answer.freshUntilTick() - ticks.getAsLong() <= 0
        ? null
        : answer.response();
  }

  /** Returns what is held, be its time over or not. */
  @Nullable StoredAnswer held(CacheKey key) {
    return cache.getIfPresent(key);
  }

  /**
   * Stores an answer in the place of another.
   *
   * @param present what is to be there; null for nothing
   * @return false when something else was there
   */
  boolean replace(@Nullable StoredAnswer present, StoredAnswer answer) {
    evict(shares.makeRoom(answer), Removal.TENANT_SHARE);
    shares.add(answer);
    boolean replaced =
        present == null
            ? cache.asMap().putIfAbsent(answer.key(), answer) == null
            : cache.asMap().replace(answer.key(), present, answer);
    if (!replaced) {
      shares.remove(answer);
      return false;
    }
    listener.stored(answer.key().operation(), answer.size());
    return true;
  }

  /** Stores an answer unless there is one of a fetch that began later. */
  void put(StoredAnswer answer) {
    evict(shares.makeRoom(answer), Removal.TENANT_SHARE);
    shares.add(answer);
    CachedResponse response = answer.response();
    if (response != null) {
      response.onGrowth(size -> onGrowth(answer, size));
    }
    StoredAnswer kept =
        cache
            .asMap()
            .compute(
                answer.key(),
                (key, present) ->
                    present != null && present.sequence() > answer.sequence() ? present : answer);
    if (kept != answer) {
      shares.remove(answer);
      return;
    }
    listener.stored(answer.key().operation(), answer.size());
  }

  void purge(StoredAnswer answer) {
    evict(List.of(answer), Removal.PURGED);
  }

  void purge(Predicate<CacheKey> which) {
    for (StoredAnswer answer : cache.asMap().values()) {
      if (which.test(answer.key())) {
        purge(answer);
      }
    }
  }

  long entries() {
    return cache.estimatedSize();
  }

  long bytes() {
    return shares.total();
  }

  /** Lets everything go, and holds nothing from now on. */
  void retire() {
    cache.policy().eviction().orElseThrow().setMaximum(0);
    cache.cleanUp();
  }

  /** Does what upkeep is due: expired answers leave. */
  void cleanUp() {
    cache.cleanUp();
  }

  private void evict(List<StoredAnswer> answers, Removal why) {
    for (StoredAnswer answer : answers) {
      answer.removedBecause(why);
      cache.asMap().remove(answer.key(), answer);
    }
  }

  private void onGrowth(StoredAnswer answer, long size) {
    if (shares.resize(answer, size)) {
      // Writing the same answer has Caffeine weigh it again.
      cache.asMap().computeIfPresent(answer.key(), (key, present) -> present);
    }
  }

  private void onRemoval(
      @Nullable CacheKey key, @Nullable StoredAnswer answer, RemovalCause cause) {
    if (answer == null) {
      return;
    }
    shares.remove(answer);
    Removal why = answer.removal();
    if (why == null) {
      why =
          switch (cause) {
            case EXPIRED -> Removal.EXPIRED;
            case SIZE -> Removal.SIZE;
            case REPLACED -> Removal.REPLACED;
            case EXPLICIT, COLLECTED -> Removal.PURGED;
          };
    }
    listener.removed(answer.key().operation(), answer.size(), why);
  }

  private static int weight(StoredAnswer answer) {
    return (int) Math.min(answer.size(), Integer.MAX_VALUE);
  }

  /**
   * Each answer ends at its own tick, however often it is written or read.
   *
   * @param graceNs for how long after its time it may still be used when the upstream fails
   */
  private record FreshUntil(long graceNs) implements Expiry<CacheKey, StoredAnswer> {
    @Override
    public long expireAfterCreate(CacheKey key, StoredAnswer answer, long now) {
      return Math.max(0, answer.freshUntilTick() + graceNs - now);
    }

    @Override
    public long expireAfterUpdate(
        CacheKey key, StoredAnswer answer, long now, long currentDuration) {
      return Math.max(0, answer.freshUntilTick() + graceNs - now);
    }

    @Override
    public long expireAfterRead(CacheKey key, StoredAnswer answer, long now, long currentDuration) {
      return currentDuration;
    }
  }
}
