// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/** One address of an upstream, how many calls it has, and how it fares. Thread-safe. */
public final class Replica {
  private final UpstreamAddress url;
  private final InetSocketAddress address;
  private final ReplicaHealth health;
  private final LongSupplier nanos;
  private final Runnable whenOut;
  private final AtomicInteger pending = new AtomicInteger();
  private volatile long turn;

  Replica(
      UpstreamAddress url,
      InetSocketAddress address,
      ReplicaHealth health,
      LongSupplier nanos,
      Runnable whenOut) {
    this.url = url;
    this.address = address;
    this.health = health;
    this.nanos = nanos;
    this.whenOut = whenOut;
  }

  /** Returns the URL that it was found by, and its address; for operators. */
  public String name() {
    return url + " at " + address.getAddress().getHostAddress();
  }

  /** Says whether it gets calls while there are others. */
  public boolean isHealthy() {
    return isHealthy(nanos.getAsLong());
  }

  /** Tells what a probe found; calls tell for themselves what came of them. */
  public void probed(boolean ready) {
    long now = nanos.getAsLong();
    if (ready) {
      health.succeeded(now);
    } else if (health.notReady(now)) {
      whenOut.run();
    }
  }

  /** Returns the URL that it was found by. */
  public UpstreamAddress url() {
    return url;
  }

  /** Returns its address. */
  public InetSocketAddress address() {
    return address;
  }

  void begin() {
    pending.incrementAndGet();
  }

  void end() {
    pending.decrementAndGet();
  }

  /** Returns when it was chosen last, as the number of that choice. */
  long turn() {
    return turn;
  }

  void turn(long number) {
    turn = number;
  }

  int pending() {
    return pending.get();
  }

  void succeeded() {
    health.succeeded(nanos.getAsLong());
  }

  void failed(boolean refused) {
    if (health.failed(nanos.getAsLong(), refused)) {
      whenOut.run();
    }
  }

  boolean isHealthy(long now) {
    return !health.isOut(now);
  }

  /** Returns how much there is for it to do for each part that it can take; the least is next. */
  double load(long now) {
    return (pending.get() + 1) / health.share(now);
  }

  @Override
  public String toString() {
    return name();
  }
}
