// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.identity.Digests;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collection;

/**
 * A SHA-256 over parts that each carry their length, so that no two lists of parts give the same
 * bytes. They are gathered and hashed at once: a hash takes up single bytes slowly.
 */
final class KeyDigest {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final byte NUMBER = 'n';
  private static final byte BYTES = 'b';
  private static final byte TEXT = 't';
  private static final byte UNITS = 'u';

  private byte[] gathered = new byte[512];
  private int length;

  /** Adds a text, beyond ASCII by its units: encoders make all unpaired surrogates the same. */
  void add(String text) {
    int count = text.length();
    int start = length;
    begin(TEXT, count, count);
    for (int i = 0; i < count; i++) {
      char c = text.charAt(i);
      if (c > 0x7f) {
        length = start;
        addUnits(text);
        return;
      }
      gathered[length++] = (byte) c;
    }
  }

  void add(byte[] bytes) {
    begin(BYTES, bytes.length, bytes.length);
    System.arraycopy(bytes, 0, gathered, length, bytes.length);
    length += bytes.length;
  }

  void add(long number) {
    begin(NUMBER, number, 0);
  }

  /** Adds a list: how many, then each. */
  void addAll(Collection<String> texts) {
    add(texts.size());
    for (String text : texts) {
      add(text);
    }
  }

  byte[] finish() {
    return Digests.sha256(gathered, length);
  }

  private void addUnits(String text) {
    begin(UNITS, 2L * text.length(), 2 * text.length());
    for (int i = 0; i < text.length(); i++) {
      gathered[length++] = (byte) (text.charAt(i) >>> 8);
      gathered[length++] = (byte) text.charAt(i);
    }
  }

  /** Adds a kind and a number, with room for {@code more} bytes behind them. */
  private void begin(byte kind, long number, int more) {
    int needed = Math.addExact(length, Math.addExact(more, 1 + Long.BYTES));
    if (needed > gathered.length) {
      gathered = Arrays.copyOf(gathered, Math.max(needed, 2 * gathered.length));
    }
    gathered[length++] = kind;
    LONGS.set(gathered, length, number);
    length += Long.BYTES;
  }
}
