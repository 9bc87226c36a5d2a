// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What double-quoted literals stand for, by Go's rules for escapes. */
final class StringLiterals {

  private static final String SIMPLE = "abfnrtv\\\"";
  private static final String SIMPLE_VALUES = "\u0007\b\f\n\r\t\u000B\\\"";

  private StringLiterals() {}

  /**
   * Returns the value of a literal's inside, or null if an escape is not one.
   *
   * <p>Loki lets {@code \xHH} escapes make text that is not UTF-8. No Java string can hold that and
   * be written back unchanged, so it counts as an error here.
   */
  static @Nullable String unescape(String inside) {
    if (inside.indexOf('\\') < 0) {
      return inside;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(inside.length());
    int i = 0;
    while (i < inside.length()) {
      int backslash = inside.indexOf('\\', i);
      int plainEnd = backslash < 0 ? inside.length() : backslash;
      bytes.writeBytes(inside.substring(i, plainEnd).getBytes(StandardCharsets.UTF_8));
      if (backslash < 0) {
        break;
      }
      int length = escape(inside, backslash, bytes);
      if (length < 0) {
        return null;
      }
      i = backslash + length;
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  private static int escape(String s, int at, ByteArrayOutputStream out) {
    if (at + 1 == s.length()) {
      return -1;
    }
    char c = s.charAt(at + 1);
    int simple = SIMPLE.indexOf(c);
    if (simple >= 0) {
      out.write(SIMPLE_VALUES.charAt(simple));
      return 2;
    }
    if (c >= '0' && c <= '7') {
      int value = digits(s, at + 1, 3, 8);
      if (value < 0 || value > 0xff) {
        return -1;
      }
      out.write(value);
      return 4;
    }
    int count = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (count == 0) {
      return -1;
    }
    int value = digits(s, at + 2, count, 16);
    if (value < 0 || value > Character.MAX_CODE_POINT) {
      return -1;
    }
    if (count == 2) {
      out.write(value);
    } else {
      // Go encodes half of a surrogate pair as the replacement character.
      boolean surrogate = value >= Character.MIN_SURROGATE && value <= Character.MAX_SURROGATE;
      String text = surrogate ? "\uFFFD" : Character.toString(value);
      out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }
    return 2 + count;
  }

  private static int digits(String s, int from, int count, int base) {
    if (from + count > s.length()) {
      return -1;
    }
    long value = 0;
    for (int i = from; i < from + count; i++) {
      char c = s.charAt(i);
      int digit = c < 0x80 ? Character.digit(c, base) : -1;
      if (digit < 0) {
        return -1;
      }
      value = value * base + digit;
    }
    return value > Integer.MAX_VALUE ? -1 : (int) value;
  }
}
