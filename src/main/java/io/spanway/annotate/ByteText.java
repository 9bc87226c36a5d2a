// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/** A text in UTF-8 that grows at its end. */
class ByteText {
  private byte[] bytes = {};
  private int length;

  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  void clear() {
    length = 0;
  }

  /** Makes room for {@code count} bytes more. */
  void room(int count) {
    int needed = Math.addExact(length, count);
    if (needed > bytes.length) {
      int grown = (int) Math.min(2L * bytes.length, 1L << 30);
      bytes = Arrays.copyOf(bytes, Math.max(Math.max(needed, grown), 64));
    }
  }

  boolean hasRoom(int count) {
    return bytes.length - length >= count;
  }

  void write(byte[] from, int start, int count) {
    if (!hasRoom(count)) {
      room(count);
    }
    System.arraycopy(from, start, bytes, length, count);
    length += count;
  }

  void write(char ascii) {
    if (!hasRoom(1)) {
      room(1);
    }
    bytes[length++] = (byte) ascii;
  }

  void write(String text) {
    byte[] encoded = text.getBytes(UTF_8);
    write(encoded, 0, encoded.length);
  }

  /** Writes a string literal. */
  void writeQuoted(String value) {
    int count = value.length();
    if (!hasRoom(count + 2)) {
      room(count + 2);
    }
    int at = length;
    bytes[at++] = '"';
    for (int i = 0; i < count; i++) {
      char c = value.charAt(i);
      if (c < ' ' || c >= 0x7f || c == '"' || c == '\\') {
        var quoted = new StringBuilder(count + 16);
        JsonStrings.quote(value, quoted);
        write(quoted.toString());
        return;
      }
      bytes[at++] = (byte) c;
    }
    bytes[at++] = '"';
    length = at;
  }
}
