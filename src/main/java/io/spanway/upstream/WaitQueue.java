// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.channel.EventLoop;
import io.spanway.http.ProxyError;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls that wait for a connection, in order, and none much longer than a connection may take.
 * Confined to its event loop.
 */
final class WaitQueue implements CallTarget {
  private final EventLoop loop;
  private final int most;
  private final Supplier<UpstreamException> late;
  private final Set<ClientCall> calls = new LinkedHashSet<>();
  private boolean watched;

  /**
   * Makes an empty one.
   *
   * @param late says why there was no connection in time
   */
  WaitQueue(EventLoop loop, UpstreamSettings settings, Supplier<UpstreamException> late) {
    this.loop = loop;
    this.most = settings.maxWaiting();
    this.late = late;
  }

  int size() {
    return calls.size();
  }

  /** Lets {@code call} wait; one that finds no room fails at once. */
  void add(ClientCall call) {
    if (calls.size() >= most) {
      call.failed(
          new UpstreamException(
              ProxyError.CONNECTION_LIMIT_REACHED, "no connection is free, and " + most + " wait"));
      return;
    }
    calls.add(call);
    call.at(this);
    watch(call.deadline() - System.nanoTime());
  }

  /** Takes out who waited longest, null when nobody waits. */
  @Nullable ClientCall poll() {
    Iterator<ClientCall> waiting = calls.iterator();
    if (!waiting.hasNext()) {
      return null;
    }
    ClientCall next = waiting.next();
    waiting.remove();
    next.at(null);
    return next;
  }

  @Override
  public void cancel(ClientCall call) {
    calls.remove(call);
    call.takeBody().cancel();
  }

  private void watch(long nanos) {
    if (!watched) {
      watched = true;
      var unused = loop.schedule(this::expire, nanos, TimeUnit.NANOSECONDS);
    }
  }

  private void expire() {
    watched = false;
    long now = System.nanoTime();
    while (!calls.isEmpty()) {
      // Who came first is late first, but for the few that come from another replica.
      ClientCall first = calls.iterator().next();
      long left = first.deadline() - now;
      if (left > 0) {
        watch(left);
        return;
      }
      calls.remove(first);
      first.failed(late.get());
    }
  }

  /** Returns the failure of a call that others' calls kept from a connection. */
  static UpstreamException limitReached() {
    return new UpstreamException(
        ProxyError.CONNECTION_LIMIT_REACHED, "no connection became free in time");
  }
}
