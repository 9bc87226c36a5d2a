// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.BodySink;
import io.spanway.body.BodySource;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * An answer's body as it comes from an upstream's connection. What arrives before the body is
 * started is held and reading stops, so at most one read's worth is.
 */
final class UpstreamBody implements BodySource {
  private final Owner owner;
  private final ChannelConfig channel;
  private final long length;
  private final ArrayDeque<ByteBuf> held = new ArrayDeque<>(0);
  private @Nullable BodySink sink;
  private @Nullable HttpHeaders trailers;
  private @Nullable Throwable failure;
  private boolean wrote;
  private boolean paused;
  private boolean over;

  /** What the bytes come from. */
  interface Owner {
    /** Returns the channel whose reading is stopped while nobody takes the bytes. */
    Channel channel();

    /** Nobody wants the rest of the answer. */
    void bodyCancelled();
  }

  UpstreamBody(Owner owner, long length) {
    this.owner = owner;
    this.channel = owner.channel().config();
    this.length = length;
  }

  /** Says whether the client, not the upstream, is who is waited for. */
  boolean isPaused() {
    return paused || sink == null;
  }

  void offer(ByteBuf bytes) {
    BodySink to = sink;
    if (over || !bytes.isReadable()) {
      bytes.release();
    } else if (to == null) {
      held.add(bytes);
    } else {
      wrote = true;
      to.write(bytes);
    }
  }

  void readComplete() {
    BodySink to = sink;
    if (over) {
      return;
    }
    if (to == null) {
      channel.setAutoRead(false);
      return;
    }
    if (wrote) {
      wrote = false;
      to.flush();
    }
    if (!over && !to.isWritable()) {
      paused = true;
      channel.setAutoRead(false);
    }
  }

  void end(HttpHeaders last) {
    trailers = last;
    BodySink to = sink;
    if (!over && to != null) {
      over = true;
      to.end(last);
    }
  }

  void fail(Throwable cause) {
    failure = cause;
    releaseHeld();
    BodySink to = sink;
    if (!over && to != null) {
      over = true;
      to.fail(cause);
    }
  }

  /** Lets go of what is held; nobody is told. */
  void discard() {
    over = true;
    releaseHeld();
  }

  @Override
  public void start(BodySink to) {
    if (sink != null) {
      throw new IllegalStateException("body used twice");
    }
    sink = to;
    Throwable cause = failure;
    if (cause != null) {
      over = true;
      to.fail(cause);
      return;
    }
    for (ByteBuf bytes = held.poll(); bytes != null; bytes = held.poll()) {
      to.write(bytes);
      wrote = true;
    }
    HttpHeaders end = trailers;
    if (end != null) {
      over = true;
      to.end(end);
      return;
    }
    if (wrote) {
      wrote = false;
      to.flush();
    }
    paused = !to.isWritable();
    channel.setAutoRead(!paused);
  }

  @Override
  public void resume() {
    if (paused && !over && trailers == null) {
      paused = false;
      channel.setAutoRead(true);
    }
  }

  @Override
  public void cancel() {
    if (over) {
      return;
    }
    over = true;
    releaseHeld();
    if (trailers == null && failure == null) {
      owner.bodyCancelled();
    }
  }

  @Override
  public long length() {
    return length;
  }

  private void releaseHeld() {
    for (ByteBuf bytes = held.poll(); bytes != null; bytes = held.poll()) {
      bytes.release();
    }
  }
}
