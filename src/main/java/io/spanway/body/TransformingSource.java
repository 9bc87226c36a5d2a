// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A source that passes another one's bytes through a transform. Back-pressure goes through as well:
 * while the sink is not writable, what has already arrived waits untransformed, and a transform
 * with more output to come is not asked for it. A transform that throws fails the body and cancels
 * the source.
 */
public final class TransformingSource implements BodySource {
  private final BodySource source;
  private final BodyTransform transform;
  private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>(4);
  private @Nullable BodySink sink;
  private @Nullable HttpHeaders trailers;
  private boolean busy;
  private boolean unflushed;
  private boolean over;
  private boolean letGo;

  /** Creates one; takes both, which are cancelled and discarded with it. */
  public TransformingSource(BodySource source, BodyTransform transform) {
    this.source = source;
    this.transform = transform;
  }

  @Override
  public void start(BodySink to) {
    sink = to;
    source.start(new Input(to));
  }

  @Override
  public void resume() {
    BodySink to = sink;
    if (to == null || over || busy) {
      return;
    }
    pump(to);
    if (over) {
      return;
    }
    if (unflushed) {
      unflushed = false;
      to.flush();
    }
    if (!over && !holds() && to.isWritable()) {
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
    return -1;
  }

  private boolean holds() {
    return !waiting.isEmpty() || transform.hasMore();
  }

  /** Transforms what waits while the sink takes it. */
  private void pump(BodySink to) {
    if (busy) {
      return;
    }
    busy = true;
    try {
      while (!over && to.isWritable()) {
        if (transform.hasMore()) {
          transform.more(this::give);
        } else {
          ByteBuf chunk = waiting.poll();
          if (chunk == null) {
            break;
          }
          transform.accept(chunk, this::give);
        }
      }
      HttpHeaders last = trailers;
      if (!over && last != null && !holds()) {
        transform.finish(this::give);
        if (!over) {
          over = true;
          letGo = true;
          to.end(last);
        }
      }
    } catch (RuntimeException e) {
      if (over) {
        throw e;
      }
      over = true;
      source.cancel();
      to.fail(e);
    } finally {
      busy = false;
      if (over) {
        letGo();
      }
    }
  }

  private void give(ByteBuf chunk) {
    BodySink to = sink;
    if (over || to == null) {
      chunk.release();
    } else if (!chunk.isReadable()) {
      chunk.release();
    } else {
      unflushed = true;
      to.write(chunk);
    }
  }

  /** Lets go of what is held, but never under the feet of a transform that is running. */
  private void letGo() {
    if (letGo || busy) {
      return;
    }
    letGo = true;
    for (ByteBuf chunk = waiting.poll(); chunk != null; chunk = waiting.poll()) {
      chunk.release();
    }
    transform.discard();
  }

  /** What the source pushes into. */
  private final class Input implements BodySink {
    private final BodySink to;

    Input(BodySink to) {
      this.to = to;
    }

    @Override
    public void write(ByteBuf chunk) {
      if (over) {
        chunk.release();
        return;
      }
      waiting.add(chunk);
      pump(to);
    }

    @Override
    public void flush() {
      if (!over && unflushed) {
        unflushed = false;
        to.flush();
      }
    }

    @Override
    public void end(HttpHeaders last) {
      if (!over) {
        trailers = last;
        pump(to);
      }
    }

    @Override
    public void fail(Throwable cause) {
      if (!over) {
        over = true;
        letGo();
        to.fail(cause);
      }
    }

    @Override
    public boolean isWritable() {
      return !over && !holds() && to.isWritable();
    }
  }
}
