// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

/**
 * Two questions about a LogQL text that need no parser. In doubt the answer is the one that shares
 * and keeps less.
 */
final class LogqlKind {
  private LogqlKind() {}

  /**
   * Says whether the query asks for logs: after white space, comments and opening parentheses it
   * starts with a selector, and nothing but a pipeline follows. {@code ({a="b"}) + 1} is a syntax
   * error for Loki, so what starts with a selector is never a metric query.
   */
  static boolean isLog(String query) {
    int at = skipBlank(query, 0);
    while (at < query.length() && query.charAt(at) == '(') {
      at = skipBlank(query, at + 1);
    }
    return at < query.length() && query.charAt(at) == '{';
  }

  /** Says whether the query may look at data later than its window: it has a negative offset. */
  static boolean mayLookAhead(String query) {
    for (int at = query.indexOf("offset"); at >= 0; at = query.indexOf("offset", at + 1)) {
      int next = skipBlank(query, at + "offset".length());
      if (next < query.length() && query.charAt(next) == '-') {
        return true;
      }
    }
    return false;
  }

  /** Skips white space and comments ({@code #} to the end of the line) as Loki's scanner does. */
  private static int skipBlank(String text, int from) {
    int at = from;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '#') {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end + 1;
      } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        at++;
      } else {
        break;
      }
    }
    return at;
  }
}
