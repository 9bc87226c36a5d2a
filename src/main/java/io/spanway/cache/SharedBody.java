// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.netty.buffer.ByteBuf;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The body of a fetch for those who read it while it comes, each on an event loop of its own.
 *
 * <p>What is collected is an array of which a reader sees as much as was published last: it only
 * grows, so that nobody waits for anybody. Once it has grown too large to be held the rest is
 * handed over in slices; whoever then takes too little holds the fetch back, and may be cut.
 *
 * <p>Filled by the leader's event loop only.
 */
final class SharedBody {
  /** Bytes handed over and not yet taken from which on a reader holds the fetch back. */
  static final int HIGH = 1 << 20;

  /** Bytes below which it no longer does. */
  static final int LOW = HIGH / 2;

  /** The first {@code length} of {@code bytes}, which never change. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Held(byte[] bytes, int length) {}

  private static final Held NOTHING = new Held(new byte[0], 0);
  private static final FillReader[] NOBODY = {};

  private final Runnable drained;
  private final Runnable letGo;
  private final AtomicBoolean heldBack = new AtomicBoolean();

  private volatile Held held = NOTHING;
  private volatile FillReader[] readers = NOBODY;

  /** Who still reads what was collected, once the rest is handed over; guarded by this. */
  private final Set<FillReader> behind = Collections.newSetFromMap(new IdentityHashMap<>());

  /**
   * Creates one.
   *
   * @param drained has the fetch go on that was held back; called on a reader's event loop
   * @param letGo called when the last reader of an answer that is not held any more has read what
   *     was collected of it
   */
  SharedBody(Runnable drained, Runnable letGo) {
    this.drained = drained;
    this.letGo = letGo;
  }

  /** Returns what may be read now of what is collected. */
  Held held() {
    return held;
  }

  boolean hasReaders() {
    return readers.length > 0;
  }

  synchronized void add(FillReader reader) {
    FillReader[] more = new FillReader[readers.length + 1];
    System.arraycopy(readers, 0, more, 0, readers.length);
    more[readers.length] = reader;
    readers = more;
  }

  /** Forgets a reader that has ended. */
  void remove(FillReader reader) {
    leavesCollected(reader);
    drop(reader);
    wentOn();
  }

  private synchronized void drop(FillReader reader) {
    FillReader[] before = readers;
    for (int i = 0; i < before.length; i++) {
      if (before[i] == reader) {
        FillReader[] fewer = new FillReader[before.length - 1];
        System.arraycopy(before, 0, fewer, 0, i);
        System.arraycopy(before, i + 1, fewer, i, fewer.length - i);
        readers = fewer;
        return;
      }
    }
  }

  /** Tells that a reader needs no more of what was collected. */
  void leavesCollected(FillReader reader) {
    synchronized (this) {
      if (!behind.remove(reader) || !behind.isEmpty()) {
        return;
      }
      held = NOTHING;
    }
    letGo.run();
  }

  /** Lets the first {@code length} of {@code bytes} be read, which must not change. */
  void publish(byte[] bytes, int length) {
    if (held.length() == length) {
      return;
    }
    held = new Held(bytes, length);
    for (FillReader reader : readers) {
      reader.wake();
    }
  }

  /** Tells that nothing more is collected. There must be readers. */
  synchronized void handOver() {
    Collections.addAll(behind, readers);
  }

  /** Hands over a part that is not collected. Lends {@code part}. */
  void offer(ByteBuf part) {
    for (FillReader reader : readers) {
      reader.offer(part.retainedSlice());
    }
  }

  /** Says whether a reader is so far behind that no more should be offered. */
  boolean isHeldBack() {
    if (heldBack.get()) {
      return true;
    }
    if (!isAnyBehind(HIGH)) {
      return false;
    }
    heldBack.set(true);
    if (isAnyBehind(LOW)) {
      return true;
    }
    // They have taken it in between, and saw no reason to tell.
    heldBack.set(false);
    return false;
  }

  private boolean isAnyBehind(int bytes) {
    for (FillReader reader : readers) {
      if (reader.pending() >= bytes) {
        return true;
      }
    }
    return false;
  }

  /** Has the fetch go on if nobody holds it back any more. */
  void wentOn() {
    if (heldBack.get() && !isAnyBehind(LOW) && heldBack.compareAndSet(true, false)) {
      try {
        drained.run();
      } catch (RejectedExecutionException e) {
        // The leader's event loop has ended, and its fetch with it.
        return;
      }
    }
  }

  /** Ends those short of the end who are far behind. */
  void cutLaggards(Throwable why) {
    for (FillReader reader : readers) {
      if (reader.pending() >= LOW) {
        drop(reader);
        reader.fail(why);
      }
    }
    wentOn();
  }

  /** Tells that all is published or offered, or with a cause that no more will come. */
  void end(@Nullable Throwable failure) {
    for (FillReader reader : readers) {
      if (failure == null) {
        reader.end();
      } else {
        reader.fail(failure);
      }
    }
  }
}
