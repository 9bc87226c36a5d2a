// SPDX-License-Identifier: Apache-2.0
package io.spanway.model;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;

/** The hex text of trace and span IDs: reading, checking and the ways in which logs spell it. */
final class HexIds {
  /**
   * Digits that must remain for an ID without its leading zeros to be looked for: fewer are found
   * in nearly every line.
   */
  private static final int MIN_DIGITS = 15;

  private HexIds() {}

  /** Reads any accepted spelling; {@code what} begins the message of the exception. */
  static String canonical(String text, int digits, String what) {
    if (text.length() > 3 * digits) {
      throw new IllegalArgumentException(
          what + " is 1 to " + digits + " hex digits, not " + text.length() + " characters");
    }
    var hex = new StringBuilder(digits);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '-') {
        hex.append(c);
      }
    }
    if (hex.isEmpty() || hex.length() > digits || !isHex(hex)) {
      throw new IllegalArgumentException(
          what + " is 1 to " + digits + " hex digits, not \"" + printable(text) + "\"");
    }
    String padded = "0".repeat(digits - hex.length()) + hex.toString().toLowerCase(Locale.ROOT);
    return requireCanonical(padded, digits, what);
  }

  /** Returns {@code hex} if it is canonical: all digits, lower case, not all zeros. */
  static String requireCanonical(String hex, int digits, String what) {
    if (hex.length() != digits || !isHex(hex) || !hex.equals(hex.toLowerCase(Locale.ROOT))) {
      throw new IllegalArgumentException(
          what + " is " + digits + " lower-case hex digits, not \"" + printable(hex) + "\"");
    }
    if (significant(hex) == 0) {
      throw new IllegalArgumentException(
          what + " is 1 to " + digits + " hex digits that are not all zero");
    }
    return hex;
  }

  /** The spellings of a canonical ID in a fixed order, without repetitions. */
  static List<String> spellings(String hex) {
    var all = new LinkedHashSet<String>();
    all.add(hex);
    all.add(hex.toUpperCase(Locale.ROOT));
    if (isLong(hex)) {
      String stripped = stripped(hex);
      all.add(stripped);
      all.add(stripped.toUpperCase(Locale.ROOT));
    }
    return List.copyOf(all);
  }

  /** The values that a field holding the ID may have: padded and, if long enough, stripped. */
  static List<String> fieldValues(String hex) {
    var all = new ArrayList<String>();
    all.add(hex);
    if (isLong(hex) && hex.charAt(0) == '0') {
      all.add(stripped(hex));
    }
    return List.copyOf(all);
  }

  static boolean isLong(String hex) {
    return significant(hex) >= MIN_DIGITS;
  }

  private static String stripped(String hex) {
    return hex.substring(hex.length() - significant(hex));
  }

  private static int significant(String hex) {
    for (int i = 0; i < hex.length(); i++) {
      if (hex.charAt(i) != '0') {
        return hex.length() - i;
      }
    }
    return 0;
  }

  private static boolean isHex(CharSequence text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean digit = c >= '0' && c <= '9';
      boolean letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      if (!digit && !letter) {
        return false;
      }
    }
    return true;
  }

  private static String printable(String text) {
    var shown = new StringBuilder();
    for (int i = 0; i < text.length() && i < 64; i++) {
      char c = text.charAt(i);
      shown.append(c >= ' ' && c < 0x7f ? c : '?');
    }
    return shown.toString();
  }
}
