// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gathers what one call gives out into one chunk. Begun by {@link #begin}, ended by {@link #give}
 * or {@link #discard}; used again for the next call.
 *
 * <p>Bytes wait in an array before they go into a buffer, whose every write costs its checks.
 */
final class ChunkOutput extends ByteText {
  private static final int MOST_WAITING = 64 * 1024;

  private ByteBufAllocator allocator = UnpooledByteBufAllocator.DEFAULT;
  private int expected;
  private @Nullable ByteBuf chunk;

  /**
   * Begins a chunk.
   *
   * @param likely how many bytes, but for additions, are likely to be written
   */
  void begin(ByteBufAllocator from, int likely) {
    allocator = from;
    expected = likely + likely / 4 + 64;
    clear();
    super.room(Math.min(expected, MOST_WAITING));
  }

  @Override
  void room(int count) {
    flush();
    super.room(count);
  }

  @Override
  void write(byte[] from, int start, int count) {
    if (count > MOST_WAITING) {
      flush();
      chunk(expected).writeBytes(from, start, count);
    } else {
      super.write(from, start, count);
    }
  }

  /** Gives the chunk, if there is one, to {@code out}, which takes it. */
  void give(Consumer<ByteBuf> out) {
    if (chunk == null && length() > 0) {
      chunk(length());
    }
    flush();
    ByteBuf given = chunk;
    chunk = null;
    if (given != null) {
      out.accept(given);
    }
  }

  /** Lets go of what was not given. */
  void discard() {
    clear();
    if (chunk != null) {
      chunk.release();
      chunk = null;
    }
  }

  private void flush() {
    if (length() > 0) {
      chunk(expected).writeBytes(bytes(), 0, length());
      clear();
    }
  }

  private ByteBuf chunk(int capacity) {
    ByteBuf known = chunk;
    if (known == null) {
      known = allocator.buffer(capacity);
      chunk = known;
    }
    return known;
  }
}
