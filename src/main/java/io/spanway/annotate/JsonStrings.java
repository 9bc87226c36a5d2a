// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
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
    int backslash = PlainBytes.indexOf(json, start, end, '\\');
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
      backslash = PlainBytes.indexOf(json, from, end, '\\');
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

  /** Returns a text with U+FFFD for each half of a surrogate pair that stands alone. */
  static String encodable(String text) {
    int i = 0;
    while (i < text.length() && !Character.isSurrogate(text.charAt(i))) {
      i++;
    }
    if (i == text.length()) {
      return text;
    }
    var out = new StringBuilder(text.length());
    text.codePoints().forEach(c -> out.appendCodePoint(c >= 0xd800 && c < 0xe000 ? 0xfffd : c));
    return out.toString();
  }

  /** Returns ASCII text as it stands between quotes, where no optional escape is used. */
  static byte[] escapedAscii(String ascii) {
    var out = new StringBuilder();
    for (int i = 0; i < ascii.length(); i++) {
      escape(ascii.charAt(i), out);
    }
    return out.toString().getBytes(US_ASCII);
  }

  /** Returns where {@code wanted} stands first, or -1. */
  static int indexOf(byte[] json, int from, int end, byte[] wanted) {
    byte first = wanted[0];
    for (int i = from; i <= end - wanted.length; i++) {
      if (json[i] == first && startsWith(json, i, end, wanted)) {
        return i;
      }
    }
    return -1;
  }

  /** Says whether {@code wanted} stands at {@code at}. */
  static boolean startsWith(byte[] json, int at, int end, byte[] wanted) {
    return end - at >= wanted.length
        && Arrays.equals(json, at, at + wanted.length, wanted, 0, wanted.length);
  }

  /**
   * Says whether a character begins at {@code at}, rather than what a backslash before it makes
   * another one.
   *
   * @param start where the string begins
   */
  static boolean isBoundary(byte[] json, int start, int at) {
    if (isEscaped(json, start, at)) {
      return false;
    }
    // A hex digit of an escape by number.
    for (int i = Math.max(start + 1, at - 4); i < at; i++) {
      if (json[i] == 'u' && isEscaped(json, start, i)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isEscaped(byte[] json, int start, int at) {
    int i = at;
    while (i > start && json[i - 1] == '\\') {
      i--;
    }
    return (at - i) % 2 != 0;
  }

  /** Returns the UTF-16 unit that the escape at {@code at} stands for, or -1. */
  static int escaped(byte[] json, int at, int end) {
    if (at + 1 >= end) {
      return -1;
    }
    int c = unescape(json[at + 1]);
    return c == 'u' ? hex(json, at + 2, end) : c;
  }

  /** Returns where the escape at {@code at} ends. */
  static int afterEscape(byte[] json, int at) {
    return json[at + 1] == 'u' ? at + 6 : at + 2;
  }

  /**
   * Says whether a string has escapes where Go's writers have none: then a text in it may stand in
   * other bytes than one would search for.
   */
  static boolean hasUnusualEscapes(byte[] json, int start, int end) {
    int i = PlainBytes.indexOf(json, start, end, '\\');
    while (i >= 0) {
      int c = escaped(json, i, end);
      byte letter = json[i + 1];
      if (c < 0 || letter == '/') {
        return true;
      }
      if (letter == 'u' && c < 0x80 && RequiredLiterals.isPlain((char) c)) {
        return true;
      }
      i = PlainBytes.indexOf(json, afterEscape(json, i), end, '\\');
    }
    return false;
  }

  /**
   * Returns the value of a name in an object of strings that is known to be well-formed but for its
   * escapes; null when it is not there or cannot be read.
   *
   * @param open where the object's brace opens
   */
  static @Nullable String value(byte[] json, int open, int end, String name) {
    String value = null;
    boolean isName = true;
    boolean wanted = false;
    int i = open + 1;
    while (i < end) {
      if (json[i] != '"') {
        i++;
        continue;
      }
      int from = i + 1;
      int close = closingQuote(json, from, end);
      if (isName) {
        wanted = isText(json, from, close, name);
      } else if (wanted) {
        value = decode(json, from, close);
      }
      isName = !isName;
      i = close + 1;
    }
    return value;
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

  private static boolean isText(byte[] json, int from, int end, String text) {
    for (int i = from; i < end; i++) {
      if (json[i] == '\\' || json[i] < 0) {
        return text.equals(decode(json, from, end));
      }
      if (i - from >= text.length() || json[i] != text.charAt(i - from)) {
        // Equal up to here or not: what differs in a plain character differs decoded as well.
        return false;
      }
    }
    return end - from == text.length();
  }

  private static int closingQuote(byte[] json, int from, int end) {
    int i = PlainBytes.skip(json, from, end);
    while (i < end && json[i] != '"') {
      i = PlainBytes.skip(json, i + (json[i] == '\\' ? 2 : 1), end);
    }
    return Math.min(i, end);
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
