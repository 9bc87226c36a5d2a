// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes that may be held in memory at one time, over all exchanges. Safe for any thread. */
public final class ByteBudget {
  private final long limit;
  private final AtomicLong used = new AtomicLong();

  /**
   * Creates one.
   *
   * @param limit the number of bytes, zero or more
   */
  public ByteBudget(long limit) {
    if (limit < 0) {
      throw new IllegalArgumentException("limit: " + limit + " (expected: zero or more)");
    }
    this.limit = limit;
  }

  /** Takes {@code bytes} out of the budget if they are there; says whether they were. */
  public boolean tryReserve(long bytes) {
    requireNotNegative(bytes);
    long before = used.get();
    // Compared by subtraction, which cannot overflow.
    while (bytes <= limit - before) {
      if (used.compareAndSet(before, before + bytes)) {
        return true;
      }
      before = used.get();
    }
    return false;
  }

  /** Puts back {@code bytes} that were reserved. */
  public void release(long bytes) {
    requireNotNegative(bytes);
    if (used.addAndGet(-bytes) < 0) {
      used.addAndGet(bytes);
      throw new IllegalStateException(
          "released " + bytes + " bytes (expected: no more than are reserved)");
    }
  }

  /** Returns the bytes reserved now. */
  public long used() {
    return used.get();
  }

  /** Returns the bytes that may be reserved in all. */
  public long limit() {
    return limit;
  }

  private static void requireNotNegative(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("bytes: " + bytes + " (expected: zero or more)");
    }
  }
}
