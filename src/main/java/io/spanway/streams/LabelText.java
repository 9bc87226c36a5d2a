// SPDX-License-Identifier: Apache-2.0
package io.spanway.streams;

import java.util.Map;

/**
 * The text form of labels, as Prometheus' {@code labels.Labels.String} and Go's quoting write it.
 */
final class LabelText {
  private static final String HEX = "0123456789abcdef";

  private LabelText() {}

  static String of(Map<String, String> labels) {
    var out = new StringBuilder(64).append('{');
    labels.forEach(
        (name, value) -> {
          if (out.length() > 1) {
            out.append(", ");
          }
          out.append(name).append('=');
          quote(value, out);
        });
    return out.append('}').toString();
  }

  /** Compares by code point, which is the order of the UTF-8 bytes that Go compares. */
  static int compareAsUtf8(String left, String right) {
    int common = Math.min(left.length(), right.length());
    for (int i = 0; i < common; i++) {
      char a = left.charAt(i);
      char b = right.charAt(i);
      if (a != b) {
        // Surrogates stand for code points above all others, though their units are smaller.
        boolean highA = Character.isSurrogate(a);
        return highA == Character.isSurrogate(b) ? Character.compare(a, b) : highA ? 1 : -1;
      }
    }
    return Integer.compare(left.length(), right.length());
  }

  private static void quote(String value, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < value.length(); ) {
      int c = value.codePointAt(i);
      i += Character.charCount(c);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case 0x07 -> out.append("\\a");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case 0x0b -> out.append("\\v");
        default -> {
          if (isPrintable(c)) {
            out.appendCodePoint(c);
          } else if (c < ' ' || c == 0x7f) {
            hex(out.append("\\x"), c, 2);
          } else if (c < 0x10000) {
            hex(out.append("\\u"), c, 4);
          } else {
            hex(out.append("\\U"), c, 8);
          }
        }
      }
    }
    out.append('"');
  }

  /** Go's {@code strconv.IsPrint}: letters, marks, numbers, punctuation, symbols and the space. */
  private static boolean isPrintable(int c) {
    if (c < 0x7f) {
      return c >= ' ';
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SPACE_SEPARATOR ->
          false;
      default -> true;
    };
  }

  private static void hex(StringBuilder out, int value, int digits) {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
      out.append(HEX.charAt((value >> shift) & 0xf));
    }
  }
}
