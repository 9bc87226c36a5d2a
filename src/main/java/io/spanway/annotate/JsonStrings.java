// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Strings of JSON and their bytes (RFC 8259, section 7). */
final class JsonStrings {
  private static final String HEX = "0123456789abcdef";

  private JsonStrings() {}

  /**
   * Decodes the bytes between a string's quotes. Invalid UTF-8 becomes U+FFFD.
   *
   * @return null when an escape is malformed
   */
  static @Nullable String decode(byte[] json, int start, int end) {
    int backslash = indexOf(json, start, end, (byte) '\\');
    if (backslash < 0) {
      return new String(json, start, end - start, UTF_8);
    }
    var out = new StringBuilder(end - start);
    int from = start;
    while (backslash >= 0) {
      out.append(new String(json, from, backslash - from, UTF_8));
      if (backslash + 1 >= end) {
        return null;
      }
      int c = unescape(json[backslash + 1]);
      from = backslash + 2;
      if (c == 'u') {
        c = hex(json, from, end);
        from += 4;
      }
      if (c < 0) {
        return null;
      }
      out.append((char) c);
      backslash = indexOf(json, from, end, (byte) '\\');
    }
    return out.append(new String(json, from, end - from, UTF_8)).toString();
  }

  /**
   * Decodes an object of strings that is known to be well-formed but for its escapes.
   *
   * @param open where the object's brace opens
   * @return null when an escape is malformed
   */
  static @Nullable Map<String, String> decodeObject(byte[] json, int open, int end) {
    var strings = new LinkedHashMap<String, String>();
    String name = null;
    for (int i = open; i < end; i++) {
      if (json[i] == '"') {
        int close = closingQuote(json, i + 1, end);
        String text = decode(json, i + 1, close);
        if (text == null) {
          return null;
        }
        if (name == null) {
          name = text;
        } else {
          strings.put(name, text);
          name = null;
        }
        i = close;
      }
    }
    return strings;
  }

  /** Appends a string literal, escaped as Loki escapes labels. */
  static void quote(String value, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (!Character.isSurrogate(c)) {
        escape(c, out);
      } else if (Character.isHighSurrogate(c)
          && i + 1 < value.length()
          && Character.isLowSurrogate(value.charAt(i + 1))) {
        out.append(c).append(value.charAt(++i));
      } else {
        // Half a pair has no UTF-8 form.
        out.append("\\ufffd");
      }
    }
    out.append('"');
  }

  /** Returns ASCII text as it stands between quotes, where no optional escape is used. */
  static String escape(String ascii) {
    var out = new StringBuilder();
    for (int i = 0; i < ascii.length(); i++) {
      escape(ascii.charAt(i), out);
    }
    return out.toString();
  }

  private static void escape(char c, StringBuilder out) {
    switch (c) {
      case '"', '\\' -> out.append('\\').append(c);
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      default -> {
        if (c < ' ') {
          out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 0xf));
        } else {
          out.append(c);
        }
      }
    }
  }

  private static int closingQuote(byte[] json, int from, int end) {
    int i = from;
    while (i < end && json[i] != '"') {
      i += json[i] == '\\' ? 2 : 1;
    }
    return Math.min(i, end);
  }

  private static int indexOf(byte[] json, int from, int end, byte wanted) {
    for (int i = from; i < end; i++) {
      if (json[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  /** Returns the character that a letter after a backslash means, 'u' for itself, or -1. */
  private static int unescape(byte letter) {
    return switch (letter) {
      case '"', '\\', '/', 'u' -> letter;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      default -> -1;
    };
  }

  private static int hex(byte[] json, int from, int end) {
    if (from + 4 > end) {
      return -1;
    }
    int value = 0;
    for (int i = from; i < from + 4; i++) {
      int digit = Character.digit(json[i], 16);
      if (digit < 0) {
        return -1;
      }
      value = value << 4 | digit;
    }
    return value;
  }
}
