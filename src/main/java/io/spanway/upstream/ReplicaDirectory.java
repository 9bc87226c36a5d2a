// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * Keeps the replicas what the names of an upstream's URLs say. A call waits only where nothing is
 * known at all, and then for the first name that says something. Thread-safe.
 */
final class ReplicaDirectory {
  private final List<Source> sources = new ArrayList<>();
  private final ReplicaSet replicas;

  ReplicaDirectory(
      List<UpstreamAddress> urls,
      ReplicaSet replicas,
      AddressResolver.Names names,
      Executor blocking,
      LongSupplier nanos) {
    this.replicas = replicas;
    for (UpstreamAddress url : urls) {
      sources.add(new Source(url, new AddressResolver(url, names, blocking, nanos)));
    }
  }

  ReplicaSet replicas() {
    return replicas;
  }

  /** Runs {@code then} on {@code loop} when there are replicas, or when there can be none. */
  void look(EventLoop loop, Runnable then) {
    if (replicas.all().isEmpty()) {
      First first = new First(then);
      for (Source source : sources) {
        source.resolver.resolve(loop, addresses -> first.found(source, addresses));
      }
      return;
    }
    for (Source source : sources) {
      source.refresh(loop);
    }
    then.run();
  }

  /** Forgets what the names said, since nothing could be reached there. */
  void forget() {
    sources.forEach(source -> source.resolver.forget());
  }

  /** One URL. */
  private final class Source {
    private final UpstreamAddress url;
    private final AddressResolver resolver;
    private final AtomicBoolean asking = new AtomicBoolean();

    /** What was taken last, by whoever had set {@link #asking}. */
    private List<InetSocketAddress> taken = List.of();

    Source(UpstreamAddress url, AddressResolver resolver) {
      this.url = url;
      this.resolver = resolver;
    }

    /** Takes what is known; asks once at a time where nothing is. */
    void refresh(EventLoop loop) {
      if (asking.compareAndSet(false, true)) {
        resolver.resolve(loop, this::take);
      }
    }

    private void take(List<InetSocketAddress> addresses) {
      try {
        // Nearly always the very list of the call before.
        if (addresses != taken) {
          taken = addresses;
          replicas.update(url, addresses);
        }
      } finally {
        asking.set(false);
      }
    }
  }

  /** Waits for the first name that has addresses. Confined to a loop. */
  private final class First {
    private final Runnable then;
    private int left = sources.size();
    private boolean told;

    First(Runnable then) {
      this.then = then;
    }

    void found(Source source, List<InetSocketAddress> addresses) {
      replicas.update(source.url, addresses);
      left--;
      if (!told && (left == 0 || !replicas.all().isEmpty())) {
        told = true;
        then.run();
      }
    }
  }
}
