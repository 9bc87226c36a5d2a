// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Predicate;

/**
 * The latest purges, so that an answer can be told from one that was asked for before. Thread-safe;
 * its lock is held for as long as it takes to look through the few that are kept.
 */
final class PurgeLog {
  /** An answer that has seen more purges than this since it was asked for is not kept. */
  private static final int KEPT = 64;

  private final Deque<Predicate<CacheKey>> latest = new ArrayDeque<>();
  private long count;

  synchronized long count() {
    return count;
  }

  synchronized void add(Predicate<CacheKey> which) {
    count++;
    latest.addLast(which);
    if (latest.size() > KEPT) {
      latest.removeFirst();
    }
  }

  /** Says whether {@code key} may have been purged since there were {@code purges}. */
  synchronized boolean hasPurged(CacheKey key, long purges) {
    long since = count - purges;
    if (since > latest.size()) {
      return true;
    }
    var newestFirst = latest.descendingIterator();
    for (long i = 0; i < since && newestFirst.hasNext(); i++) {
      if (newestFirst.next().test(key)) {
        return true;
      }
    }
    return false;
  }
}
