// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.http.QueryParameters;
import io.spanway.model.TenantId;
import io.spanway.units.DataSize;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Two caches and a store between them. */
final class SharedLevelTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final CacheKey KEY = key("a");

  private final MemoryStore store = new MemoryStore();
  private final FakeTicks ticks = new FakeTicks();
  private Instant secondsClock = Instant.ofEpochSecond(1_700_000_000);
  private final RecordedEvents events = new RecordedEvents();
  private final SharedLevel firstLevel = level(RedisConfig.DEFAULT, false);
  private final SharedLevel secondLevel = level(RedisConfig.DEFAULT, true);
  private final ResponseCache first = cache(firstLevel);
  private final ResponseCache second = cache(secondLevel);

  private static CacheKey key(String tenant) {
    return Requests.key(
        Requests.queryRange(), QueryParameters.of("query", "x"), "X-Scope-OrgID", tenant);
  }

  private static CacheConfig config(RedisConfig redis) {
    return new CacheConfig(
        DataSize.mib(8),
        DataSize.mib(1),
        50,
        Duration.ofSeconds(2),
        Duration.ofMinutes(10),
        Duration.ofMinutes(5),
        CacheConfig.Ttl.DEFAULT,
        redis);
  }

  private SharedLevel level(RedisConfig redis, boolean second) {
    Instant start = Instant.ofEpochSecond(1_700_000_000);
    return new SharedLevel(
        config(redis), store, events, ticks, () -> second ? secondsClock : start, Runnable::run);
  }

  private ResponseCache cache(SharedLevel level) {
    return new ResponseCache(config(RedisConfig.DEFAULT), events, ticks, level);
  }

  private static Lookup ask(ResponseCache cache, CacheKey key) {
    Lookup begun = cache.begin(key, false);
    if (!(begun instanceof Lookup.Elsewhere elsewhere)) {
      return begun;
    }
    AtomicReference<Lookup> found = new AtomicReference<>();
    elsewhere.ask().start(Runnable::run, found::set);
    return found.get();
  }

  private static void fetch(ResponseCache cache, CacheKey key, Duration ttl) {
    Fill fill = ((Lookup.Lead) ask(cache, key)).fill();
    CacheFixture.append(fill, "{}");
    CacheFixture.finish(fill, ttl);
  }

  private static boolean isHit(ResponseCache cache, CacheKey key) {
    Lookup found = ask(cache, key);
    if (found instanceof Lookup.Lead lead) {
      lead.fill().abandon();
    }
    return found instanceof Lookup.Hit;
  }

  @Test
  void answer_isTheOthersToo() {
    fetch(first, KEY, MINUTE);

    Lookup.Hit hit = (Lookup.Hit) ask(second, KEY);

    assertThat(CacheFixture.text(hit.response())).isEqualTo("{}");
    assertThat(hit.age()).isZero();
    assertThat(store.kept).containsValue(Duration.ofMinutes(6));
    assertThat(isHit(second, KEY)).isTrue();
    assertThat(store.finds).isEqualTo(2);
  }

  @Test
  void thoseWhoJoinedTheLook_getWhatItFinds() {
    fetch(first, KEY, MINUTE);
    Lookup.Elsewhere elsewhere = (Lookup.Elsewhere) second.begin(KEY, false);
    Lookup.Follow follow = (Lookup.Follow) second.begin(KEY, false);

    elsewhere.ask().start(Runnable::run, found -> {});

    assertThat(CacheFixture.answer(follow)).isEqualTo("{}");
    assertThat(store.finds).isEqualTo(2);
  }

  @Test
  void answerThatIsUsedForMoments_isNotShared() {
    fetch(first, KEY, Duration.ofSeconds(4));

    assertThat(store.values).isEmpty();
  }

  @Test
  void ageByTheStore_countsWhateverTheClocksSay() {
    fetch(first, KEY, MINUTE);
    store.passed = Duration.ofSeconds(59);
    secondsClock = secondsClock.minusSeconds(3600);

    assertThat(((Lookup.Hit) ask(second, KEY)).age()).isEqualTo(Duration.ofSeconds(59));
  }

  @Test
  void ageByTheClocks_countsWhateverTheStoreSays() {
    fetch(first, KEY, MINUTE);
    secondsClock = secondsClock.plusSeconds(61);

    assertThat(isHit(second, KEY)).isFalse();
    assertThat(events.count("shared STALE")).isOne();
  }

  @Test
  void answerPastItsTime_isThereWhenTheUpstreamFails() {
    fetch(first, KEY, MINUTE);
    store.passed = Duration.ofSeconds(90);

    assertThat(isHit(second, KEY)).isFalse();

    StaleAnswer stale = second.stale(KEY, null);
    assertThat(stale).isNotNull();
    assertThat(stale.age()).isEqualTo(Duration.ofSeconds(90));
  }

  @Test
  void purge_reachesTheOthersMemoryAndTheStore() {
    fetch(first, KEY, MINUTE);
    fetch(first, key("b"), MINUTE);
    assertThat(isHit(second, KEY)).isTrue();
    assertThat(isHit(second, key("b"))).isTrue();

    first.purgeTenant(TenantId.parse("a"));
    store.look();

    assertThat(isHit(first, KEY)).isFalse();
    assertThat(isHit(second, KEY)).isFalse();
    assertThat(isHit(second, key("b"))).isTrue();
  }

  @Test
  void purgeOfOneTenant_concernsAnswersOfSeveral() {
    CacheKey both = key("a|b");
    fetch(first, both, MINUTE);

    first.purgeTenant(TenantId.parse("b"));
    store.look();

    assertThat(isHit(second, both)).isFalse();
  }

  @Test
  void purgeOfAll_reachesTheOthers() {
    fetch(first, KEY, MINUTE);
    assertThat(isHit(second, KEY)).isTrue();

    first.purgeAll();
    store.look();

    assertThat(isHit(second, KEY)).isFalse();
  }

  @Test
  void fillThatAPurgeOvertakes_isFoundByNobody() {
    Fill fill = ((Lookup.Lead) ask(second, KEY)).fill();
    first.purgeTenant(TenantId.parse("a"));
    // The second has not heard of it yet when its answer comes.
    CacheFixture.append(fill, "{}");
    CacheFixture.finish(fill, MINUTE);
    assertThat(store.values).hasSize(1);

    assertThat(isHit(first, KEY)).isFalse();
    store.look();
    assertThat(isHit(second, KEY)).isFalse();
  }

  @Test
  void lookThatAPurgeOvertakes_isKeptByNobody() {
    fetch(first, KEY, MINUTE);
    store.slow = true;
    Lookup.Elsewhere elsewhere = (Lookup.Elsewhere) second.begin(KEY, false);
    elsewhere.ask().start(Runnable::run, found -> {});
    second.purgeTenant(TenantId.parse("a"));
    store.catchUp();

    assertThat(isHit(second, KEY)).isFalse();
  }

  @Test
  void purgeThatTheStoreWasNotTold_keepsItsAnswersAway() {
    fetch(first, KEY, MINUTE);
    store.broken = true;
    second.purgeTenant(TenantId.parse("a"));
    store.broken = false;

    assertThat(isHit(second, KEY)).isFalse();
    assertThat(secondLevel.stats().pendingPurges()).isOne();
    store.look();
    assertThat(secondLevel.stats().pendingPurges()).isZero();
    store.look();
    assertThat(isHit(first, KEY)).isFalse();
  }

  @Test
  void storeThatHasNotBeenReadForLong_isNotAsked() {
    fetch(first, KEY, MINUTE);
    ticks.advance(Duration.ofSeconds(6));

    assertThat(second.begin(KEY, false)).isInstanceOf(Lookup.Lead.class);
    assertThat(secondLevel.stats().state()).isEqualTo(RedisStats.State.WAITING);
  }

  @Test
  void failures_openTheBreakerAndALookClosesIt() {
    store.broken = true;
    for (int i = 0; i < 5; i++) {
      assertThat(isHit(second, key("t" + i))).isFalse();
    }
    assertThat(secondLevel.stats().state()).isEqualTo(RedisStats.State.OPEN);
    assertThat(secondLevel.stats().problem()).contains("broken");
    int asked = store.finds;
    assertThat(isHit(second, key("t6"))).isFalse();
    assertThat(store.finds).isEqualTo(asked);

    store.broken = false;
    store.look();
    assertThat(secondLevel.stats().state()).isEqualTo(RedisStats.State.OPEN);
    ticks.advance(Duration.ofSeconds(1));
    store.look();
    assertThat(secondLevel.stats().state()).isEqualTo(RedisStats.State.USED);
  }

  @Test
  void storeThatNeverAnswers_isConnectedToAnew() {
    store.broken = true;
    for (int i = 0; i < 6; i++) {
      store.look();
      ticks.advance(Duration.ofSeconds(5));
    }

    assertThat(store.disconnects).isPositive();
  }

  @Test
  void answersThatWait_areBounded() {
    store.slow = true;
    RedisConfig small =
        new RedisConfig(
            "redis://h",
            false,
            null,
            null,
            Duration.ofMillis(50),
            "p:",
            DataSize.mib(4),
            Duration.ZERO,
            DataSize.kib(2),
            RedisConfig.Tls.DEFAULT);
    SharedLevel level = level(small, false);
    CachedResponse response =
        new CachedResponse(
            200,
            Requests.headers(),
            new byte[100],
            ticks.getAsLong(),
            ticks.getAsLong() + MINUTE.toNanos());
    SharedLevel.Place place = new SharedLevel.Place(new byte[32]);

    level.put(place, response);
    level.put(place, response);

    assertThat(events.count("shared DROPPED")).isOne();
    assertThat(level.stats().pendingBytes()).isEqualTo(response.size());
    store.catchUp();
    assertThat(level.stats().pendingBytes()).isZero();
    assertThat(events.count("shared WRITTEN")).isOne();
  }

  @Test
  void tenants_goNowhereByName() {
    assertThat(Generations.fieldsOf(TenantId.parse("acme"))).noneMatch(f -> f.contains("acme"));
    assertThat(Generations.fieldsOf(TenantId.parse("acme|other"))).hasSize(2);
    assertThat(Generations.fieldsOf(TenantId.parse("acme")))
        .isNotEqualTo(Generations.fieldsOf(TenantId.parse("other")));
  }
}
