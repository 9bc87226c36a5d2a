// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import com.google.re2j.PatternSyntaxException;
import io.spanway.logql.MetricExpr.Grouping;
import io.spanway.logql.MetricExpr.NumberLiteral;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What Loki checks after the grammar: which function takes what. Messages are Loki's. */
final class MetricChecks {

  private static final Set<String> GROUPED =
      Set.of(
          "avg_over_time",
          "stddev_over_time",
          "stdvar_over_time",
          "quantile_over_time",
          "max_over_time",
          "min_over_time",
          "first_over_time",
          "last_over_time");

  private static final Set<String> WITHOUT_UNWRAP =
      Set.of("bytes_over_time", "bytes_rate", "count_over_time", "rate", "absent_over_time");

  private static final Set<String> NEVER_UNWRAPPED =
      Set.of("bytes_over_time", "bytes_rate", "count_over_time");

  private MetricChecks() {}

  static void rangeAggregation(
      String operation,
      @Nullable String parameter,
      LogPipeline pipeline,
      @Nullable Grouping grouping)
      throws LogqlSyntaxException {
    boolean quantile = operation.equals("quantile_over_time");
    if (parameter != null && !quantile) {
      throw LogqlSyntaxException.general(
          "parameter " + parameter + " not supported for operation " + operation);
    }
    if (parameter == null && quantile) {
      throw LogqlSyntaxException.general("parameter required for operation " + operation);
    }
    if (grouping != null && !GROUPED.contains(operation)) {
      throw LogqlSyntaxException.general("grouping not allowed for " + operation + " aggregation");
    }
    boolean unwrapped =
        pipeline.stages().stream().anyMatch(stage -> stage instanceof PipelineStage.Unwrap);
    if (unwrapped && NEVER_UNWRAPPED.contains(operation)) {
      throw LogqlSyntaxException.general("invalid aggregation " + operation + " with unwrap");
    }
    if (!unwrapped && !WITHOUT_UNWRAP.contains(operation)) {
      throw LogqlSyntaxException.general("invalid aggregation " + operation + " without unwrap");
    }
  }

  /** Returns the parameter's value. */
  static @Nullable Integer vectorAggregation(
      String operation, @Nullable String parameter, @Nullable Grouping grouping)
      throws LogqlSyntaxException {
    boolean counted =
        switch (operation) {
          case "topk", "bottomk", "approx_topk" -> true;
          default -> false;
        };
    if (!counted) {
      if (parameter != null) {
        throw LogqlSyntaxException.general(
            "unsupported parameter for operation " + operation + "(" + parameter + ",");
      }
      if (operation.startsWith("sort") && grouping != null && !grouping.labels().isEmpty()) {
        throw LogqlSyntaxException.general("sort and sort_desc doesn't allow grouping by ");
      }
      return null;
    }
    if (parameter == null) {
      throw LogqlSyntaxException.general("parameter required for operation " + operation);
    }
    int count;
    try {
      count = Integer.parseInt(parameter);
    } catch (NumberFormatException e) {
      throw LogqlSyntaxException.general("invalid parameter " + operation + "(" + parameter + ",");
    }
    if (count <= 0) {
      throw LogqlSyntaxException.general(
          "invalid parameter (must be greater than 0) " + operation + "(" + parameter);
    }
    if (operation.equals("approx_topk") && grouping != null) {
      throw LogqlSyntaxException.general("grouping not allowed for " + operation + " aggregation");
    }
    return count;
  }

  static void operands(String operator, MetricExpr left, MetricExpr right)
      throws LogqlSyntaxException {
    if (!Set.of("or", "and", "unless").contains(operator)) {
      return;
    }
    literal("left", operator, left);
    literal("right", operator, right);
  }

  /** Returns the error of a log query beside a binary operator. */
  static LogqlSyntaxException logOperand(String leg, TokenKind operator, boolean hasStages) {
    return LogqlSyntaxException.general(
        "unexpected type for "
            + leg
            + " leg of binary operation ("
            + operator.display()
            + "): *syntax."
            + (hasStages ? "PipelineExpr" : "MatchersExpr"));
  }

  private static void literal(String leg, String operator, MetricExpr expr)
      throws LogqlSyntaxException {
    if (expr instanceof NumberLiteral number) {
      throw LogqlSyntaxException.general(
          "unexpected literal for "
              + leg
              + " leg of logical/set binary operation ("
              + operator
              + "): "
              + String.format(Locale.ROOT, "%f", number.value()));
    }
  }

  static void replacementRegex(String regex) throws LogqlSyntaxException {
    try {
      RegexSize.compile(regex);
    } catch (PatternSyntaxException e) {
      throw LogqlSyntaxException.general("invalid regex in label_replace: " + e.getMessage());
    }
  }
}
