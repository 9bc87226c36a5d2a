// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

/**
 * Whether a replica should get calls, from what came of the last ones. A state of few fields that
 * knows no clock: each event says when it is. Thread-safe; reading takes no lock.
 *
 * <p>A replica is out after some failures in a row, for a time that doubles with each time out. The
 * first failure after such a time puts it out again; any success forgets all that was. One that a
 * probe found not ready is out until a success.
 */
final class ReplicaHealth {
  /** The share of a replica that just came (back), so that it is not without any calls. */
  private static final double LEAST_SHARE = 0.1;

  private final UpstreamHealth rules;
  private int failures;
  private int timesOut;
  private volatile boolean notReady;
  private volatile boolean out;
  private volatile long outUntil;
  private volatile boolean growing;
  private volatile long growsSince;

  private ReplicaHealth(UpstreamHealth rules, boolean growing, long now) {
    this.rules = rules;
    this.growing = growing;
    this.growsSince = now;
  }

  /** Makes one whose share is full at once: there is nothing to compare it with. */
  static ReplicaHealth initial(UpstreamHealth rules) {
    return new ReplicaHealth(rules, false, 0);
  }

  /** Makes one that joins others at {@code now}. */
  static ReplicaHealth newcomer(UpstreamHealth rules, long now) {
    return new ReplicaHealth(rules, true, now);
  }

  /** A call went well. */
  void succeeded(long now) {
    if (failures == 0 && !notReady && !out) {
      // The usual case; a failure that another thread counts right now is as well counted later.
      return;
    }
    synchronized (this) {
      boolean wasOut = isOut(now);
      failures = 0;
      timesOut = 0;
      if (wasOut) {
        grow(now);
      } else if (out) {
        // Back since the end of its time out; it has been growing since then.
        grow(outUntil);
      }
      notReady = false;
      out = false;
    }
  }

  /**
   * A call failed by the replica's fault.
   *
   * @param refused whether there is nobody at its address
   * @return whether the replica is out for it
   */
  synchronized boolean failed(long now, boolean refused) {
    if (isOut(now)) {
      // Calls that were under way when it was put out say nothing new.
      return false;
    }
    failures++;
    if (!refused && failures < rules.failures()) {
      return false;
    }
    failures = Math.max(failures, rules.failures());
    long time = rules.ejectFor().toNanos();
    long most = rules.ejectMax().toNanos();
    for (int i = 0; i < timesOut && time < most; i++) {
      time *= 2;
    }
    timesOut++;
    outUntil = now + Math.min(time, most);
    out = true;
    return true;
  }

  /**
   * A probe found that it is not ready.
   *
   * @return whether the replica is out for it
   */
  synchronized boolean notReady(long now) {
    boolean wasOut = isOut(now);
    notReady = true;
    return !wasOut;
  }

  /** Says whether it should get no calls as long as another can have them. */
  boolean isOut(long now) {
    return notReady || (out && now - outUntil < 0);
  }

  /** Returns the share that it can take, up to 1. */
  double share(long now) {
    long since;
    if (out && !notReady) {
      since = outUntil;
    } else if (growing) {
      since = growsSince;
    } else {
      return 1;
    }
    long whole = rules.slowStart().toNanos();
    long grown = now - since;
    if (grown >= whole) {
      return 1;
    }
    return Math.max(LEAST_SHARE, (double) grown / whole);
  }

  private void grow(long since) {
    growsSince = since;
    growing = true;
  }
}
