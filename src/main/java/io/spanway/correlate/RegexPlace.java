// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

/** Where in a regular expression of RE2's syntax a text ends. */
final class RegexPlace {
  private RegexPlace() {}

  /**
   * Whether a group may follow {@code before} and be one: not in a class, nor behind a backslash,
   * nor in the head of a group, nor in a counted repetition or a quotation.
   */
  static boolean isBetweenItems(String before) {
    int at = 0;
    while (at < before.length()) {
      char c = before.charAt(at);
      if (c == '\\') {
        int end = escapeEnd(before, at);
        if (end < 0) {
          return false;
        }
        at = end;
      } else if (c == '[') {
        int end = classEnd(before, at);
        if (end < 0) {
          return false;
        }
        at = end;
      } else if (before.startsWith("(?", at)) {
        int end = headEnd(before, at + 2);
        if (end < 0) {
          return false;
        }
        at = end;
      } else if (c == '{' && before.indexOf('}', at) < 0) {
        return false;
      } else {
        at++;
      }
    }
    return true;
  }

  /** {@code \d}, {@code \pL}, {@code \p{Greek}}, {@code \x{10FFFF}}, {@code \Q…\E}; -1 if open. */
  private static int escapeEnd(String text, int from) {
    if (from + 1 >= text.length()) {
      return -1;
    }
    char c = text.charAt(from + 1);
    if (c == 'Q') {
      int end = text.indexOf("\\E", from + 2);
      return end < 0 ? -1 : end + 2;
    }
    int next = from + 2;
    if (c == 'x' || c == 'p' || c == 'P') {
      if (next >= text.length()) {
        return -1;
      }
      if (text.charAt(next) == '{') {
        int end = text.indexOf('}', next);
        return end < 0 ? -1 : end + 1;
      }
      int length = c == 'x' ? 2 : 1;
      return next + length > text.length() ? -1 : next + length;
    }
    return next;
  }

  private static int classEnd(String text, int from) {
    int at = from + 1;
    if (text.startsWith("^", at)) {
      at++;
    }
    if (text.startsWith("]", at)) {
      at++;
    }
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == ']') {
        return at + 1;
      }
      if (c == '\\') {
        at = escapeEnd(text, at);
        if (at < 0) {
          return -1;
        }
      } else if (text.startsWith("[:", at) && text.indexOf(":]", at) > 0) {
        at = text.indexOf(":]", at) + 2;
      } else {
        at++;
      }
    }
    return -1;
  }

  /** The offset behind {@code (?:}, {@code (?i)} or {@code (?P<name>}; -1 if open. */
  private static int headEnd(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == ':' || c == ')' || c == '>') {
        return i + 1;
      }
    }
    return -1;
  }
}
