// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Collects a body into one buffer, up to a limit; a body that turns out larger is handed over whole
 * as a source, so that it can still be streamed.
 */
public final class BodyCollector {
  /** What became of a body. Exactly one method is called, unless the collector was cancelled. */
  public interface Callback {
    /**
     * The body is complete.
     *
     * @param body all its bytes, which are the callee's to release
     * @param trailers its trailers
     */
    void complete(ByteBuf body, HttpHeaders trailers);

    /**
     * The body is larger than the limit.
     *
     * @param whole the body from its first byte, to be started or cancelled
     */
    void tooLarge(BodySource whole);

    /** The body broke off. */
    void failed(Throwable cause);
  }

  private final BodySource source;
  private final long limit;
  private final Callback callback;
  private @Nullable ByteBuf collected;
  private @Nullable HeldSource rest;
  private boolean owned;
  private boolean over;

  private BodyCollector(BodySource source, long limit, Callback callback) {
    this.source = source;
    this.limit = limit;
    this.callback = callback;
  }

  /**
   * Starts to collect {@code source}, which it takes. The callback may come before this returns.
   *
   * @param limit the number of bytes up to which a body is collected
   */
  public static BodyCollector collect(BodySource source, long limit, Callback callback) {
    BodyCollector collector = new BodyCollector(source, limit, callback);
    if (source.length() > limit) {
      collector.over = true;
      callback.tooLarge(source);
    } else {
      source.start(collector.new Input());
    }
    return collector;
  }

  /** Ends the collecting: cancels the source. Harmless after the callback was told. */
  public void cancel() {
    if (!over) {
      over = true;
      letGo();
      source.cancel();
    }
  }

  private void add(ByteBuf chunk) {
    ByteBuf before = collected;
    long total = (before == null ? 0L : before.readableBytes()) + chunk.readableBytes();
    if (total > limit || total > Integer.MAX_VALUE) {
      handOver(chunk);
    } else if (before == null) {
      // A body of one chunk, which most are, is never copied.
      collected = chunk;
    } else {
      collected = append(before, chunk, total);
    }
  }

  /**
   * Appends by copying: a body that comes a byte at a time must not hold on to a buffer for each.
   */
  private ByteBuf append(ByteBuf before, ByteBuf chunk, long total) {
    try {
      if (owned) {
        return before.writeBytes(chunk);
      }
      long known = source.length();
      long capacity = known >= total ? known : Math.min(limit, total * 2);
      ByteBuf own = chunk.alloc().buffer((int) Math.min(capacity, Integer.MAX_VALUE));
      own.writeBytes(before).writeBytes(chunk);
      before.release();
      owned = true;
      return own;
    } finally {
      chunk.release();
    }
  }

  private void handOver(ByteBuf chunk) {
    over = true;
    HeldSource whole = new HeldSource(source);
    rest = whole;
    ByteBuf before = collected;
    collected = null;
    if (before != null) {
      whole.write(before);
    }
    whole.write(chunk);
    callback.tooLarge(whole);
  }

  private void letGo() {
    ByteBuf bytes = collected;
    if (bytes != null) {
      collected = null;
      bytes.release();
    }
  }

  /** What the source pushes into. */
  private final class Input implements BodySink {
    @Override
    public void write(ByteBuf chunk) {
      HeldSource whole = rest;
      if (whole != null) {
        whole.write(chunk);
      } else if (over || !chunk.isReadable()) {
        chunk.release();
      } else {
        add(chunk);
      }
    }

    @Override
    public void flush() {
      HeldSource whole = rest;
      if (whole != null) {
        whole.flush();
      }
    }

    @Override
    public void end(HttpHeaders trailers) {
      HeldSource whole = rest;
      if (whole != null) {
        whole.end(trailers);
      } else if (!over) {
        over = true;
        ByteBuf bytes = collected;
        collected = null;
        callback.complete(bytes == null ? Unpooled.EMPTY_BUFFER : bytes, trailers);
      }
    }

    @Override
    public void fail(Throwable cause) {
      HeldSource whole = rest;
      if (whole != null) {
        whole.fail(cause);
      } else if (!over) {
        over = true;
        letGo();
        callback.failed(cause);
      }
    }

    @Override
    public boolean isWritable() {
      HeldSource whole = rest;
      return whole == null ? !over : whole.isWritable();
    }
  }
}
