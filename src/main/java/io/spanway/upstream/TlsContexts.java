// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TLS context of an upstream, made anew when its files change. A new connection waits for a
 * look at the files when the last one is some seconds old, so that it never uses what is older; the
 * look is on a thread of its own. Files that cannot be used leave the old context, with one warning
 * for each content. Thread-safe.
 */
final class TlsContexts {
  private static final Logger LOG = LoggerFactory.getLogger(TlsContexts.class);
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final String name;
  private final UpstreamTls tls;
  private final UpstreamSettings.Protocol protocol;
  private final Executor blocking;
  private final LongSupplier nanos;
  private volatile Known known;
  private @Nullable String warned;

  private record Known(TlsFiles files, SslContext context, long lookedAt) {}

  /**
   * Reads the files. Blocks.
   *
   * @param name what users call the upstream
   * @throws IllegalArgumentException if a file cannot be used; the message begins with its key
   */
  TlsContexts(
      String name,
      UpstreamTls tls,
      UpstreamSettings.Protocol protocol,
      Executor blocking,
      LongSupplier nanos) {
    this.name = name;
    this.tls = tls;
    this.protocol = protocol;
    this.blocking = blocking;
    this.nanos = nanos;
    TlsFiles files = TlsFiles.read(tls);
    known = new Known(files, files.context(tls, protocol), nanos.getAsLong());
  }

  /** Gives the context to {@code then}, on {@code loop}. */
  void current(EventLoop loop, Consumer<SslContext> then) {
    Known last = known;
    if (nanos.getAsLong() - last.lookedAt() < LOOK_NANOS) {
      then.accept(last.context());
      return;
    }
    try {
      blocking.execute(
          () -> {
            SslContext context = look();
            loop.execute(() -> then.accept(context));
          });
    } catch (RejectedExecutionException e) {
      // Nobody may wait for an answer that never comes.
      then.accept(last.context());
    }
  }

  private synchronized SslContext look() {
    Known last = known;
    long now = nanos.getAsLong();
    if (now - last.lookedAt() < LOOK_NANOS) {
      return last.context();
    }
    Known next = new Known(last.files(), last.context(), now);
    try {
      TlsFiles files = TlsFiles.read(tls);
      if (!files.sameAs(last.files())) {
        next = new Known(files, files.context(tls, protocol), now);
        LOG.info("{}.tls: files changed; new connections use them", name);
      }
      warned = null;
    } catch (IllegalArgumentException e) {
      String problem = String.valueOf(e.getMessage());
      if (!problem.equals(warned)) {
        warned = problem;
        LOG.warn("{}.tls.{}; the files that were read before stay in use", name, problem);
      }
    }
    known = next;
    return next.context();
  }
}
