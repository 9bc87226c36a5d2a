// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Addresses from which wrong credentials came. After a few, those that are not known to be right
 * are not looked at for a second, then two, four, at most a minute. Holds a bounded number of
 * addresses, each for ten minutes after its last failure; a success in between forgives nothing, or
 * whoever has credentials could go on guessing those of others. Thread-safe.
 */
final class BackOff {
  /** Failures that cost nothing: people mistype. */
  static final int FREE = 5;

  private static final long FIRST_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final int ADDRESSES = 10_000;

  private record Failures(int count, long heldUntil) {}

  private final LongSupplier nanos;
  private final Cache<String, Failures> byAddress;

  BackOff(LongSupplier nanos) {
    this.nanos = nanos;
    this.byAddress =
        Caffeine.newBuilder()
            .maximumSize(ADDRESSES)
            .expireAfterWrite(Duration.ofMinutes(10))
            .ticker(nanos::getAsLong)
            .executor(Runnable::run)
            .build();
  }

  /** Returns the seconds for which nothing from an address is looked at, 0 for none. */
  long heldSeconds(String address) {
    Failures failures = byAddress.getIfPresent(address);
    if (failures == null || failures.count() < FREE) {
      return 0;
    }
    long left = failures.heldUntil() - nanos.getAsLong();
    return left <= 0 ? 0 : TimeUnit.NANOSECONDS.toSeconds(left - 1) + 1;
  }

  void failed(String address) {
    long now = nanos.getAsLong();
    byAddress
        .asMap()
        .compute(
            address,
            (a, before) -> {
              int count = before == null ? 1 : Math.min(before.count() + 1, FREE + 10);
              long hold = count < FREE ? 0 : Math.min(FIRST_NANOS << (count - FREE), MOST_NANOS);
              return new Failures(count, now + hold);
            });
  }
}
