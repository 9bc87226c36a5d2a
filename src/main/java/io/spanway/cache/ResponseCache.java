// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.model.TenantId;
import io.spanway.route.Operation;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers held for those who may see them again, and requests joined that ask for the same at the
 * same time. Usable from any thread; nothing here blocks and no lock is held while a listener, a
 * freshness function or a waiting request is called.
 *
 * <p>How long an answer lasts is measured on a monotonic clock, so that a jump of the wall clock
 * neither empties the cache nor keeps anything for ever.
 */
public final class ResponseCache {
  private static final Logger LOG = LoggerFactory.getLogger(ResponseCache.class);

  private final CacheConfig config;
  private final CacheListener listener;
  private final LongSupplier nanoTime;
  private final AnswerStore store;
  private final PurgeLog purges = new PurgeLog();
  private final WindowStore windows;
  private final @Nullable SharedLevel shared;

  /** The fetch that a request for a key may join. */
  private final Map<CacheKey, CollectingFill> joinable = new ConcurrentHashMap<>();

  /** All fetches, those included that a refresh has taken the place of: what a purge must mark. */
  private final Set<CollectingFill> live =
      Collections.newSetFromMap(new ConcurrentHashMap<CollectingFill, Boolean>());

  private final AtomicLong sequence = new AtomicLong();
  private final AtomicLong collected = new AtomicLong();

  /**
   * Creates an empty cache.
   *
   * @param nanoTime a monotonic clock in nanoseconds of any origin, {@code System::nanoTime}
   */
  public ResponseCache(CacheConfig config, CacheListener listener, LongSupplier nanoTime) {
    this(config, listener, nanoTime, null);
  }

  /**
   * Creates an empty cache in front of one that replicas share.
   *
   * @param nanoTime a monotonic clock in nanoseconds of any origin, {@code System::nanoTime}
   * @param shared what replicas share; used by this cache alone. Null for nothing
   */
  public ResponseCache(
      CacheConfig config,
      CacheListener listener,
      LongSupplier nanoTime,
      @Nullable SharedLevel shared) {
    this.config = config;
    this.listener = listener;
    this.nanoTime = nanoTime;
    this.store = new AnswerStore(config, listener, nanoTime);
    this.windows = new WindowStore(config, store, purges, sequence);
    this.shared = shared;
    if (shared != null) {
      shared.start(this::purge);
    }
  }

  /**
   * Begins a cached read.
   *
   * @param refresh not to use what is stored and not to join a fetch: the answer of the fetch that
   *     the caller then makes takes the place of what is there
   */
  public Lookup begin(CacheKey key, boolean refresh) {
    return begin(key, refresh, null);
  }

  /**
   * Begins a cached read of logs, of which answers about other windows may hold a part.
   *
   * @param ask the question about a window; null for none
   */
  public Lookup begin(CacheKey key, boolean refresh, @Nullable WindowAsk ask) {
    return begin(key, refresh, ask, listener);
  }

  /** Begins a read of what {@link Lookup.Part} found missing, which is counted as that. */
  public Lookup beginGap(CacheKey key) {
    return begin(key, false, null, CacheListener.NONE);
  }

  private Lookup begin(CacheKey key, boolean refresh, @Nullable WindowAsk ask, CacheListener told) {
    if (!config.isOn()) {
      CollectingFill unshared = newFill(key, null);
      unshared.abandon();
      told.bypass(key.operation(), BypassReason.OFF);
      return new Lookup.Lead(unshared);
    }
    while (true) {
      if (!refresh) {
        CachedResponse found = store.find(key);
        if (found != null) {
          return hit(key, found, told);
        }
      }
      HeldLogs logs = refresh || ask == null ? null : windows.find(ask, false);
      if (logs != null && logs.gap() == null) {
        told.hit(key.operation(), (int) logs.bytes());
        return new Lookup.Logs(logs);
      }
      CollectingFill current = joinable.get(key);
      if (current != null && !refresh) {
        Lookup.Follow follow = current.join();
        if (follow != null) {
          told.coalesced(key.operation());
          return follow;
        }
      }
      WindowQuestion gap = logs == null ? null : logs.gap();
      if (logs != null && gap != null) {
        told.partial(key.operation(), (int) logs.bytes());
        return new Lookup.Part(logs, new WindowGap(logs, gap));
      }
      SharedLevel.Place place = shared == null ? null : shared.place(key);
      CollectingFill fill = newFill(key, place);
      live.add(fill);
      if (!publish(key, current, fill)) {
        live.remove(fill);
        continue;
      }
      if (!refresh) {
        // A fetch may have ended between the first look into the store and now.
        CachedResponse found = store.find(key);
        if (found != null) {
          fill.end(found);
          return hit(key, found, told);
        }
      }
      if (shared != null && !refresh && told != CacheListener.NONE) {
        if (place != null) {
          SharedLookup look = new SharedLookup(shared, place, key, fill, ask);
          return new Lookup.Elsewhere(new SharedAsk(look::start));
        }
        told.shared(CacheListener.SharedRead.SKIPPED);
      }
      told.miss(key.operation());
      return new Lookup.Lead(fill);
    }
  }

  /** Notes when a question is asked. */
  public WindowAsk ask(WindowQuestion question) {
    return new WindowAsk(question, nanoTime.getAsLong(), purges.count());
  }

  /**
   * Keeps what a whole answer says about the window that was asked for.
   *
   * @param ask the question, noted before it was asked
   * @param body the decoded body, lent. Takes some milliseconds for a thousand entries
   * @return whether it was such an answer
   */
  public boolean keep(WindowAsk ask, @Nullable String contentType, byte[] body) {
    return config.isOn() && windows.keep(ask, contentType, body);
  }

  /**
   * Returns an answer with status 200 whose time is over, but not by more than may be when the
   * upstream fails; null when there is none.
   */
  public @Nullable StaleAnswer stale(CacheKey key, @Nullable WindowAsk ask) {
    if (!config.isOn() || config.staleIfError().isZero()) {
      return null;
    }
    StoredAnswer held = store.held(key);
    CachedResponse response = held == null ? null : held.response();
    HeldLogs logs = response != null || ask == null ? null : windows.find(ask, true);
    if (logs != null) {
      listener.stale(key.operation());
      return StaleAnswer.of(logs);
    }
    if (response == null || response.status() != 200) {
      return null;
    }
    listener.stale(key.operation());
    return StaleAnswer.of(response, age(response));
  }

  /** Returns the most bytes that an answer may have. */
  public long maxEntryBytes() {
    return config.maxEntry().bytes();
  }

  /**
   * Finds an answer that is held for another question and serves as well; counted as a hit of the
   * question asked. An answer to that question itself comes first: there is none to find then.
   *
   * @param others keys of the other questions, of the same tenant and caller; asked for when there
   *     is a use for them
   * @param serves whether an answer does; called on this thread
   */
  public Lookup.@Nullable Hit findInstead(
      CacheKey asked,
      Supplier<List<CacheKey>> others,
      BiPredicate<CacheKey, CachedResponse> serves) {
    if (!config.isOn() || store.find(asked) != null) {
      return null;
    }
    for (CacheKey other : others.get()) {
      CachedResponse found = store.find(other);
      if (found != null && serves.test(other, found)) {
        return hit(asked, found, listener);
      }
    }
    return null;
  }

  /** Counts a request that is left alone. */
  public void bypass(Operation operation, BypassReason reason) {
    listener.bypass(operation, reason);
  }

  /**
   * Forgets all that a tenant could see, answers of several tenants of which it is one included;
   * what is being fetched now reaches those who wait for it but is not stored.
   *
   * @param tenant the tenant, or several; null for callers that name none
   */
  public void purgeTenant(@Nullable TenantId tenant) {
    purge(key -> concerns(key.tenant(), tenant));
    if (shared != null) {
      shared.purge(tenant);
    }
  }

  /** Forgets everything, as {@link #purgeTenant} does. */
  public void purgeAll() {
    purge(key -> true);
    if (shared != null) {
      shared.purgeAll();
    }
  }

  /**
   * Lets go of all answers, and keeps none from now on: another cache takes its place. Requests
   * under way go on, and can still share a fetch.
   */
  public void retire() {
    store.retire();
  }

  /** Returns what is held now. */
  public CacheStats stats() {
    store.cleanUp();
    return new CacheStats(
        store.entries(), store.bytes(), config.maxSize().bytes(), live.size(), collected.get());
  }

  private CollectingFill newFill(CacheKey key, SharedLevel.@Nullable Place place) {
    int maxEntry = (int) config.maxEntry().bytes();
    return new CollectingFill(key, sequence.incrementAndGet(), maxEntry, new Books(place));
  }

  private Lookup.Hit hit(CacheKey key, CachedResponse found, CacheListener told) {
    told.hit(key.operation(), found.body().length);
    return new Lookup.Hit(found, age(found));
  }

  private Duration age(CachedResponse found) {
    return Duration.ofNanos(Math.max(0, nanoTime.getAsLong() - found.storedAtTick()));
  }

  private boolean publish(CacheKey key, @Nullable CollectingFill current, CollectingFill fill) {
    return current == null
        ? joinable.putIfAbsent(key, fill) == null
        : joinable.replace(key, current, fill);
  }

  private void purge(Predicate<CacheKey> which) {
    purges.add(which);
    for (CollectingFill fill : live) {
      if (which.test(fill.key())) {
        fill.purge();
        joinable.remove(fill.key(), fill);
      }
    }
    store.purge(which);
  }

  private static boolean concerns(@Nullable TenantId held, @Nullable TenantId purged) {
    if (held == null || purged == null) {
      return held == null && purged == null;
    }
    return held.equals(purged) || !Collections.disjoint(held.ids(), purged.ids());
  }

  /** One fetch's look into what replicas share. */
  private final class SharedLookup {
    private final SharedLevel level;
    private final SharedLevel.Place place;
    private final CacheKey key;
    private final CollectingFill fill;
    private final @Nullable WindowAsk ask;

    SharedLookup(
        SharedLevel level,
        SharedLevel.Place place,
        CacheKey key,
        CollectingFill fill,
        @Nullable WindowAsk ask) {
      this.level = level;
      this.place = place;
      this.key = key;
      this.fill = fill;
      this.ask = ask;
    }

    void start(Consumer<Lookup> then) {
      level.find(place, found -> then.accept(found == null ? missed() : guarded(found)));
    }

    private Lookup guarded(SharedLevel.Shared found) {
      try {
        return found(found);
      } catch (RuntimeException e) {
        // Those who joined wait for this: they would for ever.
        LOG.warn("an answer of another replica is not used", e);
        return missed();
      }
    }

    private Lookup missed() {
      listener.miss(key.operation());
      return new Lookup.Lead(fill);
    }

    private Lookup found(SharedLevel.Shared found) {
      CachedResponse response = response(found);
      StoredAnswer stored = new StoredAnswer(key, response, fill.sequence());
      if (!found.isFresh()) {
        // For when the upstream fails; what is here already is no older.
        if (store.held(key) == null) {
          keep(stored);
        }
        return missed();
      }
      keep(stored);
      if (ask != null) {
        WindowAsk asked = ask.earlier(found.age());
        windows.keep(asked, response.header("content-type"), response.body());
      }
      fill.end(response);
      return hit(key, response, listener);
    }

    /** As an answer of a fetch is kept, in the face of a purge. */
    private void keep(StoredAnswer stored) {
      store.put(stored);
      if (fill.isPurged()) {
        store.purge(stored);
      }
    }

    private CachedResponse response(SharedLevel.Shared found) {
      SharedValue value = found.value();
      long storedAt = nanoTime.getAsLong() - found.age().toNanos();
      long freshUntil = storedAt + value.ttl().toNanos();
      return new CachedResponse(value.status(), value.headers(), value.body(), storedAt, freshUntil)
          .with(value.gzip());
    }
  }

  private final class Books implements FillOwner {
    private static final Duration LONGEST = Duration.ofDays(365);

    /** Where the answer belongs of what replicas share, noted when its fetch began. */
    private final SharedLevel.@Nullable Place place;

    Books(SharedLevel.@Nullable Place place) {
      this.place = place;
    }

    @Override
    public CachedResponse response(int status, HttpHeaders headers, byte[] body, Duration ttl) {
      long now = nanoTime.getAsLong();
      long fresh = (ttl.compareTo(LONGEST) > 0 ? LONGEST : ttl).toNanos();
      return new CachedResponse(status, headers, body, now, now + fresh);
    }

    @Override
    public void store(StoredAnswer answer) {
      store.put(answer);
      CachedResponse response = answer.response();
      if (shared != null && place != null && response != null) {
        shared.put(place, response);
      }
    }

    @Override
    public void purge(StoredAnswer answer) {
      store.purge(answer);
    }

    @Override
    public void ended(CollectingFill fill) {
      joinable.remove(fill.key(), fill);
      live.remove(fill);
    }

    @Override
    public void tooLarge(CacheKey key) {
      listener.tooLarge(key.operation());
    }

    @Override
    public boolean reserve(long bytes) {
      if (collected.addAndGet(bytes) > config.maxSize().bytes()) {
        collected.addAndGet(-bytes);
        return false;
      }
      return true;
    }

    @Override
    public void release(long bytes) {
      collected.addAndGet(-bytes);
    }
  }
}
