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
  private static final long BACKSLASHES = ONES * '\\';

  /** A quote with this bit turned is a space, and control characters stay below it. */
  private static final long QUOTE_TO_SPACE = ONES * ('"' ^ ' ');

  private static final long BEHIND_SPACE = ONES * (' ' + 1);

  private PlainBytes() {}

  /** Returns where the first quote, backslash or control character is; {@code to} for none. */
  static int skip(byte[] bytes, int from, int to) {
    int i = from;
    while (i <= to - 8) {
      long eight = eight(bytes, i);
      long quoteOrControl = (eight ^ QUOTE_TO_SPACE) - BEHIND_SPACE;
      long backslash = (eight ^ BACKSLASHES) - ONES;
      // Borrows can mark a byte behind a real hit, never one before it.
      long hits = (quoteOrControl | backslash) & ~eight & HIGH;
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

  /** Returns where a character of ASCII stands first, or -1. */
  static int indexOf(byte[] bytes, int from, int to, char wanted) {
    long many = ONES * wanted;
    int i = from;
    while (i <= to - 8) {
      long differs = eight(bytes, i) ^ many;
      long hits = (differs - ONES) & ~differs & HIGH;
      if (hits != 0) {
        return i + (Long.numberOfTrailingZeros(hits) >>> 3);
      }
      i += 8;
    }
    while (i < to) {
      if (bytes[i] == wanted) {
        return i;
      }
      i++;
    }
    return -1;
  }

  /** Returns where two bytes stand first, one behind the other; {@code to} for nowhere. */
  static int indexOfPair(byte[] bytes, int from, int to, byte first, byte second) {
    long firsts = ONES * (first & 0xff);
    long seconds = ONES * (second & 0xff);
    int i = from;
    while (i <= to - 9) {
      long differs = (eight(bytes, i) ^ firsts) | (eight(bytes, i + 1) ^ seconds);
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

  /** Returns where {@code wanted}, of at least two bytes, stands first, or -1. */
  static int indexOf(byte[] bytes, int from, int to, byte[] wanted) {
    int i = from;
    while (i < to) {
      i = indexOfPair(bytes, i, to, wanted[0], wanted[1]);
      if (JsonStrings.startsWith(bytes, i, to, wanted)) {
        return i;
      }
      i++;
    }
    return -1;
  }

  /** Returns the eight bytes from {@code at} on, the first of them lowest. */
  static long eight(byte[] bytes, int at) {
    return (long) LONGS.get(bytes, at);
  }
}
