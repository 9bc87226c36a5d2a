// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes lines by a thread of its own, so that a reader who stops holds up no event loop. The
 * thread looks every {@value #PAUSE_MILLIS} ms and writes what came since at once: to wake it for
 * each line, and to write each alone, costs more than answering from the cache does. Thread-safe.
 *
 * <p>At most {@value #MOST_WAITING} lines wait. Further ones are lost, which is said in Spanway's
 * own log.
 */
public final class LineWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LineWriter.class);
  private static final int MOST_WAITING = 8192;
  private static final long PAUSE_MILLIS = 20;
  private static final int BATCH = 32 * 1024;

  /** How long {@link #close} waits for who reads the lines. */
  private static final long CLOSE_MILLIS = 2000;

  private final Consumer<String> out;
  private final ArrayBlockingQueue<String> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  private final AtomicLong lost = new AtomicLong();
  private final Thread thread;
  private volatile boolean closed;

  LineWriter(Consumer<String> out) {
    this.out = out;
    this.thread = new Thread(this::run, "spanway-access-log");
    thread.setDaemon(true);
    thread.start();
  }

  /** Writes to the logger {@code io.spanway.access}, many lines in one of its events. */
  public static LineWriter toLogger() {
    return new LineWriter(LoggerFactory.getLogger("io.spanway.access")::info);
  }

  /** Has a line written soon; it ends with a line feed. */
  void add(String line) {
    if (!waiting.offer(line)) {
      lost.incrementAndGet();
      LockSupport.unpark(thread);
    } else if (waiting.size() == MOST_WAITING / 2) {
      LockSupport.unpark(thread);
    }
  }

  private void run() {
    List<String> lines = new ArrayList<>();
    StringBuilder batch = new StringBuilder(BATCH);
    while (true) {
      boolean last = closed;
      while (waiting.drainTo(lines) > 0) {
        for (String line : lines) {
          batch.append(line);
          if (batch.length() >= BATCH) {
            give(batch);
          }
        }
        lines.clear();
      }
      give(batch);
      long gone = lost.getAndSet(0);
      if (gone > 0) {
        LOG.warn("{} lines of the access log are lost: they are read too slowly", gone);
      }
      if (last) {
        return;
      }
      LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
    }
  }

  private void give(StringBuilder batch) {
    if (batch.length() > 0) {
      out.accept(batch.toString());
      batch.setLength(0);
    }
  }

  /** Writes what waits, for at most two seconds. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    try {
      thread.join(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
