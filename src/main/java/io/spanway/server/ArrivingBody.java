// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.BodySink;
import io.spanway.body.BodySource;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A request's body as it comes from a connection (HTTP/1.1) or a stream (HTTP/2). What arrives
 * before somebody wants it is held, and reading stops meanwhile, so at most one read's worth is.
 */
final class ArrivingBody implements BodySource {
  private final Channel channel;
  private final long length;
  private final Runnable onStart;
  private final ArrayDeque<ByteBuf> held = new ArrayDeque<>(0);
  private @Nullable BodySink sink;
  private @Nullable HttpHeaders trailers;
  private @Nullable Throwable failure;
  private long arrived;
  private boolean wrote;
  private boolean cancelled;
  private boolean finished;

  /**
   * Creates the body of one request.
   *
   * @param length its announced length, 0 when it has none, -1 when it is chunked
   * @param onStart run when somebody wants the body, before any byte of it flows
   */
  ArrivingBody(Channel channel, long length, Runnable onStart) {
    this.channel = channel;
    this.length = length;
    this.onStart = onStart;
    if (length == 0) {
      trailers = EmptyHttpHeaders.INSTANCE;
    }
  }

  /** Says whether the last byte has arrived. */
  boolean isComplete() {
    return trailers != null;
  }

  /** Says whether somebody takes the body and more of it is to come. */
  boolean isAwaited() {
    return sink != null && trailers == null && failure == null && !cancelled;
  }

  /** Takes the next piece of the body. */
  void offer(ByteBuf bytes) {
    arrived += bytes.readableBytes();
    BodySink to = sink;
    if (cancelled || finished || !bytes.isReadable()) {
      bytes.release();
    } else if (to == null) {
      held.add(bytes);
    } else {
      wrote = true;
      to.write(bytes);
    }
    if (trailers == null && sink == null && !cancelled) {
      channel.config().setAutoRead(false);
    }
  }

  /** Says that the body has come to its end. */
  void complete(HttpHeaders with) {
    if (trailers == null) {
      trailers = with;
      finishIfDone();
    }
  }

  /** Returns how many bytes have come. */
  long arrived() {
    return arrived;
  }

  /** Says that a burst of reads is over. */
  void readComplete() {
    BodySink to = sink;
    if (to == null || !wrote || finished) {
      return;
    }
    wrote = false;
    to.flush();
    if (!to.isWritable()) {
      channel.config().setAutoRead(false);
    }
  }

  /** Says that the rest will not come. */
  void fail(Throwable cause) {
    if (trailers != null || failure != null) {
      return;
    }
    failure = cause;
    releaseHeld();
    BodySink to = sink;
    if (to != null && !finished && !cancelled) {
      finished = true;
      to.fail(cause);
    }
  }

  @Override
  public void start(BodySink to) {
    if (sink != null || cancelled) {
      throw new IllegalStateException("body used twice");
    }
    sink = to;
    Throwable cause = failure;
    if (cause != null) {
      finished = true;
      to.fail(cause);
      return;
    }
    if (trailers == null && held.isEmpty()) {
      onStart.run();
    }
    for (ByteBuf bytes = held.poll(); bytes != null; bytes = held.poll()) {
      to.write(bytes);
      wrote = true;
    }
    finishIfDone();
    if (!finished) {
      if (wrote) {
        wrote = false;
        to.flush();
      }
      channel.config().setAutoRead(to.isWritable());
    }
  }

  @Override
  public void resume() {
    if (sink != null && !finished && !cancelled) {
      channel.config().setAutoRead(true);
    }
  }

  @Override
  public void cancel() {
    if (cancelled || finished) {
      return;
    }
    cancelled = true;
    releaseHeld();
    // The rest is read and dropped, so that the answer can be told on the same connection.
    channel.config().setAutoRead(true);
  }

  @Override
  public long length() {
    return length;
  }

  private void finishIfDone() {
    HttpHeaders end = trailers;
    BodySink to = sink;
    if (end != null && to != null && !finished && !cancelled) {
      finished = true;
      to.end(end);
    }
  }

  private void releaseHeld() {
    for (ByteBuf bytes = held.poll(); bytes != null; bytes = held.poll()) {
      bytes.release();
    }
  }
}
