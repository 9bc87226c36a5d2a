// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import io.spanway.logql.MetricExpr;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleBinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Evaluates the metric queries that Grafana sends by itself: counts and rates over a pipeline,
 * aggregated or not, {@code vector(…)} and sums of them.
 */
final class MetricEvaluator {
  /** An expression ready to be evaluated: labels to value at an instant. */
  @FunctionalInterface
  interface Vector {
    Map<SortedMap<String, String>, Double> at(long timeNs);
  }

  /** Times of a series' rows in order, and the bytes of all rows up to each. */
  private static final class Rows {
    private final long[] times;
    private final long[] bytes;

    Rows(List<LogRow> rows) {
      times = new long[rows.size()];
      bytes = new long[rows.size() + 1];
      for (int i = 0; i < times.length; i++) {
        times[i] = rows.get(i).timeNs();
        bytes[i + 1] = bytes[i] + rows.get(i).line().length();
      }
    }

    /** Returns the bytes of the rows from {@code from} to before {@code to}. */
    long bytes(int from, int to) {
      return bytes[to] - bytes[from];
    }

    /** Returns how many rows are not after {@code timeNs}. */
    int until(long timeNs) {
      int found = Arrays.binarySearch(times, timeNs);
      if (found < 0) {
        return -found - 1;
      }
      while (found < times.length && times[found] == timeNs) {
        found++;
      }
      return found;
    }
  }

  private final LogStore store;
  private final long startNs;
  private final long endNs;
  private long lines;
  private long bytes;
  private long kept;

  /** Creates an evaluator for instants between {@code startNs} and {@code endNs}, inclusive. */
  MetricEvaluator(LogStore store, long startNs, long endNs) {
    this.store = store;
    this.startNs = startNs;
    this.endNs = endNs;
  }

  /** Returns what was read so far, for an answer with {@code returned} series. */
  LokiStats stats(long returned) {
    return new LokiStats(lines, bytes, kept, returned);
  }

  /**
   * Reads what {@code expr} needs.
   *
   * @throws RefusedException when it has a part that the demo does not do
   */
  Vector compile(MetricExpr expr) throws RefusedException {
    if (expr instanceof MetricExpr.RangeAggregation range) {
      return range(range);
    }
    if (expr instanceof MetricExpr.VectorAggregation aggregation) {
      return aggregation(aggregation);
    }
    if (expr instanceof MetricExpr.VectorLiteral literal) {
      SortedMap<String, String> none = new TreeMap<>();
      return time -> Map.of(none, literal.value());
    }
    if (expr instanceof MetricExpr.BinaryOperation operation && operation.matching() == null) {
      return binary(operation);
    }
    throw RefusedException.notInTheDemo("this kind of metric query");
  }

  private Vector range(MetricExpr.RangeAggregation range) throws RefusedException {
    String operation = range.operation();
    boolean countsBytes = operation.startsWith("bytes_");
    boolean isRate = operation.equals("rate") || operation.equals("bytes_rate");
    boolean isCount = operation.equals("count_over_time") || operation.equals("bytes_over_time");
    if ((!isRate && !isCount) || range.grouping() != null) {
      throw RefusedException.notInTheDemo("`" + operation + "` in this form");
    }
    long window = range.window().toNanos();
    long offset = range.offset().toNanos();
    double divisor = isRate ? (double) window / TimeUnit.SECONDS.toNanos(1) : 1;
    Map<SortedMap<String, String>, Rows> series = read(range, window, offset);
    return time -> {
      var values = new HashMap<SortedMap<String, String>, Double>();
      series.forEach(
          (labels, rows) -> {
            int to = rows.until(time - offset);
            int from = rows.until(time - offset - window);
            if (to > from) {
              long amount = countsBytes ? rows.bytes(from, to) : to - from;
              values.put(labels, amount / divisor);
            }
          });
      return values;
    };
  }

  private Map<SortedMap<String, String>, Rows> read(
      MetricExpr.RangeAggregation range, long window, long offset) throws RefusedException {
    LogStages stages = LogStages.compile(range.pipeline());
    var bySeries = new HashMap<SortedMap<String, String>, List<LogRow>>();
    for (DemoEntry entry : store.between(startNs - offset - window + 1, endNs - offset + 1)) {
      if (!stages.selects(entry.stream())) {
        continue;
      }
      lines++;
      bytes += entry.line().length();
      LogRow row = stages.run(entry);
      if (row == null) {
        continue;
      }
      kept++;
      String error = row.get(LogRow.ERROR);
      if (error != null && !error.isEmpty()) {
        throw new RefusedException(
            "pipeline error: '" + error + "' for series: '" + LabelKey.of(row.folded()) + "'.");
      }
      bySeries.computeIfAbsent(row.folded(), labels -> new ArrayList<>()).add(row);
    }
    var series = new HashMap<SortedMap<String, String>, Rows>();
    bySeries.forEach((labels, rows) -> series.put(labels, new Rows(rows)));
    return series;
  }

  private Vector aggregation(MetricExpr.VectorAggregation aggregation) throws RefusedException {
    DoubleBinaryOperator combine =
        switch (aggregation.operation()) {
          case "sum", "count" -> Double::sum;
          case "min" -> Math::min;
          case "max" -> Math::max;
          default -> throw RefusedException.notInTheDemo("`" + aggregation.operation() + "`");
        };
    boolean counts = aggregation.operation().equals("count");
    Vector operand = compile(aggregation.operand());
    MetricExpr.Grouping grouping = aggregation.grouping();
    return time -> {
      var values = new HashMap<SortedMap<String, String>, Double>();
      operand
          .at(time)
          .forEach(
              (labels, value) ->
                  values.merge(
                      group(labels, grouping), counts ? 1 : value, combine::applyAsDouble));
      return values;
    };
  }

  private static SortedMap<String, String> group(
      SortedMap<String, String> labels, MetricExpr.@Nullable Grouping grouping) {
    var group = new TreeMap<String, String>();
    if (grouping != null) {
      labels.forEach(
          (name, value) -> {
            if (grouping.labels().contains(name) != grouping.without()) {
              group.put(name, value);
            }
          });
    }
    return group;
  }

  private Vector binary(MetricExpr.BinaryOperation operation) throws RefusedException {
    DoubleBinaryOperator combine =
        switch (operation.operator()) {
          case "+" -> Double::sum;
          case "-" -> (left, right) -> left - right;
          case "*" -> (left, right) -> left * right;
          case "/" -> (left, right) -> left / right;
          default ->
              throw RefusedException.notInTheDemo("the operator `" + operation.operator() + "`");
        };
    Vector left = compile(operation.left());
    Vector right = compile(operation.right());
    return time -> {
      Map<SortedMap<String, String>, Double> rights = right.at(time);
      var values = new HashMap<SortedMap<String, String>, Double>();
      left.at(time)
          .forEach(
              (labels, value) -> {
                Double other = rights.get(labels);
                if (other != null) {
                  values.put(labels, combine.applyAsDouble(value, other));
                }
              });
      return values;
    };
  }
}
