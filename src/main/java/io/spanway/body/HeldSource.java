// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The rest of a body whose source runs already, behind what came of it so far. Until it is started
 * it holds what comes and keeps the source from reading on.
 */
final class HeldSource implements BodySource, BodySink {
  private final BodySource source;
  private final ArrayDeque<ByteBuf> held = new ArrayDeque<>();
  private @Nullable BodySink sink;
  private @Nullable HttpHeaders trailers;
  private @Nullable Throwable failure;
  private boolean busy;
  private boolean over;

  HeldSource(BodySource source) {
    this.source = source;
  }

  @Override
  public void start(BodySink to) {
    sink = to;
    resume();
  }

  @Override
  public void resume() {
    BodySink to = sink;
    if (to == null || over || busy) {
      return;
    }
    boolean wrote = pump(to);
    if (wrote && !over) {
      to.flush();
    }
    if (!over && held.isEmpty() && to.isWritable()) {
      source.resume();
    }
  }

  @Override
  public void cancel() {
    if (!over) {
      over = true;
      letGo();
      source.cancel();
    }
  }

  @Override
  public long length() {
    return source.length();
  }

  @Override
  public void write(ByteBuf chunk) {
    if (over) {
      chunk.release();
      return;
    }
    held.add(chunk);
    BodySink to = sink;
    if (to != null) {
      pump(to);
    }
  }

  @Override
  public void flush() {
    BodySink to = sink;
    if (to != null && !over) {
      to.flush();
    }
  }

  @Override
  public void end(HttpHeaders last) {
    trailers = last;
    BodySink to = sink;
    if (to != null) {
      pump(to);
    }
  }

  @Override
  public void fail(Throwable cause) {
    if (over) {
      return;
    }
    letGo();
    failure = cause;
    BodySink to = sink;
    if (to != null) {
      pump(to);
    }
  }

  @Override
  public boolean isWritable() {
    BodySink to = sink;
    return to != null && !over && held.isEmpty() && to.isWritable();
  }

  private boolean pump(BodySink to) {
    if (busy) {
      return false;
    }
    busy = true;
    boolean wrote = false;
    try {
      while (!over && to.isWritable()) {
        ByteBuf chunk = held.poll();
        if (chunk == null) {
          break;
        }
        to.write(chunk);
        wrote = true;
      }
      Throwable cause = failure;
      HttpHeaders last = trailers;
      if (!over && cause != null) {
        over = true;
        to.fail(cause);
      } else if (!over && last != null && held.isEmpty()) {
        over = true;
        to.end(last);
      }
    } finally {
      busy = false;
    }
    return wrote;
  }

  private void letGo() {
    for (ByteBuf chunk = held.poll(); chunk != null; chunk = held.poll()) {
      chunk.release();
    }
  }
}
