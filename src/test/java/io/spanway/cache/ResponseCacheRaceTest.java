// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import static io.spanway.cache.CacheFixture.MINUTE;
import static io.spanway.cache.CacheFixture.append;
import static io.spanway.cache.CacheFixture.finish;
import static io.spanway.cache.CacheFixture.text;
import static io.spanway.cache.Requests.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.model.TenantId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The same steps from several threads, as often as it takes for them to meet. */
@Timeout(60)
final class ResponseCacheRaceTest {
  private static final int THREADS = 4;

  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

  @AfterEach
  void stopThreads() {
    threads.shutdownNow();
  }

  @Test
  void requestsAtOnce_makeOneFetch() throws Exception {
    CacheFixture fixture = new CacheFixture();
    for (int round = 0; round < 500; round++) {
      CacheKey key = key("a", "q" + round);
      AtomicInteger fetches = new AtomicInteger();
      List<String> answers =
          together(
              THREADS,
              () -> {
                Lookup found = fixture.cache.begin(key, false);
                if (found instanceof Lookup.Lead lead) {
                  fetches.incrementAndGet();
                  append(lead.fill(), "body");
                  return text(finish(lead.fill(), MINUTE));
                }
                return answer(found);
              });
      assertThat(answers).containsOnly("body");
      assertThat(fetches).as("round %s", round).hasValue(1);
    }
    assertThat(fixture.cache.stats().fetches()).isZero();
  }

  @Test
  void failingFetches_leaveNobodyWaiting() throws Exception {
    CacheFixture fixture = new CacheFixture();
    CacheKey key = key("a", "q");
    AtomicInteger turn = new AtomicInteger();
    for (int round = 0; round < 500; round++) {
      together(
          THREADS,
          () -> {
            Lookup found = fixture.cache.begin(key, false);
            if (found instanceof Lookup.Lead lead) {
              switch (turn.getAndIncrement() % 4) {
                case 0 -> lead.fill().fail(new IllegalStateException("gone"));
                case 1 -> lead.fill().abandon();
                case 2 -> append(lead.fill(), "x".repeat(17 * 1024));
                default -> finish(lead.fill(), Duration.ZERO);
              }
              return "";
            }
            ((Lookup.Follow) found).result().toCompletableFuture().get(30, TimeUnit.SECONDS);
            return "";
          });
    }
    assertThat(fixture.cache.stats().fetches()).isZero();
    assertThat(fixture.cache.stats().fetchedBytes()).isZero();
  }

  @Test
  void purgeDuringAFill_neverLeavesTheOldAnswer() throws Exception {
    CacheFixture fixture = new CacheFixture();
    for (int round = 0; round < 2_000; round++) {
      CacheKey key = key("a", "q" + round);
      Fill fill = fixture.lead(key);
      append(fill, "old");
      AtomicInteger turn = new AtomicInteger();
      together(
          2,
          () -> {
            if (turn.getAndIncrement() == 0) {
              finish(fill, MINUTE);
            } else {
              fixture.cache.purgeTenant(TenantId.parse("a"));
            }
            return "";
          });
      assertThat(fixture.isStored(key)).as("round %s", round).isFalse();
    }
    assertThat(fixture.cache.stats().bytes()).isZero();
  }

  @Test
  void leaderAndFollowersLeavingAtOnce_endTheFetchOnce() throws Exception {
    CacheFixture fixture = new CacheFixture();
    for (int round = 0; round < 2_000; round++) {
      CacheKey key = key("a", "q" + round);
      Fill fill = fixture.lead(key);
      append(fill, "part");
      Lookup.Follow first = fixture.follow(key);
      Lookup.Follow second = fixture.follow(key);
      AtomicInteger ended = new AtomicInteger();
      AtomicInteger turn = new AtomicInteger();
      together(
          3,
          () -> {
            switch (turn.getAndIncrement()) {
              case 0 -> {
                if (fill.leaderLeft(ended::incrementAndGet)) {
                  ended.incrementAndGet();
                }
              }
              case 1 -> first.place().leave();
              default -> second.place().leave();
            }
            return "";
          });
      assertThat(ended).as("round %s", round).hasValue(1);
    }
    assertThat(fixture.cache.stats().fetchedBytes()).isZero();
  }

  @Test
  void storeUnderLoad_keepsItsSums() throws Exception {
    CacheFixture fixture = new CacheFixture();
    AtomicInteger next = new AtomicInteger();
    together(
        THREADS,
        () -> {
          int thread = next.getAndIncrement();
          for (int i = 0; i < 3_000; i++) {
            CacheKey key = key("t" + (thread + i) % 3, "q" + i % 700);
            if (fixture.cache.begin(key, i % 50 == 0) instanceof Lookup.Lead lead) {
              append(lead.fill(), "x".repeat(1500 + i % 900));
              CachedResponse response = finish(lead.fill(), MINUTE);
              if (i % 3 == 0) {
                response.gzip();
              }
            }
            if (i % 500 == 499) {
              fixture.cache.purgeTenant(TenantId.parse("t1"));
            }
          }
          return "";
        });

    CacheStats stats = fixture.cache.stats();
    assertThat(stats.bytes()).isBetween(1L, stats.maxBytes());
    fixture.cache.purgeAll();
    assertThat(fixture.cache.stats()).isEqualTo(new CacheStats(0, 0, stats.maxBytes(), 0, 0));
  }

  private <T> List<T> together(int count, Callable<T> step) throws Exception {
    CyclicBarrier start = new CyclicBarrier(count);
    List<Future<T>> running = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      running.add(
          threads.submit(
              () -> {
                start.await();
                return step.call();
              }));
    }
    List<T> results = new ArrayList<>();
    for (Future<T> each : running) {
      results.add(each.get(30, TimeUnit.SECONDS));
    }
    return results;
  }

  private static String answer(Lookup found) throws Exception {
    if (found instanceof Lookup.Hit hit) {
      return text(hit.response());
    }
    FollowResult result =
        ((Lookup.Follow) found).result().toCompletableFuture().get(30, TimeUnit.SECONDS);
    return text(((FollowResult.Answered) result).response());
  }
}
