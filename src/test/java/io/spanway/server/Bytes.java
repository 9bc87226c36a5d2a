// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.BodySink;
import io.spanway.body.BodySource;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A body of zeros that gives as much as its sink takes. */
final class Bytes implements BodySource {
  private static final int CHUNK = 64 * 1024;

  final AtomicLong given = new AtomicLong();
  private final long total;
  private final HttpHeaders trailers;
  private @Nullable BodySink sink;
  private boolean over;

  Bytes(long total) {
    this(total, EmptyHttpHeaders.INSTANCE);
  }

  Bytes(long total, HttpHeaders trailers) {
    this.total = total;
    this.trailers = trailers;
  }

  @Override
  public void start(BodySink to) {
    sink = to;
    resume();
  }

  @Override
  public void resume() {
    BodySink to = sink;
    while (to != null && !over && given.get() < total && to.isWritable()) {
      int size = (int) Math.min(CHUNK, total - given.get());
      given.addAndGet(size);
      to.write(ByteBufAllocator.DEFAULT.buffer(size).writeZero(size));
      to.flush();
    }
    if (to != null && !over && given.get() == total) {
      over = true;
      to.end(trailers);
    }
  }

  @Override
  public void cancel() {
    over = true;
  }

  @Override
  public long length() {
    return -1;
  }
}
