// SPDX-License-Identifier: Apache-2.0
package io.spanway.testing;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a query in PromQL names: enough of its grammar to tell metrics and labels from functions,
 * and to refuse what is none. Grafana's variables may stand in strings and in ranges.
 *
 * @param selectors the metrics, in order, with the labels that are compared
 * @param grouped the labels of {@code by}, {@code on} and their like
 */
public record PromQl(List<Selector> selectors, Set<String> grouped) {
  /** A metric and what its series must have. */
  public record Selector(String metric, List<Matcher> matchers) {}

  /** A comparison of a label. */
  public record Matcher(String label, String operator, String value) {}

  private static final Set<String> FUNCTIONS =
      Set.of("absent", "histogram_quantile", "increase", "max", "min", "rate", "sum", "vector");
  private static final Set<String> GROUPINGS =
      Set.of("by", "without", "on", "ignoring", "group_left", "group_right");
  private static final Set<String> COMPARISONS = Set.of("=", "!=", "=~", "!~");
  private static final Set<String> OPERATORS = Set.of("and", "or", "unless", "bool", "offset");

  /**
   * Reads a query.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static PromQl parse(String text) {
    return new Reader(text).read();
  }

  /** The labels of all matchers and groupings. */
  public Set<String> labels() {
    Set<String> labels = new LinkedHashSet<>(grouped);
    selectors.forEach(selector -> selector.matchers().forEach(m -> labels.add(m.label())));
    return labels;
  }

  private static final class Reader {
    private final String text;
    private final List<String> tokens = new ArrayList<>();
    private final List<Selector> selectors = new ArrayList<>();
    private final Set<String> grouped = new LinkedHashSet<>();
    private int at;

    Reader(String text) {
      this.text = text;
      split();
    }

    PromQl read() {
      int depth = 0;
      while (at < tokens.size()) {
        String token = tokens.get(at++);
        if (token.equals("(")) {
          depth++;
        } else if (token.equals(")")) {
          depth--;
        } else if (isName(token)) {
          name(token);
        } else if (token.equals("{") || token.equals("}")) {
          throw bad("a selector without a metric");
        }
        if (depth < 0) {
          break;
        }
      }
      if (depth != 0) {
        throw bad("parentheses that do not match");
      }
      return new PromQl(List.copyOf(selectors), Set.copyOf(grouped));
    }

    private void name(String name) {
      String next = at < tokens.size() ? tokens.get(at) : "";
      if (GROUPINGS.contains(name)) {
        expect("(");
        while (!peek(")")) {
          grouped.add(tokens.get(at++));
          if (!peek(")")) {
            expect(",");
          }
        }
        expect(")");
      } else if (next.equals("(") || next.equals("by") || next.equals("without")) {
        if (!FUNCTIONS.contains(name) && !OPERATORS.contains(name)) {
          throw bad("no function " + name);
        }
      } else if (!OPERATORS.contains(name)) {
        selectors.add(new Selector(name, next.equals("{") ? matchers() : List.of()));
      }
    }

    private List<Matcher> matchers() {
      List<Matcher> matchers = new ArrayList<>();
      expect("{");
      while (!peek("}")) {
        String label = tokens.get(at++);
        String operator = tokens.get(at++);
        String value = tokens.get(at++);
        if (!isName(label) || !COMPARISONS.contains(operator) || value.charAt(0) != '"') {
          throw bad("no matcher: " + label + operator + value);
        }
        matchers.add(new Matcher(label, operator, value.substring(1)));
        if (!peek("}")) {
          expect(",");
        }
      }
      expect("}");
      return matchers;
    }

    private boolean peek(String token) {
      if (at >= tokens.size()) {
        throw bad("an early end");
      }
      return tokens.get(at).equals(token);
    }

    private void expect(String token) {
      if (!peek(token)) {
        throw bad(token + " was expected, and not " + tokens.get(at));
      }
      at++;
    }

    /** Makes tokens; a string keeps its first quote, numbers and ranges are left out. */
    private void split() {
      int i = 0;
      while (i < text.length()) {
        char c = text.charAt(i);
        int from = i;
        if (Character.isWhitespace(c)) {
          i++;
        } else if (c == '"') {
          i = closing('"', i);
          tokens.add(text.substring(from, i - 1));
        } else if (c == '[') {
          i = closing(']', i);
        } else if (Character.isDigit(c)) {
          while (i < text.length()
              && (Character.isLetterOrDigit(text.charAt(i)) || text.charAt(i) == '.')) {
            i++;
          }
        } else if (isNamePart(c)) {
          while (i < text.length() && isNamePart(text.charAt(i))) {
            i++;
          }
          tokens.add(text.substring(from, i));
        } else {
          i += "=!<>".indexOf(c) >= 0 && i + 1 < text.length() && isSecond(i + 1) ? 2 : 1;
          tokens.add(text.substring(from, i));
        }
      }
    }

    private boolean isSecond(int index) {
      return text.charAt(index) == '=' || text.charAt(index) == '~';
    }

    private int closing(char end, int from) {
      int to = text.indexOf(end, from + 1);
      if (to < 0) {
        throw bad("no " + end);
      }
      return to + 1;
    }

    private static boolean isName(String token) {
      return isNamePart(token.charAt(0));
    }

    private static boolean isNamePart(char c) {
      return Character.isLetterOrDigit(c) || c == '_' || c == ':';
    }

    private IllegalArgumentException bad(String what) {
      return new IllegalArgumentException(what + " in " + text);
    }
  }
}
