// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.channel.EventLoop;
import io.spanway.http.ProxyError;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Calls that wait for a connection, in order, and none longer than a connection may take. Confined
 * to its event loop.
 */
final class WaitQueue implements CallTarget {
  private final EventLoop loop;
  private final int most;
  private final long waitNanos;
  private final Map<ClientCall, Long> since = new LinkedHashMap<>();
  private boolean watched;

  WaitQueue(EventLoop loop, UpstreamSettings settings) {
    this.loop = loop;
    this.most = settings.maxWaiting();
    this.waitNanos = settings.timeouts().connect().toNanos();
  }

  int size() {
    return since.size();
  }

  /** Lets {@code call} wait; one that finds no room fails at once. */
  void add(ClientCall call) {
    if (since.size() >= most) {
      call.failed(
          new UpstreamException(
              ProxyError.CONNECTION_LIMIT_REACHED, "no connection is free, and " + most + " wait"));
      return;
    }
    since.put(call, System.nanoTime());
    call.at(this);
    watch(waitNanos);
  }

  /** Takes out who waited longest, null when nobody waits. */
  @Nullable ClientCall poll() {
    Iterator<ClientCall> calls = since.keySet().iterator();
    if (!calls.hasNext()) {
      return null;
    }
    ClientCall next = calls.next();
    calls.remove();
    next.at(null);
    return next;
  }

  @Override
  public void cancel(ClientCall call) {
    since.remove(call);
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
    while (!since.isEmpty()) {
      Map.Entry<ClientCall, Long> longest = since.entrySet().iterator().next();
      long left = longest.getValue() + waitNanos - now;
      if (left > 0) {
        watch(left);
        return;
      }
      ClientCall call = longest.getKey();
      since.remove(call);
      call.failed(
          new UpstreamException(
              ProxyError.CONNECTION_LIMIT_REACHED, "no connection became free in time"));
    }
  }
}
