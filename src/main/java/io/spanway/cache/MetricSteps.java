// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.logql.LogqlParser;
import io.spanway.logql.LogqlSyntaxException;
import io.spanway.logql.MetricExpr;
import io.spanway.logql.MetricQuery;
import java.util.Set;

/**
 * Which metric queries have points that depend on nothing but the lines before them: then an answer
 * to a part of a window is a part of the answer. What is not known to be so is not.
 */
final class MetricSteps {
  private static final Set<String> OVER_TIME =
      Set.of(
          "count_over_time",
          "rate",
          "bytes_over_time",
          "bytes_rate",
          "sum_over_time",
          "avg_over_time",
          "min_over_time",
          "max_over_time");

  private static final Set<String> OVER_SERIES = Set.of("sum", "avg", "min", "max", "count");

  private static final Set<String> ARITHMETIC = Set.of("+", "-", "*", "/");

  private MetricSteps() {}

  /** Says whether it is such a query. */
  static boolean areApart(String query) {
    try {
      return LogqlParser.parse(query) instanceof MetricQuery metric && isSafe(metric.expr());
    } catch (LogqlSyntaxException e) {
      return false;
    }
  }

  /** Recursion is bounded by the parser's own limit. */
  private static boolean isSafe(MetricExpr expr) {
    if (expr instanceof MetricExpr.RangeAggregation range) {
      return OVER_TIME.contains(range.operation())
          && range.parameter() == null
          && range.offset().isZero();
    }
    if (expr instanceof MetricExpr.VectorAggregation vector) {
      return OVER_SERIES.contains(vector.operation())
          && vector.parameter() == null
          && isSafe(vector.operand());
    }
    if (expr instanceof MetricExpr.BinaryOperation both) {
      // A series and a number; two sets of series may match differently as they come and go.
      boolean number =
          both.left() instanceof MetricExpr.NumberLiteral
              ^ both.right() instanceof MetricExpr.NumberLiteral;
      return number
          && ARITHMETIC.contains(both.operator())
          && (isSafe(both.left()) || isSafe(both.right()));
    }
    return false;
  }
}
