// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Gathers what one call gives out into one chunk. Ended by {@link #give} or {@link #discard}. */
final class ChunkOutput {
  private final ByteBufAllocator allocator;
  private final int expected;
  private @Nullable ByteBuf chunk;

  ChunkOutput(ByteBufAllocator allocator, int expected) {
    this.allocator = allocator;
    this.expected = expected;
  }

  void write(byte[] bytes, int from, int length) {
    if (length > 0) {
      chunk().writeBytes(bytes, from, length);
    }
  }

  void write(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    write(bytes, 0, bytes.length);
  }

  /** Gives the chunk, if there is one, to {@code out}, which takes it. */
  void give(Consumer<ByteBuf> out) {
    ByteBuf given = chunk;
    chunk = null;
    if (given != null) {
      out.accept(given);
    }
  }

  /** Lets go of what was not given. */
  void discard() {
    if (chunk != null) {
      chunk.release();
      chunk = null;
    }
  }

  private ByteBuf chunk() {
    ByteBuf known = chunk;
    if (known == null) {
      known = allocator.buffer(Math.max(expected, 64));
      chunk = known;
    }
    return known;
  }
}
