// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Passes over bytes that mean nothing, eight at a time. */
final class PlainBytes {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH = 0x8080808080808080L;
  private static final long QUOTES = ONES * '"';
  private static final long BACKSLASHES = ONES * '\\';
  private static final long SPACES = ONES * ' ';

  private PlainBytes() {}

  /** Returns where the first quote, backslash or control character is; {@code to} for none. */
  static int skip(byte[] bytes, int from, int to) {
    int i = from;
    while (i <= to - 8) {
      long eight = (long) LONGS.get(bytes, i);
      long quote = eight ^ QUOTES;
      long backslash = eight ^ BACKSLASHES;
      // Borrows can mark a byte behind a real hit, never one before it.
      long hits =
          ((quote - ONES & ~quote) | (backslash - ONES & ~backslash) | (eight - SPACES & ~eight))
              & HIGH;
      if (hits != 0) {
        return i + (Long.numberOfTrailingZeros(hits) >>> 3);
      }
      i += 8;
    }
    while (i < to) {
      byte b = bytes[i];
      if (b == '"' || b == '\\' || (b >= 0 && b < ' ')) {
        return i;
      }
      i++;
    }
    return to;
  }

  /** Returns where two bytes stand first, one behind the other; {@code to} for nowhere. */
  static int indexOfPair(byte[] bytes, int from, int to, byte first, byte second) {
    long firsts = ONES * (first & 0xff);
    long seconds = ONES * (second & 0xff);
    int i = from;
    while (i <= to - 9) {
      long differs =
          ((long) LONGS.get(bytes, i) ^ firsts) | ((long) LONGS.get(bytes, i + 1) ^ seconds);
      long hits = (differs - ONES) & ~differs & HIGH;
      if (hits != 0) {
        return i + (Long.numberOfTrailingZeros(hits) >>> 3);
      }
      i += 8;
    }
    while (i < to - 1) {
      if (bytes[i] == first && bytes[i + 1] == second) {
        return i;
      }
      i++;
    }
    return to;
  }
}
