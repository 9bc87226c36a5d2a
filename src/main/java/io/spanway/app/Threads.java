// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.spanway.server.TlsConfig;
import io.spanway.upstream.UpstreamConfig;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads for what must not hold up an event loop. Their queues are bounded; what does not fit
 * is refused with a {@link java.util.concurrent.RejectedExecutionException}, never run by the event
 * loop that hands it over. Idle threads end.
 */
final class Threads {
  /** Far more than waits in any healthy second, and little enough to be worked off in some. */
  private static final int MOST_TASKS = 1024;

  /** Stands for connections without a limit. */
  private static final int MANY_CONNECTIONS = 100_000;

  private Threads() {}

  /** A few threads for what burns: large traces, large merges. */
  static ThreadPoolExecutor workers() {
    int threads = Math.max(2, Runtime.getRuntime().availableProcessors());
    return pool("spanway-worker", threads, MOST_TASKS);
  }

  /** Two threads that look at credentials: guesses must not keep answers waiting. */
  static ThreadPoolExecutor credentials() {
    return pool("spanway-auth", 2, MOST_TASKS);
  }

  /**
   * One thread for the name look-ups of one upstream: a name server that hangs holds up neither the
   * work on answers nor the other upstream.
   *
   * @param loops event loops, which share out the connections of {@code upstream}
   */
  static ThreadPoolExecutor lookUps(String name, UpstreamConfig upstream, int loops) {
    int connections = upstream.maxConnections() == 0 ? MANY_CONNECTIONS : upstream.maxConnections();
    int names = upstream.urls().size() + upstream.grpcUrls().size();
    // One look-up for each name and connection that is being made, and one that refreshes what is
    // known; looks at the files of TLS come between them.
    return pool("spanway-dns-" + name, 1, (connections + loops + 1) * names);
  }

  /** One thread that looks after the listener's certificates: it reads files. */
  static ScheduledExecutorService certificates(TlsConfig config, Runnable look) {
    ScheduledExecutorService thread =
        Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("spanway-tls", true));
    long period = config.reloadInterval().toMillis();
    thread.scheduleWithFixedDelay(look, period, period, TimeUnit.MILLISECONDS);
    return thread;
  }

  private static ThreadPoolExecutor pool(String name, int threads, int tasks) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            30,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(tasks),
            new DefaultThreadFactory(name, true));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }
}
