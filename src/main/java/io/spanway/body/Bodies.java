// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import org.jspecify.annotations.Nullable;

/** Bodies that are there at once, and the bytes of one. */
public final class Bodies {
  private Bodies() {}

  /** Returns a body of no bytes. */
  public static BodySource empty() {
    return new Whole(Unpooled.EMPTY_BUFFER);
  }

  /** Returns a body of the readable bytes of {@code bytes}, which it takes. */
  public static BodySource of(ByteBuf bytes) {
    return new Whole(bytes);
  }

  /** Returns a body of {@code bytes}, which are lent: they must not change until it has ended. */
  public static BodySource of(byte[] bytes) {
    return new Whole(Unpooled.wrappedBuffer(bytes));
  }

  /** Returns a body that fails with {@code cause} as soon as it is started. */
  public static BodySource failed(Throwable cause) {
    return new Failed(cause);
  }

  /** Returns the readable bytes of {@code whole}, which it takes. */
  public static byte[] bytes(ByteBuf whole) {
    try {
      return ByteBufUtil.getBytes(whole);
    } finally {
      whole.release();
    }
  }

  private static final class Whole implements BodySource {
    private final int length;
    private @Nullable ByteBuf bytes;
    private boolean cancelled;

    Whole(ByteBuf bytes) {
      this.bytes = bytes;
      this.length = bytes.readableBytes();
    }

    @Override
    public void start(BodySink sink) {
      ByteBuf chunk = bytes;
      if (chunk == null) {
        throw new IllegalStateException("the body was started or cancelled before");
      }
      bytes = null;
      if (chunk.isReadable()) {
        sink.write(chunk);
      } else {
        chunk.release();
      }
      if (!cancelled) {
        sink.end(EmptyHttpHeaders.INSTANCE);
      }
    }

    @Override
    public void resume() {
      // One chunk is one burst, delivered whatever the sink says.
    }

    @Override
    public void cancel() {
      cancelled = true;
      ByteBuf chunk = bytes;
      if (chunk != null) {
        bytes = null;
        chunk.release();
      }
    }

    @Override
    public long length() {
      return length;
    }
  }

  private static final class Failed implements BodySource {
    private final Throwable cause;

    Failed(Throwable cause) {
      this.cause = cause;
    }

    @Override
    public void start(BodySink sink) {
      sink.fail(cause);
    }

    @Override
    public void resume() {
      // There is nothing to go on with.
    }

    @Override
    public void cancel() {
      // There is nothing to let go of.
    }

    @Override
    public long length() {
      return -1;
    }
  }
}
