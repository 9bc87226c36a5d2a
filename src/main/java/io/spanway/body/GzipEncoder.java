// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Compresses a body with gzip (RFC 1952) while it streams, fast rather than small. Holds no more
 * than the compressor's window. An empty body becomes an empty gzip member.
 */
public final class GzipEncoder implements BodyTransform {
  private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};
  private static final int TRAILER = 8;
  private static final int PIECE = 16 * 1024;

  private final Deflater deflater = new Deflater(Deflater.BEST_SPEED, /* nowrap= */ true);
  private final CRC32 checksum = new CRC32();
  private long bytes;
  private boolean begun;

  @Override
  public void accept(ByteBuf chunk, Consumer<ByteBuf> out) {
    try {
      begin(out);
      bytes += chunk.readableBytes();
      for (ByteBuffer part : chunk.nioBuffers()) {
        checksum.update(part.duplicate());
        deflater.setInput(part);
        while (!deflater.needsInput()) {
          deflate(chunk.alloc(), out);
        }
      }
    } finally {
      chunk.release();
    }
  }

  @Override
  public void finish(Consumer<ByteBuf> out) {
    begin(out);
    deflater.finish();
    while (!deflater.finished()) {
      deflate(UnpooledByteBufAllocator.DEFAULT, out);
    }
    deflater.end();
    ByteBuf trailer = Unpooled.buffer(TRAILER);
    out.accept(trailer.writeIntLE((int) checksum.getValue()).writeIntLE((int) bytes));
  }

  @Override
  public void discard() {
    deflater.end();
  }

  private void begin(Consumer<ByteBuf> out) {
    if (!begun) {
      begun = true;
      out.accept(Unpooled.wrappedBuffer(HEADER));
    }
  }

  private void deflate(ByteBufAllocator allocator, Consumer<ByteBuf> out) {
    ByteBuf piece = allocator.buffer(PIECE, PIECE);
    int count = deflater.deflate(piece.nioBuffer(0, PIECE));
    if (count == 0) {
      piece.release();
      return;
    }
    out.accept(piece.writerIndex(count));
  }
}
