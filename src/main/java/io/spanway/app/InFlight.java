// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.spanway.proxy.ExchangeListener;
import io.spanway.proxy.ExchangeSummary;
import io.spanway.route.Operation;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Counts requests under way, so that a shutdown can wait for them. Thread-safe. */
final class InFlight implements ExchangeListener {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition none = lock.newCondition();
  private final AtomicInteger count = new AtomicInteger();

  @Override
  public void started(Operation operation) {
    count.incrementAndGet();
  }

  @Override
  public void finished(ExchangeSummary summary) {
    if (count.decrementAndGet() == 0) {
      lock.lock();
      try {
        none.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  int count() {
    return count.get();
  }

  /** Waits until nothing is under way, or the time is over. */
  boolean await(long nanos) throws InterruptedException {
    long left = nanos;
    lock.lock();
    try {
      while (count.get() > 0) {
        if (left <= 0) {
          return false;
        }
        left = none.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }
}
