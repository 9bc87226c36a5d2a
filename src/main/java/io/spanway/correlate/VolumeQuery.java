// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.logql.MetricExpr;
import io.spanway.logql.MetricQuery;
import io.spanway.logql.PipelineStage;
import java.time.Duration;
import java.util.List;

/** The metric query that Grafana draws above log lines. */
final class VolumeQuery {
  static final String SHARD = "__stream_shard__";
  private static final String ERROR = "__error__";

  private VolumeQuery() {}

  /**
   * Whether a query is {@code sum by (level, detected_level) (count_over_time(… [1m]))}, or that of
   * Grafana before 11 without {@code detected_level}.
   */
  static boolean matches(MetricQuery query) {
    if (!(query.expr() instanceof MetricExpr.VectorAggregation sum)
        || !sum.operation().equals("sum")
        || !(sum.operand() instanceof MetricExpr.RangeAggregation count)
        || !count.operation().equals("count_over_time")
        || count.grouping() != null
        || !count.offset().equals(Duration.ZERO)) {
      return false;
    }
    MetricExpr.Grouping grouping = sum.grouping();
    if (grouping == null || grouping.without()) {
      return false;
    }
    return grouping.labels().equals(List.of("level", "detected_level"))
        || grouping.labels().equals(List.of("level"));
  }

  /** Whether a stage is one that Grafana puts behind the query whose lines it counts. */
  static boolean isAppended(PipelineStage stage) {
    return dropsErrors(stage) || drops(stage, SHARD);
  }

  /** Whether a stage is {@code | drop __error__}. */
  static boolean dropsErrors(PipelineStage stage) {
    return drops(stage, ERROR);
  }

  private static boolean drops(PipelineStage stage, String label) {
    return stage instanceof PipelineStage.Drop drop
        && drop.labels().size() == 1
        && drop.labels().get(0).name().equals(label)
        && drop.labels().get(0).matcher() == null;
  }
}
