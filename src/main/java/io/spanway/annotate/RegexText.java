// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** What can be known of a pattern from its text. Patterns come from Grafana, so from JavaScript. */
final class RegexText {
  static final String META = "\\.+*?()|[]{}^$";

  private RegexText() {}

  /**
   * Returns the pattern in RE2's words where JavaScript only spells the same differently: {@code
   * (?<name>…)} and four-digit character escapes.
   */
  static String fromJavaScript(String pattern) {
    var out = new StringBuilder();
    int copied = 0;
    for (int i = 0; i < pattern.length(); i++) {
      if (pattern.startsWith("(?<", i) && i + 3 < pattern.length()) {
        char c = pattern.charAt(i + 3);
        if (c != '=' && c != '!') {
          out.append(pattern, copied, i).append("(?P<");
          copied = i + 3;
        }
      } else if (pattern.startsWith("\\u", i)
          && i + 6 <= pattern.length()
          && isHex(pattern, i + 2)) {
        out.append(pattern, copied, i).append("\\x{").append(pattern, i + 2, i + 6).append('}');
        copied = i + 6;
        i += 5;
      } else if (pattern.charAt(i) == '\\') {
        i++;
      }
    }
    return out.append(pattern, copied, pattern.length()).toString();
  }

  /** Returns what a linear-time engine cannot express in the pattern, or null if nothing. */
  static @Nullable String unsupported(String pattern) {
    var found = new StringBuilder();
    walk(
        pattern,
        i -> {
          if (pattern.startsWith("(?=", i) || pattern.startsWith("(?!", i)) {
            found.append("look-ahead ").append(pattern, i, i + 3).append("…)");
          } else if (pattern.startsWith("(?<=", i) || pattern.startsWith("(?<!", i)) {
            found.append("look-behind ").append(pattern, i, i + 4).append("…)");
          } else if (pattern.charAt(i) == '\\' && i + 1 < pattern.length()) {
            char next = pattern.charAt(i + 1);
            if ((next >= '1' && next <= '9') || next == 'k') {
              found.append("the back-reference \\").append(next);
            }
          }
          return found.length() == 0;
        });
    return found.length() == 0 ? null : found.toString();
  }

  /** Returns the ASCII text with which every match begins; empty when none is known. */
  static String literalPrefix(String pattern) {
    if (hasAlternatives(pattern)) {
      return "";
    }
    var literal = new StringBuilder();
    int i = pattern.startsWith("^") ? 1 : 0;
    while (i < pattern.length()) {
      char c = pattern.charAt(i);
      int next = i + 1;
      if (c == '\\' && next < pattern.length() && !isAlphanumeric(pattern.charAt(next))) {
        c = pattern.charAt(next);
        next++;
      } else if (META.indexOf(c) >= 0) {
        break;
      }
      if (c < ' ' || c >= 0x7f) {
        break;
      }
      if (next < pattern.length() && "*?{".indexOf(pattern.charAt(next)) >= 0) {
        break;
      }
      literal.append(c);
      i = next;
    }
    return literal.toString();
  }

  /** Returns the pattern with its first capture group called {@code name}. */
  static String withFirstGroupNamed(String pattern, String name) {
    int[] group = {-1};
    walk(
        pattern,
        i -> {
          if (pattern.charAt(i) == '('
              && (pattern.startsWith("(?P<", i) || !pattern.startsWith("(?", i))) {
            group[0] = i;
          }
          return group[0] < 0;
        });
    if (group[0] < 0) {
      return pattern;
    }
    int rest =
        pattern.startsWith("(?P<", group[0]) ? pattern.indexOf('>', group[0]) + 1 : group[0] + 1;
    return pattern.substring(0, group[0]) + "(?P<" + name + ">" + pattern.substring(rest);
  }

  private static boolean hasAlternatives(String pattern) {
    boolean[] found = {false};
    int[] depth = {0};
    walk(
        pattern,
        i -> {
          switch (pattern.charAt(i)) {
            case '(' -> depth[0]++;
            case ')' -> depth[0]--;
            case '|' -> found[0] |= depth[0] == 0;
            default -> {}
          }
          return !found[0];
        });
    return found[0];
  }

  /** Offers every index outside character classes, escapes at their backslash, while asked on. */
  static void walk(String pattern, IntPredicate goOn) {
    int i = 0;
    while (i < pattern.length() && goOn.test(i)) {
      char c = pattern.charAt(i);
      if (pattern.startsWith("\\Q", i)) {
        int end = pattern.indexOf("\\E", i);
        i = end < 0 ? pattern.length() : end + 2;
      } else if (c == '\\') {
        i += 2;
      } else if (c == '[') {
        i = afterClass(pattern, i);
      } else {
        i++;
      }
    }
  }

  static int afterClass(String pattern, int open) {
    int i = pattern.startsWith("[^", open) ? open + 2 : open + 1;
    // A bracket in the first place stands for itself.
    boolean first = true;
    while (i < pattern.length()) {
      char c = pattern.charAt(i);
      if (c == ']' && !first) {
        return i + 1;
      }
      if (pattern.startsWith("[:", i) && pattern.indexOf(":]", i) > 0) {
        i = pattern.indexOf(":]", i) + 2;
      } else {
        i += c == '\\' ? 2 : 1;
      }
      first = false;
    }
    return i;
  }

  /** Returns where the quantifier at {@code from} ends; {@code from} when there is none. */
  static int afterQuantifier(String pattern, int from) {
    if (from >= pattern.length()) {
      return from;
    }
    int end =
        switch (pattern.charAt(from)) {
          case '*', '+', '?' -> from + 1;
          case '{' -> afterBounds(pattern, from);
          default -> from;
        };
    return end > from && pattern.startsWith("?", end) ? end + 1 : end;
  }

  /** Returns where <code>{n,m}</code> ends; {@code open} when the brace stands for itself. */
  private static int afterBounds(String pattern, int open) {
    int close = pattern.indexOf('}', open);
    int digits = 0;
    boolean comma = false;
    for (int i = open + 1; i < close; i++) {
      char c = pattern.charAt(i);
      if (c == ',' && !comma && digits > 0) {
        comma = true;
      } else if (c >= '0' && c <= '9') {
        digits++;
      } else {
        return open;
      }
    }
    return digits == 0 ? open : close + 1;
  }

  private static boolean isHex(String text, int from) {
    for (int i = from; i < from + 4; i++) {
      if (Character.digit(text.charAt(i), 16) < 0) {
        return false;
      }
    }
    return true;
  }

  static boolean isAlphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }
}
