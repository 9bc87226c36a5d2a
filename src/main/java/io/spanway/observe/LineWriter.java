// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes lines by a thread of its own, so that a reader who stops holds up no event loop. The
 * thread looks every {@value #PAUSE_MILLIS} ms and writes what came since: to wake it for each
 * line, and to write each alone, costs more than answering from the cache does. Thread-safe; its
 * lock is held for a copy only.
 *
 * <p>At most {@value #MOST_WAITING} characters wait. Further lines are lost, which is said in
 * Spanway's own log.
 */
public final class LineWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LineWriter.class);
  private static final int MOST_WAITING = 2 << 20;
  private static final long PAUSE_MILLIS = 20;
  private static final int BATCH = 32 * 1024;

  /** Room that a rush has taken is given back beyond this. */
  private static final int MOST_KEPT = 256 * 1024;

  /** How long {@link #close} waits for who reads the lines. */
  private static final long CLOSE_MILLIS = 2000;

  private final Consumer<String> out;
  private final Thread thread;

  // Guarded by this.
  private StringBuilder waiting = new StringBuilder(BATCH);
  private long lost;

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

  /** Has a line written soon; it ends with a line feed and is copied. */
  void add(CharSequence line) {
    boolean hurry;
    synchronized (this) {
      int before = waiting.length();
      int after = before + line.length();
      if (after <= MOST_WAITING) {
        waiting.append(line);
      } else {
        lost++;
      }
      hurry = before < MOST_WAITING / 2 && after >= MOST_WAITING / 2;
    }
    if (hurry) {
      LockSupport.unpark(thread);
    }
  }

  private void run() {
    StringBuilder lines = new StringBuilder(BATCH);
    while (true) {
      boolean last = closed;
      long gone;
      synchronized (this) {
        StringBuilder full = waiting;
        waiting = lines;
        lines = full;
        gone = lost;
        lost = 0;
      }
      write(lines);
      lines.setLength(0);
      if (lines.capacity() > MOST_KEPT) {
        lines = new StringBuilder(BATCH);
      }
      if (gone > 0) {
        LOG.warn("{} lines of the access log are lost: they are read too slowly", gone);
      }
      if (last) {
        return;
      }
      LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
    }
  }

  /** Writes {@code lines} in parts, each of whole lines. */
  private void write(StringBuilder lines) {
    int from = 0;
    while (from < lines.length()) {
      int to = lines.length();
      if (to - from > BATCH) {
        int end = lines.lastIndexOf("\n", from + BATCH);
        to = 1 + (end >= from ? end : lines.indexOf("\n", from));
      }
      out.accept(lines.substring(from, to));
      from = to;
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
