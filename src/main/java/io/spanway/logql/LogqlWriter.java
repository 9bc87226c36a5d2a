// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import java.util.List;

/** Writes parts of queries. Every literal that Spanway puts into a query is quoted here. */
public final class LogqlWriter {

  private static final String REGEX_SPECIAL = "\\.+*?()|[]{}^$";
  private static final String HEX = "0123456789abcdef";

  private LogqlWriter() {}

  /**
   * Returns a double-quoted literal whose value is the given text, whatever it holds.
   *
   * @throws IllegalArgumentException if the text has an unpaired surrogate, which UTF-8 cannot hold
   */
  public static String string(String value) {
    StringBuilder out = new StringBuilder(value.length() + 16).append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\\' -> out.append("\\\\");
        case '"' -> out.append("\\\"");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (Character.isISOControl(c)) {
            out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 0xf));
          } else if (Character.isSurrogate(c)) {
            if (!Character.isHighSurrogate(c)
                || i + 1 == value.length()
                || !Character.isLowSurrogate(value.charAt(i + 1))) {
              throw new IllegalArgumentException("unpaired surrogate at " + i);
            }
            out.append(c).append(value.charAt(++i));
          } else {
            out.append(c);
          }
        }
      }
    }
    return out.append('"').toString();
  }

  /** Returns an RE2 expression that matches exactly the given text. Not yet a literal. */
  public static String regexQuote(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (REGEX_SPECIAL.indexOf(c) >= 0) {
        out.append('\\');
      }
      out.append(c);
    }
    return out.toString();
  }

  /**
   * Returns {@code name="value"} with the given operator.
   *
   * @throws IllegalArgumentException if Loki would not take the name for a label
   */
  public static String matcher(String name, MatchOp op, String value) {
    if (!LabelNames.isLegal(name) || ReservedWords.isReserved(name)) {
      throw new IllegalArgumentException(
          "label name: " + name + " (expected: [a-zA-Z_][a-zA-Z0-9_]* and no word of LogQL)");
    }
    return name + op.text() + string(value);
  }

  /** Returns the selector with these matchers, in this order. */
  public static String selector(List<LabelMatcher> matchers) {
    StringBuilder out = new StringBuilder("{");
    String separator = "";
    for (LabelMatcher matcher : matchers) {
      out.append(separator).append(matcher(matcher.name(), matcher.op(), matcher.value()));
      separator = ", ";
    }
    return out.append('}').toString();
  }
}
