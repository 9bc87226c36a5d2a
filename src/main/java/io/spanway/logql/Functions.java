// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The words that are functions, but only before a parenthesis, {@code by (} or {@code without (}.
 */
final class Functions {

  private static final Map<String, TokenKind> KINDS =
      Map.ofEntries(
          Map.entry("rate", TokenKind.RANGE_OP),
          Map.entry("rate_counter", TokenKind.RANGE_OP),
          Map.entry("count_over_time", TokenKind.RANGE_OP),
          Map.entry("bytes_rate", TokenKind.RANGE_OP),
          Map.entry("bytes_over_time", TokenKind.RANGE_OP),
          Map.entry("avg_over_time", TokenKind.RANGE_OP),
          Map.entry("sum_over_time", TokenKind.RANGE_OP),
          Map.entry("min_over_time", TokenKind.RANGE_OP),
          Map.entry("max_over_time", TokenKind.RANGE_OP),
          Map.entry("stdvar_over_time", TokenKind.RANGE_OP),
          Map.entry("stddev_over_time", TokenKind.RANGE_OP),
          Map.entry("quantile_over_time", TokenKind.RANGE_OP),
          Map.entry("first_over_time", TokenKind.RANGE_OP),
          Map.entry("last_over_time", TokenKind.RANGE_OP),
          Map.entry("absent_over_time", TokenKind.RANGE_OP),
          Map.entry("sum", TokenKind.VECTOR_OP),
          Map.entry("avg", TokenKind.VECTOR_OP),
          Map.entry("max", TokenKind.VECTOR_OP),
          Map.entry("min", TokenKind.VECTOR_OP),
          Map.entry("count", TokenKind.VECTOR_OP),
          Map.entry("stddev", TokenKind.VECTOR_OP),
          Map.entry("stdvar", TokenKind.VECTOR_OP),
          Map.entry("bottomk", TokenKind.VECTOR_OP),
          Map.entry("topk", TokenKind.VECTOR_OP),
          Map.entry("approx_topk", TokenKind.VECTOR_OP),
          Map.entry("sort", TokenKind.VECTOR_OP),
          Map.entry("sort_desc", TokenKind.VECTOR_OP),
          Map.entry("vector", TokenKind.VECTOR),
          Map.entry("label_replace", TokenKind.LABEL_REPLACE),
          Map.entry("bytes", TokenKind.CONVERSION),
          Map.entry("duration", TokenKind.CONVERSION),
          Map.entry("duration_seconds", TokenKind.CONVERSION),
          Map.entry("ip", TokenKind.IP));

  private Functions() {}

  static @Nullable TokenKind kindOf(String lowerCaseWord) {
    return KINDS.get(lowerCaseWord);
  }

  /**
   * Returns whether what stands at an offset makes the word before it a function. Comments are not
   * skipped, since Loki does not skip them here either.
   */
  static boolean callFollows(String text, int offset) {
    int at = skipSpace(text, offset);
    if (at < text.length() && text.charAt(at) == '(') {
      return true;
    }
    for (String word : new String[] {"by", "without"}) {
      if (text.regionMatches(true, at, word, 0, word.length())) {
        int behind = skipSpace(text, at + word.length());
        return behind < text.length() && text.charAt(behind) == '(';
      }
    }
    return false;
  }

  private static int skipSpace(String text, int offset) {
    int at = offset;
    while (at < text.length() && " \t\n\u000B\f\r\u0085\u00A0".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    return at;
  }
}
