// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds texts of which every match of a pattern contains one. Reads RE2's syntax and knows only
 * what it is sure of: flags, escapes by number, classes of Unicode and quoted text end the search
 * without a result.
 *
 * <p>The texts are of printable ASCII without {@code <}, {@code >} and {@code &}, so that each
 * stands in JSON in one way only where a writer escapes no more than Go does, and without
 * backslashes, so that a long row of them is not looked back over again and again.
 */
final class RequiredLiterals {
  private static final int MAX_TEXTS = 8;

  /** Letters behind a backslash that stand for one character or for none. */
  private static final String ONE_LETTER_ESCAPES = "wWdDsSbBAztnrfva";

  private final String pattern;

  private RequiredLiterals(String pattern) {
    this.pattern = pattern;
  }

  /** Returns the texts; empty when nothing is known. */
  static List<String> of(String pattern) {
    if (!isKnown(pattern)) {
      return List.of();
    }
    List<String> texts = new RequiredLiterals(pattern).ofAlternatives(0, pattern.length());
    return texts == null ? List.of() : texts;
  }

  /** Says whether {@code c} may be part of a text that is searched for in bytes of JSON. */
  static boolean isPlain(char c) {
    return c >= ' ' && c < 0x7f && "<>&\\".indexOf(c) < 0;
  }

  private static boolean isKnown(String pattern) {
    boolean[] known = {true};
    RegexText.walk(
        pattern,
        i -> {
          if (pattern.startsWith("(?", i)) {
            known[0] = pattern.startsWith("(?:", i) || pattern.startsWith("(?P<", i);
          } else if (pattern.charAt(i) == '\\') {
            known[0] = i + 1 < pattern.length() && isKnownEscape(pattern.charAt(i + 1));
          }
          return known[0];
        });
    return known[0];
  }

  private static boolean isKnownEscape(char c) {
    return ONE_LETTER_ESCAPES.indexOf(c) >= 0 || (c < 0x80 && !RegexText.isAlphanumeric(c));
  }

  /** Returns the best texts of every branch together; null when one branch has none. */
  private @Nullable List<String> ofAlternatives(int from, int to) {
    var all = new ArrayList<String>();
    int start = from;
    int depth = 0;
    for (int i = from; i <= to; i = i < to ? afterUnit(i) : i + 1) {
      if (i < to && pattern.charAt(i) == '(') {
        depth++;
      } else if (i < to && pattern.charAt(i) == ')') {
        depth--;
      } else if (i == to || (pattern.charAt(i) == '|' && depth == 0)) {
        List<String> branch = ofBranch(start, i);
        if (branch == null) {
          return null;
        }
        all.addAll(branch);
        start = i + 1;
      }
    }
    return all.size() > MAX_TEXTS ? null : all;
  }

  private @Nullable List<String> ofBranch(int from, int to) {
    List<String> best = null;
    var run = new StringBuilder();
    int i = from;
    while (i < to) {
      char c = pattern.charAt(i);
      int end = c == '(' ? afterGroup(i) : afterUnit(i);
      int next = Math.min(RegexText.afterQuantifier(pattern, end), to);
      boolean repeated = next > end;
      boolean mandatory = !repeated || pattern.charAt(end) == '+';
      char literal = c == '(' ? 0 : literal(i);
      if (literal != 0 && mandatory) {
        run.append(literal);
      }
      if (literal == 0 || repeated) {
        best = better(best, run);
        run.setLength(0);
      }
      if (c == '(' && mandatory) {
        best = better(best, ofAlternatives(groupStart(i), end - 1));
      }
      i = next;
    }
    return better(best, run);
  }

  private static @Nullable List<String> better(@Nullable List<String> best, StringBuilder run) {
    return run.length() == 0 ? best : better(best, List.of(run.toString()));
  }

  private static @Nullable List<String> better(
      @Nullable List<String> one, @Nullable List<String> other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return shortest(other) > shortest(one) ? other : one;
  }

  private static int shortest(List<String> texts) {
    return texts.stream().mapToInt(String::length).min().orElse(0);
  }

  /** Returns the character that the unit at {@code i} stands for, or 0. */
  private char literal(int i) {
    char c = pattern.charAt(i);
    if (c == '\\') {
      char escaped = pattern.charAt(i + 1);
      return RegexText.isAlphanumeric(escaped) || !isPlain(escaped) ? 0 : escaped;
    }
    return RegexText.META.indexOf(c) >= 0 || !isPlain(c) ? 0 : c;
  }

  private int afterUnit(int i) {
    return switch (pattern.charAt(i)) {
      case '\\' -> i + 2;
      case '[' -> RegexText.afterClass(pattern, i);
      default -> i + 1;
    };
  }

  private int afterGroup(int open) {
    int depth = 0;
    int i = open;
    while (i < pattern.length()) {
      char c = pattern.charAt(i);
      i = afterUnit(i);
      if (c == '(') {
        depth++;
      } else if (c == ')' && --depth == 0) {
        return i;
      }
    }
    return i;
  }

  private int groupStart(int open) {
    if (pattern.startsWith("(?:", open)) {
      return open + 3;
    }
    return pattern.startsWith("(?P<", open) ? pattern.indexOf('>', open) + 1 : open + 1;
  }
}
