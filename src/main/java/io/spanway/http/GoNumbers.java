// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

/** What Go's {@code strconv} takes as a number, where Java's parsers take more or less. */
final class GoNumbers {
  private GoNumbers() {}

  /** Says whether {@code text} is a decimal integer with an optional sign, in ASCII digits. */
  static boolean isInteger(String text) {
    int from = signs(text, 0);
    return from < text.length() && digits(text, from) == text.length();
  }

  /** Says whether {@code text} is a decimal number: {@code 1}, {@code -1.5}, {@code .5e3}. */
  static boolean isFloat(String text) {
    int from = signs(text, 0);
    int whole = digits(text, from);
    int count = whole - from;
    int at = whole;
    if (at < text.length() && text.charAt(at) == '.') {
      at = digits(text, whole + 1);
      count += at - whole - 1;
    }
    if (count == 0) {
      return false;
    }
    if (at < text.length() && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
      int exponent = signs(text, at + 1);
      at = digits(text, exponent);
      if (at == exponent) {
        return false;
      }
    }
    return at == text.length();
  }

  /** Returns {@code text} in double quotes on one line, as Go's {@code %q} writes it. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append(c);
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        default -> {
          if (c < ' ' || c == 0x7f) {
            quoted.append(String.format("\\x%02x", (int) c));
          } else if (Character.isISOControl(c) || c == 0x2028 || c == 0x2029) {
            quoted.append(String.format("\\u%04x", (int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }

  private static int signs(String text, int at) {
    return at < text.length() && (text.charAt(at) == '+' || text.charAt(at) == '-') ? at + 1 : at;
  }

  private static int digits(String text, int from) {
    int at = from;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    return at;
  }
}
