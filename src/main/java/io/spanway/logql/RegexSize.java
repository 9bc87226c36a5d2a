// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Compiles regular expressions from queries, unless they would grow too large.
 *
 * <p>Go's regexp, which Loki uses, refuses nested repetitions such as {@code ((a{100}){100}){100}};
 * RE2/J unrolls them, and recurses into nested groups. Matching is linear in what that makes, so
 * the size is estimated before anything is compiled.
 */
final class RegexSize {

  /** Instructions of one expression; also the sum over a query. */
  static final int MAX_INSTRUCTIONS = 100_000;

  private static final int MAX_REPEAT = 1000;
  private static final int MAX_DEPTH = 250;

  /** RE2/J gathers a literal in time that is quadratic in its length. */
  private static final int MAX_LITERAL = 10_000;

  /** What a class costs in comparison with a character. */
  private static final int CLASS_SIZE = 10;

  /** The size and repetitions of what an open group holds so far. */
  private static final class Group {
    long size;
    long repeats = 1;
    long lastSize;
    long lastRepeats = 1;

    void atom(long atomSize, long atomRepeats) {
      size += atomSize;
      lastSize = atomSize;
      lastRepeats = atomRepeats;
      repeats = Math.max(repeats, atomRepeats);
    }
  }

  private final String regex;
  private final Deque<Group> groups = new ArrayDeque<>();
  private Group group = new Group();
  private int literal;

  private RegexSize(String regex) {
    this.regex = regex;
  }

  /**
   * Returns the compiled expression.
   *
   * @throws PatternSyntaxException if it is not RE2, or too large
   */
  static Pattern compile(String regex) {
    of(regex);
    return Pattern.compile(regex);
  }

  /** Returns about how many instructions the expression compiles to. */
  static long of(String regex) {
    return new RegexSize(regex).estimate();
  }

  private long estimate() {
    int i = 0;
    while (i < regex.length()) {
      char c = regex.charAt(i);
      switch (c) {
        case '\\' -> {
          if (regex.startsWith("\\Q", i)) {
            int end = regex.indexOf("\\E", i + 2);
            int quoted = (end < 0 ? regex.length() : end) - i - 2;
            group.atom(quoted, 1);
            literal += quoted;
            i = end < 0 ? regex.length() : end + 2;
          } else {
            group.atom(1, 1);
            literal++;
            i += 2;
          }
        }
        case '[' -> {
          literal = 0;
          i = classEnd(i);
          group.atom(CLASS_SIZE, 1);
        }
        case '(' -> {
          literal = 0;
          groups.push(group);
          if (groups.size() > MAX_DEPTH) {
            throw new PatternSyntaxException("expression nests too deeply", regex);
          }
          group = new Group();
          i++;
        }
        case ')' -> {
          literal = 0;
          if (!groups.isEmpty()) {
            Group inner = group;
            group = groups.pop();
            group.atom(inner.size + 2, inner.repeats);
          }
          i++;
        }
        case '{' -> i = repetition(i);
        default -> {
          group.atom(1, 1);
          literal = "|?*+.^$".indexOf(c) < 0 ? literal + 1 : 0;
          i++;
        }
      }
      if (group.size > MAX_INSTRUCTIONS || literal > MAX_LITERAL) {
        throw new PatternSyntaxException("expression too large", regex);
      }
    }
    return group.size;
  }

  /** Returns the offset behind a class; an open one ends with the text and is an error later. */
  private int classEnd(int open) {
    int i = open + 1;
    if (i < regex.length() && regex.charAt(i) == '^') {
      i++;
    }
    // A bracket that comes first stands for itself.
    for (int first = i; i < regex.length(); i++) {
      char c = regex.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '[' && regex.startsWith("[:", i) && regex.indexOf(":]", i) > 0) {
        i = regex.indexOf(":]", i) + 1;
      } else if (c == ']' && i > first) {
        return i + 1;
      }
    }
    return regex.length();
  }

  private int repetition(int open) {
    int close = regex.indexOf('}', open);
    int count = close < 0 || close - open > 16 ? -1 : largest(regex.substring(open + 1, close));
    if (count < 0) {
      group.atom(1, 1);
      return open + 1;
    }
    long repeats = Math.max(1, count);
    long total = group.lastRepeats * repeats;
    if (total > MAX_REPEAT) {
      String text = regex.substring(open, close + 1);
      throw new PatternSyntaxException("invalid repeat count", text);
    }
    long grown = group.lastSize * repeats;
    group.size -= group.lastSize;
    group.atom(grown, total);
    return close + 1;
  }

  /** Returns the larger number of {@code n}, {@code n,} or {@code n,m}, or -1. */
  private static int largest(String counts) {
    int comma = counts.indexOf(',');
    int min = number(comma < 0 ? counts : counts.substring(0, comma));
    boolean hasMax = comma >= 0 && comma + 1 < counts.length();
    int max = hasMax ? number(counts.substring(comma + 1)) : min;
    return min < 0 || max < 0 ? -1 : Math.max(min, max);
  }

  private static int number(String digits) {
    if (digits.isEmpty() || digits.length() > 5) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < digits.length(); i++) {
      if (!UnitLiterals.isDigit(digits.charAt(i))) {
        return -1;
      }
      value = value * 10 + digits.charAt(i) - '0';
    }
    return value;
  }
}
