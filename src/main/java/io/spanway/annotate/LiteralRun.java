// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import com.google.re2j.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A pattern of the kind {@code literal(class+)literal}, which needs no engine: most derived fields
 * are written so. It is matched in the bytes of a JSON string without decoding it.
 *
 * <p>What comes after the class cannot begin with one of its characters, so the longest run is the
 * only one that can match.
 */
final class LiteralRun {
  /** A greater number of repetitions is left to the engine, which does not try each anew. */
  private static final int MAX_COUNT = 64;

  private final String prefix;
  private final byte[] escapedPrefix;
  private final byte[] escapedSuffix;
  private final boolean[] ascii;

  /** What of {@link #ascii} stands for itself in JSON, by byte. */
  private final boolean[] plain = new boolean[256];

  private final boolean others;
  private final int min;
  private final int max;

  private LiteralRun(
      String prefix, String suffix, boolean[] ascii, boolean others, int min, int max) {
    this.prefix = prefix;
    this.escapedPrefix = JsonStrings.escapedAscii(prefix);
    this.escapedSuffix = JsonStrings.escapedAscii(suffix);
    this.ascii = ascii;
    this.others = others;
    this.min = min;
    this.max = max;
    for (char c = ' '; c < 0x7f; c++) {
      plain[c] = ascii[c] && c != '\\' && c != '"';
    }
  }

  /** Where a group is in the bytes. */
  static final class Group {
    int start;
    int end;

    /** Whether it is of printable ASCII without quotes and backslashes. */
    boolean isPlain;
  }

  /** Returns the pattern's parts if it is of this kind, and null if not. */
  static @Nullable LiteralRun of(String pattern) {
    var prefix = new StringBuilder();
    int open = literal(pattern, 0, prefix);
    if (prefix.length() == 0 || !pattern.startsWith("(", open)) {
      return null;
    }
    int unit = open + 1;
    if (pattern.startsWith("?:", unit)) {
      return null;
    }
    if (pattern.startsWith("?P<", unit)) {
      unit = pattern.indexOf('>', unit) + 1;
    }
    int unitEnd = afterClass(pattern, unit);
    if (unitEnd < 0) {
      return null;
    }
    int close = RegexText.afterQuantifier(pattern, unitEnd);
    int[] counts = counts(pattern.substring(unitEnd, close));
    var suffix = new StringBuilder();
    if (counts == null
        || !pattern.startsWith(")", close)
        || literal(pattern, close + 1, suffix) != pattern.length()) {
      return null;
    }
    return ofParts(prefix.toString(), pattern.substring(unit, unitEnd), counts, suffix.toString());
  }

  private static @Nullable LiteralRun ofParts(
      String prefix, String set, int[] counts, String suffix) {
    // The engine itself says what is in the class.
    Pattern member = Pattern.compile(set);
    var ascii = new boolean[128];
    for (char c = 0; c < 128; c++) {
      ascii[c] = member.matches(String.valueOf(c));
    }
    boolean others = member.matches("é");
    boolean ambiguous = !suffix.isEmpty() && ascii[suffix.charAt(0)];
    boolean uncountable = others && (counts[0] > 1 || counts[1] != Integer.MAX_VALUE);
    boolean tooLong = counts[1] > MAX_COUNT && counts[1] != Integer.MAX_VALUE;
    return ambiguous || uncountable || tooLong
        ? null
        : new LiteralRun(prefix, suffix, ascii, others, counts[0], counts[1]);
  }

  /** What every match begins with. */
  String prefix() {
    return prefix;
  }

  /** Says whether the run may have a character, one of ASCII. */
  boolean has(char c) {
    return ascii[c];
  }

  /**
   * Finds the first match and puts its group into {@code group}.
   *
   * @param first where the prefix stands for the first time
   * @param end where the string ends
   * @return whether there is a match
   */
  boolean find(byte[] bytes, int start, int first, int end, Group group) {
    int at = first;
    while (at >= 0) {
      int next = at + 1;
      if (JsonStrings.isBoundary(bytes, start, at)) {
        int from = at + escapedPrefix.length;
        if (run(bytes, from, end, group)
            && JsonStrings.startsWith(bytes, group.end, end, escapedSuffix)) {
          return true;
        }
        if (max == Integer.MAX_VALUE) {
          // A run that begins inside this one ends where this one ends, and fails as it did.
          next = Math.max(next, group.end - escapedPrefix.length + 1);
        }
      }
      at = JsonStrings.indexOf(bytes, next, end, escapedPrefix);
    }
    return false;
  }

  /** Finds the end of the run of the class's characters; says whether it is long enough. */
  private boolean run(byte[] bytes, int from, int end, Group group) {
    int limit = max < end - from ? from + max : end;
    int i = from;
    while (i < limit && plain[bytes[i] & 0xff]) {
      i++;
    }
    group.start = from;
    group.end = i;
    group.isPlain = i == limit || (bytes[i] >= 0 && bytes[i] != '\\');
    return group.isPlain ? i - from >= min : slowRun(bytes, i, end, group);
  }

  /** Goes on with a run, at an escape or at what is not ASCII. */
  private boolean slowRun(byte[] bytes, int from, int end, Group group) {
    int count = from - group.start;
    int i = from;
    while (i < end && count < max) {
      byte b = bytes[i];
      if (b == '\\') {
        int c = JsonStrings.escaped(bytes, i, end);
        if (!isMember(c)) {
          break;
        }
        i = JsonStrings.afterEscape(bytes, i);
      } else if (b >= 0 ? ascii[b] : others) {
        i++;
      } else {
        break;
      }
      count++;
    }
    group.end = i;
    group.isPlain = i == from;
    return count >= min;
  }

  private boolean isMember(int c) {
    return c >= 0 && (c < 128 ? ascii[c] : others);
  }

  /** Appends the literal text from {@code from} on and returns where it ends. */
  private static int literal(String pattern, int from, StringBuilder out) {
    int i = from;
    while (i < pattern.length()) {
      char c = pattern.charAt(i);
      int end = i + 1;
      if (c == '\\') {
        if (end == pattern.length() || RegexText.isAlphanumeric(pattern.charAt(end))) {
          return i;
        }
        c = pattern.charAt(end);
        end++;
      } else if (RegexText.META.indexOf(c) >= 0) {
        return i;
      }
      if (!RequiredLiterals.isPlain(c) || RegexText.afterQuantifier(pattern, end) > end) {
        return i;
      }
      out.append(c);
      i = end;
    }
    return i;
  }

  /** Returns the end of a class of which all or none of what is not ASCII is a member, or -1. */
  private static int afterClass(String pattern, int from) {
    if (from >= pattern.length()) {
      return -1;
    }
    char c = pattern.charAt(from);
    if (c == '.') {
      return from + 1;
    }
    if (c == '\\') {
      boolean set = from + 1 < pattern.length() && "wWdDsS".indexOf(pattern.charAt(from + 1)) >= 0;
      return set ? from + 2 : -1;
    }
    if (c != '[') {
      return -1;
    }
    int end = RegexText.afterClass(pattern, from);
    for (int i = from + 1; i < end; i++) {
      char in = pattern.charAt(i);
      boolean odd = in >= 0x7f || in < ' ' || in == '[';
      if (in == '\\') {
        i++;
        odd = i >= end || !isSimpleEscape(pattern.charAt(i));
      }
      if (odd) {
        return -1;
      }
    }
    return end <= pattern.length() ? end : -1;
  }

  private static boolean isSimpleEscape(char c) {
    return "wWdDsStnrfv".indexOf(c) >= 0 || (c < 0x80 && !RegexText.isAlphanumeric(c));
  }

  /** Returns the least and the greatest number; null for a number that is not greedy. */
  private static int @Nullable [] counts(String quantifier) {
    return switch (quantifier) {
      case "" -> new int[] {1, 1};
      case "+" -> new int[] {1, Integer.MAX_VALUE};
      case "*" -> new int[] {0, Integer.MAX_VALUE};
      default -> bounds(quantifier);
    };
  }

  private static int @Nullable [] bounds(String quantifier) {
    if (!quantifier.startsWith("{") || !quantifier.endsWith("}")) {
      return null;
    }
    int comma = quantifier.indexOf(',');
    int end = quantifier.length() - 1;
    int least = Integer.parseInt(quantifier, 1, comma < 0 ? end : comma, 10);
    if (comma < 0) {
      return new int[] {least, least};
    }
    return new int[] {
      least, comma + 1 == end ? Integer.MAX_VALUE : Integer.parseInt(quantifier, comma + 1, end, 10)
    };
  }
}
