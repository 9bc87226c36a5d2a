// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.logql.LogqlParser;
import io.spanway.logql.LogqlSyntaxException;
import io.spanway.logql.Query;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Queries as Grafana sends them: parsing, seeing whether one looks for a span's logs, and rewriting
 * one that does. With {@code -prof gc} it says what is allocated for each.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LogqlBenchmark {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String SPAN_LOGS =
      "{cluster=\"eu-1\", hostname=\"shop-1\"} | label_format log_line_contains_trace_id=`{{"
          + " contains \""
          + TRACE
          + "\" __line__  }}` | log_line_contains_trace_id=\"true\" or trace_id=\""
          + TRACE
          + "\"";
  private static final RequestWindow WINDOW =
      new RequestWindow(5_000_000_000L, 6_000_000_000L, true);

  @Param({"selector", "dashboard", "metric", "span"})
  private String kind = "";

  private String query = "";
  private final Correlator correlator = correlator();
  private final Recognition span = Objects.requireNonNull(correlator.recognize(SPAN_LOGS));

  /** Chooses the query. */
  @Setup
  public void setUp() {
    query =
        switch (kind) {
          case "selector" -> "{app=\"shop\", namespace=\"production\"}";
          case "dashboard" ->
              "{app=\"shop\", namespace=~\"prod.*\"} |= \"error\" != \"debug\" | json | logfmt"
                  + " | status >= 500 and duration > 10ms | line_format \"{{.msg}} {{.status}}\"";
          case "metric" ->
              "sum by (level, app) (rate({app=~\"shop|cart\"} |= \"error\" | json [5m]))"
                  + " / ignoring(level) group_left sum by (app) (rate({app=~\"shop|cart\"}[5m]))";
          default -> SPAN_LOGS;
        };
  }

  /** Parses. */
  @Benchmark
  public Query parse() throws LogqlSyntaxException {
    return LogqlParser.parse(query);
  }

  /** What every query goes through that is no cache hit. */
  @Benchmark
  public Object recognize() {
    Recognition recognition = correlator.recognize(query);
    return recognition == null ? query : recognition;
  }

  /** Rewrites the query for a span, whatever the parameter is. */
  @Benchmark
  public SpanLogs rewrite() {
    return correlator.rewrite(span, null, WINDOW);
  }

  private static Correlator correlator() {
    try {
      return Correlator.compile(CorrelateConfig.DEFAULT);
    } catch (CorrelateConfigException e) {
      throw new IllegalStateException(e);
    }
  }
}
