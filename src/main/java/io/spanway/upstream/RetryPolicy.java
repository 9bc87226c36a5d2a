// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Says whether one more request may be sent because another failed: some of every hundred, and a
 * few in each second whatever the traffic. Thread-safe; requests that go well take no lock.
 */
final class RetryPolicy {
  /** What one retry costs, of which each request brings in the configured share. */
  private static final long COST = 100;

  /** Retries that can be saved up while all goes well. */
  private static final long MOST_SAVED = 100;

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final UpstreamRetries rules;
  private final LongSupplier nanos;
  private final AtomicLong saved = new AtomicLong();
  private long since;
  private int inSecond;

  RetryPolicy(UpstreamRetries rules, LongSupplier nanos) {
    this.rules = rules;
    this.nanos = nanos;
    this.since = nanos.getAsLong();
  }

  /** A request was sent for the first time. */
  void sent() {
    if (rules.budget() > 0 && saved.get() < MOST_SAVED * COST) {
      saved.addAndGet(rules.budget());
    }
  }

  /** Says whether an answer is one that another replica may do better than. */
  boolean isFailure(int status) {
    return status >= 500 && rules.statuses().contains(status);
  }

  /** Says whether there are any retries. */
  boolean isOn() {
    return rules.budget() > 0 || rules.minimum() > 0;
  }

  /** Takes one retry from the budget. Says whether there was one. */
  synchronized boolean take() {
    long now = nanos.getAsLong();
    if (now - since >= SECOND) {
      since = now;
      inSecond = 0;
    }
    if (inSecond < rules.minimum()) {
      inSecond++;
      return true;
    }
    if (saved.get() < COST) {
      return false;
    }
    saved.addAndGet(-COST);
    return true;
  }
}
