// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a metric query computes. Nested at most {@link LogqlParser#MAX_DEPTH} levels deep. */
public sealed interface MetricExpr {

  /** Returns the expression's place, without parentheses around all of it. */
  SourceRange range();

  /**
   * {@code rate({…}[5m] offset 1m)} and its relatives.
   *
   * @param operation in lower case, such as {@code count_over_time}
   * @param parameter the quantile, or null
   * @param offset how far back the window is moved; zero if none was written, may be negative
   */
  record RangeAggregation(
      String operation,
      @Nullable Double parameter,
      LogPipeline pipeline,
      Duration window,
      Duration offset,
      @Nullable Grouping grouping,
      SourceRange range)
      implements MetricExpr {}

  /**
   * {@code sum by (level) (…)} and its relatives.
   *
   * @param operation in lower case, such as {@code topk}
   * @param parameter how many series {@code topk}, {@code bottomk} and {@code approx_topk} keep, or
   *     null
   */
  record VectorAggregation(
      String operation,
      @Nullable Integer parameter,
      MetricExpr operand,
      @Nullable Grouping grouping,
      SourceRange range)
      implements MetricExpr {}

  /** Two expressions and an operator such as {@code +}, {@code >} or {@code unless}. */
  record BinaryOperation(
      String operator,
      boolean returnBool,
      @Nullable VectorMatching matching,
      MetricExpr left,
      MetricExpr right,
      SourceRange range)
      implements MetricExpr {}

  /** A number. */
  record NumberLiteral(double value, SourceRange range) implements MetricExpr {}

  /** {@code vector(1)}. */
  record VectorLiteral(double value, SourceRange range) implements MetricExpr {}

  /** {@code label_replace(…, "dst", "replacement", "src", "regex")}. */
  record LabelReplace(
      MetricExpr operand,
      String destination,
      String replacement,
      String source,
      String regex,
      SourceRange range)
      implements MetricExpr {}

  /** {@code by (…)} or {@code without (…)}. */
  record Grouping(boolean without, List<String> labels, SourceRange range) {
    public Grouping {
      labels = List.copyOf(labels);
    }
  }

  /**
   * {@code on (…)} or {@code ignoring (…)}, perhaps with a group modifier.
   *
   * @param on false for {@code ignoring}
   * @param group the side with many elements
   * @param include labels taken over from the side with one element
   */
  record VectorMatching(boolean on, List<String> labels, Group group, List<String> include) {
    public VectorMatching {
      labels = List.copyOf(labels);
      include = List.copyOf(include);
    }
  }

  /** Which side of a binary operation may have several elements for one of the other side. */
  enum Group {
    NONE,
    LEFT,
    RIGHT
  }
}
