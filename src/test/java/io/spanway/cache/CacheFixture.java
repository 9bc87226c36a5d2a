// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.units.DataSize;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A small cache with a clock and a listener of the test's, and short words for using it. */
final class CacheFixture {
  static final Duration MINUTE = Duration.ofMinutes(1);

  final FakeTicks ticks = new FakeTicks();
  final RecordedEvents events = new RecordedEvents();
  final ResponseCache cache;

  CacheFixture(DataSize maxSize, DataSize maxEntry) {
    CacheConfig config =
        new CacheConfig(
            maxSize,
            maxEntry,
            50,
            Duration.ofSeconds(2),
            Duration.ofMinutes(10),
            Duration.ZERO,
            CacheConfig.Ttl.DEFAULT);
    cache = new ResponseCache(config, events, ticks);
  }

  CacheFixture() {
    this(DataSize.mib(1), DataSize.kib(16));
  }

  Fill lead(CacheKey key) {
    return ((Lookup.Lead) cache.begin(key, false)).fill();
  }

  Fill refresh(CacheKey key) {
    return ((Lookup.Lead) cache.begin(key, true)).fill();
  }

  Lookup.Follow follow(CacheKey key) {
    return (Lookup.Follow) cache.begin(key, false);
  }

  Lookup.Hit hit(CacheKey key) {
    return (Lookup.Hit) cache.begin(key, false);
  }

  /** Says whether the key is stored, leaving nothing behind. */
  boolean isStored(CacheKey key) {
    Lookup found = cache.begin(key, false);
    if (found instanceof Lookup.Lead lead) {
      lead.fill().abandon();
    }
    return found instanceof Lookup.Hit;
  }

  /** Fetches {@code body} for a key and stores it for {@code ttl}. */
  void fetch(CacheKey key, String body, Duration ttl) {
    Fill fill = lead(key);
    append(fill, body);
    finish(fill, ttl);
  }

  static void append(Fill fill, String text) {
    ByteBuf part = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    fill.append(part);
    assertThat(part.readableBytes()).isEqualTo(text.length());
    part.release();
  }

  static @Nullable CachedResponse finish(Fill fill, Duration ttl) {
    return finish(fill, 200, Requests.headers("Content-Type", "application/json"), ttl);
  }

  static @Nullable CachedResponse finish(Fill fill, int status, HttpHeaders headers, Duration ttl) {
    return fill.finish(status, headers, body -> ttl);
  }

  /** Returns what a follower has got; null when nothing yet. */
  static @Nullable FollowResult result(Lookup.Follow follow) {
    AtomicReference<FollowResult> got = new AtomicReference<>();
    CompletableFuture<FollowResult> done = follow.result().toCompletableFuture();
    follow.result().thenAccept(got::set);
    assertThat(done).isNotCompletedExceptionally();
    return got.get();
  }

  static String answer(Lookup.Follow follow) {
    return text(((FollowResult.Answered) result(follow)).response());
  }

  static String text(CachedResponse response) {
    return new String(response.body(), StandardCharsets.UTF_8);
  }
}
