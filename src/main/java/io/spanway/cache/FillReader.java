// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.util.concurrent.EventExecutor;
import io.spanway.body.BodySink;
import io.spanway.body.BodySource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The body of somebody else's fetch, read while it comes and no faster than it is taken. What the
 * leader's event loop calls says so; the rest is confined to the reader's own.
 */
final class FillReader implements BodySource {
  private static final int SLICE = 32 * 1024;

  /** Annotating this many bytes takes about two milliseconds. */
  private static final int TURN = 256 * 1024;

  private final SharedBody shared;
  private final EventExecutor loop;
  private final long length;
  private final Runnable onOver;

  private final AtomicLong pending = new AtomicLong();
  private final AtomicBoolean scheduled = new AtomicBoolean();

  /** Slices of what is not collected, owned. */
  private final Deque<ByteBuf> offered = new ArrayDeque<>();

  private @Nullable BodySink sink;
  private @Nullable Throwable failure;
  private int given;
  private boolean pastCollected;
  private boolean ended;
  private boolean busy;
  private boolean over;

  /**
   * Creates one.
   *
   * @param length bytes of the whole body, -1 when not known
   * @param onOver called once, on {@code loop}, when nothing more is read
   */
  FillReader(SharedBody shared, EventExecutor loop, long length, Runnable onOver) {
    this.shared = shared;
    this.loop = loop;
    this.length = length;
    this.onOver = onOver;
  }

  // Called by the leader's event loop.

  /** Tells that there is more to read. */
  void wake() {
    if (scheduled.compareAndSet(false, true)) {
      execute(
          () -> {
            scheduled.set(false);
            push();
          });
    }
  }

  /** Gives a part that is not collected. Takes {@code part}. */
  void offer(ByteBuf part) {
    pending.addAndGet(part.readableBytes());
    try {
      loop.execute(() -> accept(part));
    } catch (RejectedExecutionException e) {
      part.release();
    }
  }

  /** Returns the bytes offered that are not taken yet. */
  long pending() {
    return pending.get();
  }

  /** Tells that all has been given. */
  void end() {
    execute(
        () -> {
          ended = true;
          push();
        });
  }

  /** Tells that the rest will not come. */
  void fail(Throwable cause) {
    execute(() -> failed(cause));
  }

  private void execute(Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      // The event loop has ended, and the connection with it.
      return;
    }
  }

  // Called by the reader's event loop.

  private void accept(ByteBuf part) {
    if (over) {
      taken(part.readableBytes());
      part.release();
      return;
    }
    offered.add(part);
    push();
  }

  private void failed(Throwable cause) {
    if (over) {
      return;
    }
    failure = cause;
    BodySink to = sink;
    if (to != null) {
      close();
      to.fail(cause);
    }
  }

  @Override
  public void start(BodySink to) {
    sink = to;
    Throwable cause = failure;
    if (cause == null) {
      push();
    } else {
      failed(cause);
    }
  }

  @Override
  public void resume() {
    push();
  }

  private void push() {
    BodySink to = sink;
    if (to == null || over || busy) {
      return;
    }
    busy = true;
    int left = TURN;
    boolean all = false;
    while (!over && !all && left > 0 && to.isWritable()) {
      int written = writeNext(to);
      all = written == 0;
      left -= written;
    }
    busy = false;
    if (over) {
      return;
    }
    if (ended && offered.isEmpty() && given >= shared.held().length()) {
      close();
      to.end(EmptyHttpHeaders.INSTANCE);
      return;
    }
    to.flush();
    if (left <= 0) {
      wake();
    }
  }

  /** Writes a slice; returns its length, 0 when there is none now. */
  private int writeNext(BodySink to) {
    SharedBody.Held held = shared.held();
    if (!pastCollected && given < held.length()) {
      int from = given;
      int slice = Math.min(SLICE, held.length() - from);
      given += slice;
      to.write(Unpooled.wrappedBuffer(held.bytes(), from, slice));
      return slice;
    }
    ByteBuf next = offered.poll();
    if (next == null) {
      return 0;
    }
    if (!pastCollected) {
      pastCollected = true;
      shared.leavesCollected(this);
    }
    int bytes = next.readableBytes();
    to.write(next);
    taken(bytes);
    return bytes;
  }

  private void taken(int bytes) {
    if (pending.addAndGet(-bytes) < SharedBody.LOW) {
      shared.wentOn();
    }
  }

  @Override
  public void cancel() {
    if (!over) {
      close();
    }
  }

  private void close() {
    over = true;
    int bytes = 0;
    for (ByteBuf part : offered) {
      bytes += part.readableBytes();
      part.release();
    }
    offered.clear();
    taken(bytes);
    shared.remove(this);
    onOver.run();
  }

  @Override
  public long length() {
    return length;
  }
}
