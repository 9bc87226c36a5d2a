// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.http.BadTargetException;
import io.spanway.http.QueryParameters;
import io.spanway.http.RequestHead;
import io.spanway.http.RequestTarget;
import io.spanway.identity.Caller;
import io.spanway.identity.IdentityConfig;
import io.spanway.route.Operation;
import io.spanway.route.RouteMatch;
import java.util.Map;
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
 * The key under which an answer is kept, of what Grafana asks: what each request pays before it can
 * be a hit. With {@code -prof gc} it says what is allocated for it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CacheKeyBenchmark {
  private static final long NOW = 1_800_000_000_000_000_000L;
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

  @Param({"labels", "logs", "trace"})
  private String kind = "";

  private RouteMatch match = new RouteMatch(Operation.LOKI_LABELS, "/loki/api/v1/labels", Map.of());
  private QueryParameters parameters = QueryParameters.of();
  private final RequestHead head = head();
  private final Caller caller = Caller.of(head, IdentityConfig.DEFAULT);

  /** Makes the request. */
  @Setup
  public void setUp() {
    switch (kind) {
      case "labels" ->
          parameters =
              QueryParameters.of("start", "1700000000000000000", "end", "1700003600000000000");
      case "logs" -> {
        match = new RouteMatch(Operation.LOKI_QUERY_RANGE, "/loki/api/v1/query_range", Map.of());
        parameters =
            QueryParameters.of(
                "query",
                    "{app=\"shop\", namespace=\"production\"} |= \"error\" | json | status >= 500",
                "start", "1700000000000000000",
                "end", "1700003600000000000",
                "step", "2000ms",
                "limit", "1000",
                "direction", "backward");
      }
      default ->
          match =
              new RouteMatch(
                  Operation.TEMPO_TRACE_BY_ID_V2, "/api/v2/traces/" + TRACE, Map.of("id", TRACE));
    }
  }

  /** Builds the key. */
  @Benchmark
  public CacheKey build() {
    return CacheKeyBuilder.build(match, parameters, head, caller, "upstream", NOW);
  }

  private static RequestHead head() {
    HttpHeaders headers = new DefaultHttpHeaders();
    headers.add("Host", "spanway:3100");
    headers.add("User-Agent", "Grafana/12.0.0");
    headers.add("Accept-Encoding", "gzip");
    headers.add("X-Scope-OrgID", "team-a");
    headers.add("X-Query-Tags", "Source=grafana");
    headers.add("X-Loki-Response-Encoding-Flags", "categorize-labels");
    try {
      return new RequestHead("GET", RequestTarget.parse("/"), headers);
    } catch (BadTargetException e) {
      throw new IllegalStateException(e);
    }
  }
}
