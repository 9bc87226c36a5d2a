// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.spanway.body.BodySink;
import io.spanway.body.BodySource;
import org.jspecify.annotations.Nullable;

/**
 * A body that is all there, given out in slices, a few at a time and no faster than they are taken:
 * what is changed on its way out must neither hold up other requests nor pile up changed.
 */
final class PacedBody implements BodySource {
  private static final int SLICE = 32 * 1024;

  /** Annotating this many bytes takes about two milliseconds. */
  private static final int TURN = 256 * 1024;

  private final byte[] bytes;
  private final EventLoop loop;
  private @Nullable BodySink sink;
  private int given;
  private boolean scheduled;
  private boolean busy;
  private boolean over;

  /** Creates one of {@code bytes}, which are lent: they must not change until it has ended. */
  PacedBody(byte[] bytes, EventLoop loop) {
    this.bytes = bytes;
    this.loop = loop;
  }

  @Override
  public void start(BodySink to) {
    sink = to;
    push();
  }

  @Override
  public void resume() {
    if (!scheduled && !busy) {
      push();
    }
  }

  private void push() {
    BodySink to = sink;
    if (to == null || over) {
      return;
    }
    busy = true;
    int end = Math.min(bytes.length, given + TURN);
    while (given < end && !over && to.isWritable()) {
      int length = Math.min(SLICE, end - given);
      int from = given;
      given += length;
      to.write(Unpooled.wrappedBuffer(bytes, from, length));
    }
    busy = false;
    if (over) {
      return;
    }
    if (given == bytes.length) {
      over = true;
      to.end(EmptyHttpHeaders.INSTANCE);
      return;
    }
    to.flush();
    if (!over && !scheduled && given == end) {
      scheduled = true;
      loop.execute(
          () -> {
            scheduled = false;
            push();
          });
    }
  }

  @Override
  public void cancel() {
    over = true;
  }

  @Override
  public long length() {
    return bytes.length;
  }
}
