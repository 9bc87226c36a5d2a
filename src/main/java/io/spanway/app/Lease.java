// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.spanway.proxy.ExchangeListener;
import io.spanway.proxy.ExchangeSummary;
import io.spanway.route.Operation;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts who needs a configuration: whoever made it the one in force, those who are handing a
 * request over to it, and requests under way. Thread-safe.
 */
final class Lease implements ExchangeListener {
  private final AtomicInteger users = new AtomicInteger(1);
  private final Runnable end;

  /** Makes one with one user; {@code end} is run once, when there is none left. */
  Lease(Runnable end) {
    this.end = end;
  }

  /** Adds a user; false when it is too late, and another configuration is in force. */
  boolean acquire() {
    int now = users.get();
    while (now > 0) {
      if (users.compareAndSet(now, now + 1)) {
        return true;
      }
      now = users.get();
    }
    return false;
  }

  /** Takes a user away. */
  void release() {
    if (users.decrementAndGet() == 0) {
      end.run();
    }
  }

  @Override
  public void started(Operation operation) {
    // Who hands the request over is a user until this returns.
    users.incrementAndGet();
  }

  @Override
  public void finished(ExchangeSummary summary) {
    release();
  }
}
