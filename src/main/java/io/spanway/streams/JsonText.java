// SPDX-License-Identifier: Apache-2.0
package io.spanway.streams;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A growing text of JSON in UTF-8, with the two ways of escaping that Loki's encoder has: log lines
 * with HTML's characters escaped, everything else without (jsoniter's {@code
 * WriteStringWithHTMLEscaped} and {@code WriteString}). A general JSON writer would choose one.
 */
final class JsonText {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  /** What one UTF-16 unit becomes when it is escaped as four hexadecimal digits. */
  private static final int MAX_BYTES_PER_CHAR = 6;

  private byte[] bytes;
  private int length;

  JsonText(int expected) {
    bytes = new byte[Math.max(expected, 64)];
  }

  /** Appends ASCII text as it is. */
  JsonText raw(String ascii) {
    ensure(ascii.length());
    for (int i = 0; i < ascii.length(); i++) {
      bytes[length++] = (byte) ascii.charAt(i);
    }
    return this;
  }

  JsonText raw(char ascii) {
    ensure(1);
    bytes[length++] = (byte) ascii;
    return this;
  }

  /** Appends text in UTF-8 without quotes or escapes. */
  JsonText plain(String text) {
    byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
    ensure(encoded.length);
    System.arraycopy(encoded, 0, bytes, length, encoded.length);
    length += encoded.length;
    return this;
  }

  /** Appends a string literal as Loki writes labels. */
  JsonText string(String value) {
    return literal(value, false);
  }

  /** Appends a string literal as Loki writes lines: {@code <}, {@code >}, {@code &} escaped. */
  JsonText htmlSafeString(String value) {
    return literal(value, true);
  }

  /** Appends an object of strings. */
  JsonText labels(Labels labels) {
    raw('{');
    boolean first = true;
    for (var label : labels.asMap().entrySet()) {
      if (!first) {
        raw(',');
      }
      first = false;
      string(label.getKey()).raw(':').string(label.getValue());
    }
    return raw('}');
  }

  byte[] toByteArray() {
    return Arrays.copyOf(bytes, length);
  }

  private JsonText literal(String value, boolean html) {
    raw('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      ensure(MAX_BYTES_PER_CHAR);
      if (c < 0x80) {
        ascii(c, html);
      } else if (c < 0x800) {
        bytes[length++] = (byte) (0xc0 | (c >> 6));
        bytes[length++] = (byte) (0x80 | (c & 0x3f));
      } else if (html && (c == 0x2028 || c == 0x2029)) {
        unicode(c);
      } else if (!Character.isSurrogate(c)) {
        threeBytes(c);
      } else if (Character.isHighSurrogate(c)
          && i + 1 < value.length()
          && Character.isLowSurrogate(value.charAt(i + 1))) {
        fourBytes(Character.toCodePoint(c, value.charAt(++i)));
      } else {
        // Half a pair has no UTF-8 form; Loki writes what it cannot encode so.
        unicode(0xfffd);
      }
    }
    return raw('"');
  }

  private void ascii(char c, boolean html) {
    switch (c) {
      case '"', '\\' -> {
        bytes[length++] = '\\';
        bytes[length++] = (byte) c;
      }
      case '\n' -> escaped('n');
      case '\r' -> escaped('r');
      case '\t' -> escaped('t');
      default -> {
        if (c < ' ' || (html && (c == '<' || c == '>' || c == '&'))) {
          unicode(c);
        } else {
          bytes[length++] = (byte) c;
        }
      }
    }
  }

  private void escaped(char letter) {
    bytes[length++] = '\\';
    bytes[length++] = (byte) letter;
  }

  private void unicode(int c) {
    escaped('u');
    for (int shift = 12; shift >= 0; shift -= 4) {
      bytes[length++] = HEX[(c >> shift) & 0xf];
    }
  }

  private void threeBytes(int c) {
    bytes[length++] = (byte) (0xe0 | (c >> 12));
    bytes[length++] = (byte) (0x80 | ((c >> 6) & 0x3f));
    bytes[length++] = (byte) (0x80 | (c & 0x3f));
  }

  private void fourBytes(int c) {
    bytes[length++] = (byte) (0xf0 | (c >> 18));
    bytes[length++] = (byte) (0x80 | ((c >> 12) & 0x3f));
    bytes[length++] = (byte) (0x80 | ((c >> 6) & 0x3f));
    bytes[length++] = (byte) (0x80 | (c & 0x3f));
  }

  private void ensure(int more) {
    int needed = Math.addExact(length, more);
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8L, needed * 3L / 2));
    }
  }
}
