// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Keeps requests from waiting for a Redis that does not answer: after some failures in a row nobody
 * asks it, until one try has succeeded. Thread-safe.
 */
final class SharedBreaker {
  private static final int FAILURES = 5;
  private static final long FIRST_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Purges of others are read by the tries: they must not be far apart. */
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(4);

  private final LongSupplier nanoTime;
  private int failures;
  private boolean open;
  private long openNanos = FIRST_NANOS;
  private long openUntil;

  SharedBreaker(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Says whether requests may ask. */
  synchronized boolean isClosed() {
    return !open;
  }

  /** Says whether it is time for a try: always, unless it is open and was tried just now. */
  synchronized boolean mayTry() {
    return !open || nanoTime.getAsLong() - openUntil >= 0;
  }

  /** Notes an answer to a request; one that was still under way does not close what is open. */
  synchronized void succeeded() {
    if (!open) {
      failures = 0;
    }
  }

  /** Notes an answer to a try. Returns whether that closed it. */
  synchronized boolean tried() {
    boolean closes = open;
    open = false;
    failures = 0;
    openNanos = FIRST_NANOS;
    return closes;
  }

  /** Notes a failure or a time-out. Returns whether that opened it. */
  synchronized boolean failed() {
    long now = nanoTime.getAsLong();
    if (open) {
      if (now - openUntil >= 0) {
        openNanos = Math.min(LONGEST_NANOS, 2 * openNanos);
        openUntil = now + openNanos;
      }
      return false;
    }
    failures++;
    if (failures < FAILURES) {
      return false;
    }
    open = true;
    openUntil = now + openNanos;
    return true;
  }
}
