// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The replicas of an upstream, and who gets the next call: the one with the fewest calls under way
 * for its share, the one that waits longest for a turn where several are equal, among those that
 * are well. Those that are out come last and are not refused: when all are out, it may be the
 * network, and a call that is not tried is lost for certain. Thread-safe; choosing takes no lock.
 */
final class ReplicaSet {
  private final UpstreamHealth rules;
  private final LongSupplier nanos;
  private final Runnable whenOut;
  private final List<Consumer<Replica>> whenGone = new CopyOnWriteArrayList<>();
  private final AtomicLong turns = new AtomicLong();
  private volatile List<Replica> all = List.of();

  /**
   * Makes an empty one.
   *
   * @param whenOut told each time that a replica is put out
   */
  ReplicaSet(UpstreamHealth rules, LongSupplier nanos, Runnable whenOut) {
    this.rules = rules;
    this.nanos = nanos;
    this.whenOut = whenOut;
  }

  /** Has {@code listener} told of each replica whose address is no longer the name's. */
  void onGone(Consumer<Replica> listener) {
    whenGone.add(listener);
  }

  List<Replica> all() {
    return all;
  }

  /** Returns who gets the next call, null when all are among {@code tried}. */
  @Nullable Replica pick(Collection<Replica> tried) {
    List<Replica> those = all;
    int size = those.size();
    if (size == 1) {
      Replica only = those.get(0);
      return tried.contains(only) ? null : only;
    }
    long now = nanos.getAsLong();
    Replica best = null;
    boolean bestHealthy = false;
    double bestLoad = 0;
    for (int i = 0; i < size; i++) {
      Replica each = those.get(i);
      if (!tried.isEmpty() && tried.contains(each)) {
        continue;
      }
      boolean healthy = each.isHealthy(now);
      double load = each.load(now);
      if (best == null
          || (healthy && !bestHealthy)
          || (healthy == bestHealthy
              && (load < bestLoad || (load == bestLoad && each.turn() < best.turn())))) {
        best = each;
        bestHealthy = healthy;
        bestLoad = load;
      }
    }
    if (best != null) {
      best.turn(turns.incrementAndGet());
    }
    return best;
  }

  /** Says whether there is one that is well and not among {@code tried}. */
  boolean hasOther(Collection<Replica> tried) {
    long now = nanos.getAsLong();
    for (Replica each : all) {
      if (each.isHealthy(now) && !tried.contains(each)) {
        return true;
      }
    }
    return false;
  }

  /** Takes the addresses that {@code url} has now; none is a look-up that failed, not an answer. */
  void update(UpstreamAddress url, List<InetSocketAddress> addresses) {
    if (!addresses.isEmpty() && !isKnown(url, addresses)) {
      change(url, addresses);
    }
  }

  private boolean isKnown(UpstreamAddress url, List<InetSocketAddress> addresses) {
    int found = 0;
    for (Replica each : all) {
      if (each.url().equals(url)) {
        if (!addresses.contains(each.address())) {
          return false;
        }
        found++;
      }
    }
    return found == addresses.size();
  }

  private void change(UpstreamAddress url, List<InetSocketAddress> addresses) {
    List<Replica> gone = new ArrayList<>();
    synchronized (this) {
      List<Replica> next = new ArrayList<>();
      List<InetSocketAddress> lacking = new ArrayList<>(addresses);
      boolean first = true;
      for (Replica each : all) {
        if (!each.url().equals(url)) {
          next.add(each);
        } else {
          first = false;
          if (lacking.remove(each.address())) {
            next.add(each);
          } else {
            gone.add(each);
          }
        }
      }
      for (InetSocketAddress address : lacking) {
        ReplicaHealth health =
            first ? ReplicaHealth.initial(rules) : ReplicaHealth.newcomer(rules, nanos.getAsLong());
        next.add(new Replica(url, address, health, nanos, whenOut));
      }
      all = List.copyOf(next);
    }
    for (Replica each : gone) {
      whenGone.forEach(listener -> listener.accept(each));
    }
  }
}
