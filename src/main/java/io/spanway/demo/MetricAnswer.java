// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import io.spanway.logql.MetricExpr;
import java.math.BigDecimal;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Answers metric queries in Loki's {@code matrix} and {@code vector} shapes. */
final class MetricAnswer {
  private MetricAnswer() {}

  /** Answers an instant query. */
  static String vector(MetricExpr expr, LokiQuery query, LogStore store) throws RefusedException {
    var evaluator = new MetricEvaluator(store, query.startNs(), query.endNs());
    MetricEvaluator.Vector vector = evaluator.compile(expr);
    var series = new TreeMap<String, String>();
    vector
        .at(query.endNs())
        .forEach(
            (labels, value) ->
                series.put(
                    LabelKey.of(labels),
                    metric(labels) + "\"value\":" + sample(query.endNs(), value)));
    return answer("vector", series, evaluator);
  }

  /**
   * Answers a range query: samples lie on multiples of the step, with start and end rounded out, as
   * Loki's query splitter does.
   */
  static String matrix(MetricExpr expr, LokiQuery query, LogStore store) throws RefusedException {
    long step = query.stepNs();
    long start = Math.floorDiv(query.startNs(), step) * step;
    long end = -Math.floorDiv(-query.endNs(), step) * step;
    var evaluator = new MetricEvaluator(store, start, end);
    MetricEvaluator.Vector vector = evaluator.compile(expr);
    var series = new TreeMap<String, StringBuilder>();
    for (long time = start; time <= end; time += step) {
      for (Map.Entry<SortedMap<String, String>, Double> sample : vector.at(time).entrySet()) {
        series
            .computeIfAbsent(
                LabelKey.of(sample.getKey()),
                key -> new StringBuilder(metric(sample.getKey())).append("\"values\":["))
            .append(sample(time, sample.getValue()))
            .append(',');
      }
    }
    var finished = new TreeMap<String, String>();
    series.forEach((key, text) -> finished.put(key, text.substring(0, text.length() - 1) + "]"));
    return answer("matrix", finished, evaluator);
  }

  private static String answer(
      String type, SortedMap<String, String> series, MetricEvaluator evaluator) {
    var out = new StringBuilder();
    out.append("{\"status\":\"success\",\"data\":{\"resultType\":\"").append(type);
    out.append("\",\"result\":[");
    String comma = "";
    for (String each : series.values()) {
      out.append(comma).append('{').append(each).append('}');
      comma = ",";
    }
    out.append("],\"stats\":").append(evaluator.stats(series.size()).json()).append("}}");
    return out.toString();
  }

  private static String metric(SortedMap<String, String> labels) {
    var out = new StringBuilder("\"metric\":");
    JsonText.object(out, labels);
    return out.append(',').toString();
  }

  private static String sample(long timeNs, double value) {
    long millis = TimeUnit.NANOSECONDS.toMillis(timeNs);
    return "[" + plain(BigDecimal.valueOf(millis, 3)) + ",\"" + number(value) + "\"]";
  }

  private static String number(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    return plain(BigDecimal.valueOf(value));
  }

  private static String plain(BigDecimal number) {
    return number.stripTrailingZeros().toPlainString();
  }
}
