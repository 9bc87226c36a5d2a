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

  /** Short texts wait here, because every write to a buffer costs its checks. */
  private byte[] small = new byte[256];

  private int pending;

  ChunkOutput(ByteBufAllocator allocator, int expected) {
    this.allocator = allocator;
    this.expected = expected;
  }

  void write(byte[] bytes, int from, int length) {
    if (length > 0) {
      flush();
      chunk().writeBytes(bytes, from, length);
    }
  }

  /** Returns where {@code length} bytes more can be put, from {@link #pending} on. */
  private byte[] room(int length) {
    if (small.length - pending < length) {
      flush();
      if (small.length < length) {
        small = new byte[length];
      }
    }
    return small;
  }

  private void flush() {
    if (pending > 0) {
      chunk().writeBytes(small, 0, pending);
      pending = 0;
    }
  }

  void write(char ascii) {
    room(1)[pending++] = (byte) ascii;
  }

  /** Writes a string literal. */
  void writeQuoted(String value) {
    int length = value.length();
    byte[] to = room(length + 2);
    int at = pending;
    to[at++] = '"';
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      if (c < ' ' || c >= 0x7f || c == '"' || c == '\\') {
        var quoted = new StringBuilder(length + 16);
        JsonStrings.quote(value, quoted);
        write(quoted.toString());
        return;
      }
      to[at++] = (byte) c;
    }
    to[at++] = '"';
    pending = at;
  }

  void write(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    write(bytes, 0, bytes.length);
  }

  /** Gives the chunk, if there is one, to {@code out}, which takes it. */
  void give(Consumer<ByteBuf> out) {
    flush();
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
      known = allocator.buffer(expected + expected / 4 + 64);
      chunk = known;
    }
    return known;
  }
}
