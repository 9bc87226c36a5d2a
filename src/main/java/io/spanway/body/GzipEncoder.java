// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * Encodes a body as gzip (RFC 1952). What is given out lags behind what came in, up to the end: for
 * answers that are of use only when complete, not for streams of events.
 */
public final class GzipEncoder implements BodyTransform {
  private static final int PIECE = 16 * 1024;

  /** Magic, deflate, no flags, no time, no hint, unknown system. */
  private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};

  private final Deflater deflater;
  private final CRC32 crc = new CRC32();
  private ByteBufAllocator allocator = ByteBufAllocator.DEFAULT;
  private @Nullable ByteBuf piece;
  private boolean begun;

  /** Creates one of zlib's default level. */
  public GzipEncoder() {
    this(Deflater.DEFAULT_COMPRESSION);
  }

  /**
   * Creates one.
   *
   * @param level zlib's level, 1 (fast) to 9 (small)
   */
  public GzipEncoder(int level) {
    deflater = new Deflater(level, true);
  }

  @Override
  public void accept(ByteBuf chunk, Consumer<ByteBuf> out) {
    try {
      allocator = chunk.alloc();
      crc.update(chunk.nioBuffer());
      deflater.setInput(chunk.nioBuffer());
      while (!deflater.needsInput()) {
        deflate(out);
      }
    } finally {
      chunk.release();
    }
  }

  @Override
  public void finish(Consumer<ByteBuf> out) {
    deflater.finish();
    while (!deflater.finished()) {
      deflate(out);
    }
    ByteBuf last = room(out, 8);
    last.writeIntLE((int) crc.getValue());
    last.writeIntLE((int) deflater.getBytesRead());
    piece = null;
    deflater.end();
    out.accept(last);
  }

  @Override
  public void discard() {
    ByteBuf held = piece;
    if (held != null) {
      piece = null;
      held.release();
    }
    deflater.end();
  }

  private void deflate(Consumer<ByteBuf> out) {
    ByteBuf to = room(out, 1);
    int count = deflater.deflate(to.nioBuffer(to.writerIndex(), to.writableBytes()));
    to.writerIndex(to.writerIndex() + count);
  }

  /** Returns a piece with room for {@code bytes}; gives out the one before when it is full. */
  private ByteBuf room(Consumer<ByteBuf> out, int bytes) {
    ByteBuf held = piece;
    if (held != null && held.writableBytes() >= bytes) {
      return held;
    }
    if (held != null) {
      piece = null;
      out.accept(held);
    }
    ByteBuf next = allocator.buffer(PIECE, PIECE);
    if (!begun) {
      begun = true;
      next.writeBytes(HEADER);
    }
    piece = next;
    return next;
  }
}
