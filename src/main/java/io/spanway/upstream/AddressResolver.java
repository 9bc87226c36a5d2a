// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Resolves an upstream's name away from the event loops, since the platform's resolver blocks, and
 * keeps the answer for some seconds. An old answer is used while a newer one is on its way.
 * Thread-safe.
 */
final class AddressResolver {
  private static final long KEEP_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** The platform's way, which blocks. */
  static final Names PLATFORM = host -> List.of(InetAddress.getAllByName(host));

  private final UpstreamAddress address;
  private final Names names;
  private final Executor blocking;
  private final LongSupplier nanos;
  private final AtomicBoolean refreshing = new AtomicBoolean();
  private volatile @Nullable Resolved resolved;

  private record Resolved(List<InetSocketAddress> addresses, long at) {}

  /** Gets the addresses, on the event loop that asked; empty when the name does not resolve. */
  @FunctionalInterface
  interface Answer {
    void resolved(List<InetSocketAddress> addresses);
  }

  /** Finds the addresses of a name. */
  @FunctionalInterface
  interface Names {
    List<InetAddress> find(String host) throws UnknownHostException;
  }

  AddressResolver(UpstreamAddress address, Names names, Executor blocking, LongSupplier nanos) {
    this.address = address;
    this.names = names;
    this.blocking = blocking;
    this.nanos = nanos;
  }

  /** Finds the addresses; answers at once where they are known. */
  void resolve(EventLoop loop, Answer answer) {
    Resolved known = resolved;
    if (known != null) {
      if (nanos.getAsLong() - known.at() > KEEP_NANOS && refreshing.compareAndSet(false, true)) {
        refresh();
      }
      answer.resolved(known.addresses());
      return;
    }
    try {
      blocking.execute(
          () -> {
            List<InetSocketAddress> found = lookUp();
            loop.execute(() -> answer.resolved(found));
          });
    } catch (RejectedExecutionException e) {
      // Too many ask at once, or Spanway stops: nobody may wait for an answer that never comes.
      answer.resolved(List.of());
    }
  }

  private void refresh() {
    try {
      blocking.execute(
          () -> {
            try {
              lookUp();
            } finally {
              refreshing.set(false);
            }
          });
    } catch (RejectedExecutionException e) {
      refreshing.set(false);
    }
  }

  /** Forgets what is known, since connecting to it failed. */
  void forget() {
    resolved = null;
  }

  private List<InetSocketAddress> lookUp() {
    List<InetSocketAddress> found = new ArrayList<>();
    try {
      for (InetAddress each : names.find(address.host())) {
        InetSocketAddress one = new InetSocketAddress(each, address.port());
        if (!found.contains(one)) {
          found.add(one);
        }
      }
      resolved = new Resolved(List.copyOf(found), nanos.getAsLong());
    } catch (UnknownHostException e) {
      // Told by the empty list; what was known before stays known.
      found.clear();
    }
    return found;
  }
}
