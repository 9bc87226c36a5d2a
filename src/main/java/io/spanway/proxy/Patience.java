// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long those who share an answer wait for the slowest of them at a time. It has to take half a
 * MiB in that time, which is slower than any client that is still there. Confined to its event
 * loop.
 */
final class Patience {
  private static final long SECONDS = 5;

  private final EventLoop loop;
  private final Runnable atEnd;
  private @Nullable ScheduledFuture<?> timer;

  Patience(EventLoop loop, Runnable atEnd) {
    this.loop = loop;
    this.atEnd = atEnd;
  }

  /** Tells that somebody waits; harmless when somebody does already. */
  void begin() {
    if (timer == null) {
      timer =
          loop.schedule(
              () -> {
                timer = null;
                atEnd.run();
              },
              SECONDS,
              TimeUnit.SECONDS);
    }
  }

  /** Tells that nobody waits any more. */
  void end() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }
}
