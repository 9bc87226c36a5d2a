// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

/**
 * Something that costs connections or memory, and that configurations which say the same of it
 * share. The last one to let go of it ends it. Thread-safe.
 *
 * @param <T> what it is
 */
final class Part<T> {
  private final T value;
  private final Runnable end;
  private int users = 1;

  /** Makes one that has one user. */
  Part(T value, Runnable end) {
    this.value = value;
    this.end = end;
  }

  T value() {
    return value;
  }

  /** Adds a user. Only who is one may do so. */
  synchronized Part<T> share() {
    if (users == 0) {
      throw new IllegalStateException("ended already");
    }
    users++;
    return this;
  }

  /** Takes a user away. */
  void release() {
    boolean last;
    synchronized (this) {
      last = --users == 0;
    }
    if (last) {
      end.run();
    }
  }
}
