// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import static io.spanway.cache.CacheFixture.MINUTE;
import static io.spanway.cache.Requests.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.units.DataSize;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

final class AnswerStoreTest {
  private static final String BODY = "x".repeat(1000);

  private final CacheFixture fixture = new CacheFixture();

  @Test
  void tenThousandQueries_stayWithinTheBytes() {
    for (int i = 0; i < 10_000; i++) {
      fixture.fetch(key("a", "q" + i), BODY, MINUTE);
    }

    CacheStats stats = fixture.cache.stats();
    assertThat(stats.bytes()).isBetween(stats.maxBytes() / 2, stats.maxBytes());
    assertThat(stats.entries()).isBetween(200L, 600L);
  }

  @Test
  void scan_doesNotPushOutWhatIsAskedForOften() {
    CacheKey often = key("a", "often");
    fixture.fetch(often, BODY, MINUTE);
    for (int i = 0; i < 5_000; i++) {
      fixture.fetch(key("a", "q" + i), BODY, MINUTE);
      if (i % 10 == 0) {
        assertThat(fixture.isStored(often)).as("after %s", i).isTrue();
      }
    }
  }

  @Test
  void tenantAlone_mayUseEverything() {
    for (int i = 0; i < 2_000; i++) {
      fixture.fetch(key("a", "q" + i), BODY, MINUTE);
    }

    CacheStats stats = fixture.cache.stats();
    assertThat(stats.bytes()).isGreaterThan(stats.maxBytes() * 9 / 10);
    assertThat(fixture.events.count("removed TENANT_SHARE")).isZero();
  }

  @Test
  void tenantThatScans_doesNotEvictTheOthers() {
    for (int i = 0; i < 100; i++) {
      fixture.fetch(key("quiet", "q" + i), BODY, MINUTE);
    }
    for (int i = 0; i < 10_000; i++) {
      fixture.fetch(key("greedy", "q" + i), BODY, MINUTE);
    }

    for (int i = 0; i < 100; i++) {
      assertThat(fixture.isStored(key("quiet", "q" + i))).as("entry %s", i).isTrue();
    }
    assertThat(fixture.cache.stats().bytes()).isLessThanOrEqualTo(1 << 20);
    assertThat(fixture.events.count("removed TENANT_SHARE")).isPositive();
  }

  @Test
  void tenantThatComesLater_getsRoom() {
    for (int i = 0; i < 2_000; i++) {
      fixture.fetch(key("first", "q" + i), BODY, MINUTE);
    }
    for (int i = 0; i < 100; i++) {
      fixture.fetch(key("second", "q" + i), BODY, MINUTE);
    }

    int kept = 0;
    for (int i = 0; i < 100; i++) {
      kept += fixture.isStored(key("second", "q" + i)) ? 1 : 0;
    }
    assertThat(kept).isGreaterThan(95);
  }

  @Test
  void sums_areZeroWhenAllHasGone() {
    for (int i = 0; i < 500; i++) {
      fixture.fetch(key("t" + i % 7, "q" + i), BODY, Duration.ofSeconds(1 + i % 60));
      fixture.fetch(key("t" + i % 7, "r" + i % 10), BODY, Duration.ofSeconds(1));
      fixture.ticks.advance(Duration.ofMillis(100));
    }
    fixture.ticks.advance(Duration.ofHours(1));

    CacheStats stats = fixture.cache.stats();
    assertThat(stats.entries()).isZero();
    assertThat(stats.bytes()).isZero();
  }

  @Test
  void compressedForm_isMadeOnceAndCounted() throws IOException {
    String body = "a line of a log ".repeat(500);
    CacheKey key = key("a", "q");
    fixture.fetch(key, body, MINUTE);
    long before = fixture.cache.stats().bytes();

    byte[] gzip = fixture.hit(key).response().gzip();

    assertThat(gzip).isSameAs(fixture.hit(key).response().gzip()).hasSizeLessThan(1000);
    assertThat(fixture.cache.stats().bytes()).isEqualTo(before + gzip.length);
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(gzip))) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo(body);
    }
    fixture.ticks.advance(MINUTE);
    assertThat(fixture.cache.stats().bytes()).isZero();
  }

  @Test
  void compressedForms_countAgainstTheBound() {
    CacheFixture small = new CacheFixture(DataSize.kib(64), DataSize.kib(16));
    Random random = new Random(7);
    for (int i = 0; i < 200; i++) {
      StringBuilder body = new StringBuilder();
      for (int j = 0; j < 3000; j++) {
        body.append((char) ('!' + random.nextInt(90)));
      }
      CacheKey key = key("a", "q" + i % 20);
      if (small.cache.begin(key, false) instanceof Lookup.Lead lead) {
        CacheFixture.append(lead.fill(), body.toString());
        CachedResponse response = CacheFixture.finish(lead.fill(), MINUTE);
        assertThat(response.gzip()).isNotNull();
      }
      assertThat(small.cache.stats().bytes()).isLessThanOrEqualTo(64 * 1024);
    }
  }

  @Test
  void smallBody_isNotCompressed() {
    CacheKey key = key("a", "q");
    fixture.fetch(key, "x".repeat(CachedResponse.MIN_GZIP - 1), MINUTE);

    assertThat(fixture.hit(key).response().gzip()).isNull();
  }
}
