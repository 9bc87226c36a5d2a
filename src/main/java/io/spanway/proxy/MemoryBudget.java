// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts bytes of requests and answers that are held whole, or for the cache, so that many at once
 * are refused rather than the end of Spanway. Thread-safe, without a lock.
 */
final class MemoryBudget {
  /** The share of a Java heap that is held at most where nothing is configured. */
  private static final double SHARE_OF_HEAP = 0.5;

  private static final double TIGHT = 0.9;
  private static final double PRESSED = 0.8;

  private final AtomicLong held = new AtomicLong();
  private volatile long most;

  MemoryBudget(long configured) {
    most(configured);
  }

  /** Sets how much may be held; 0 for what the Java heap is fit for. */
  final void most(long configured) {
    most = configured > 0 ? configured : (long) (SHARE_OF_HEAP * Runtime.getRuntime().maxMemory());
  }

  /** Counts {@code bytes} if there is room for them. Says whether there is. */
  boolean take(long bytes) {
    if (held.addAndGet(bytes) <= most) {
      return true;
    }
    held.addAndGet(-bytes);
    return false;
  }

  /** Counts {@code bytes} that are held all the same. */
  void add(long bytes) {
    held.addAndGet(bytes);
  }

  /** Holds {@code bytes} no more. */
  void giveBack(long bytes) {
    held.addAndGet(-bytes);
  }

  long held() {
    return held.get();
  }

  /** Says whether nothing should be held that need not be: what the cache would keep. */
  boolean isTight() {
    return held.get() >= TIGHT * most;
  }

  /** Says whether nothing should begin that lasts. */
  boolean isPressed() {
    return held.get() >= PRESSED * most;
  }
}
