// SPDX-License-Identifier: Apache-2.0
package io.spanway.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.annotate.DerivedFieldSet;
import io.spanway.annotate.VirtualFields;
import io.spanway.cache.BypassReason;
import io.spanway.cache.CacheConfig;
import io.spanway.cache.CachePolicy;
import io.spanway.correlate.CorrelateConfig;
import io.spanway.correlate.Correlator;
import io.spanway.correlate.RequestWindow;
import io.spanway.http.ProxyError;
import io.spanway.http.QueryParameters;
import io.spanway.http.RequestHead;
import io.spanway.http.RequestTarget;
import io.spanway.identity.Caller;
import io.spanway.identity.IdentityConfig;
import io.spanway.plan.SpanLogsQuestion.Format;
import io.spanway.plan.SpanLogsQuestion.Source;
import io.spanway.route.BackendKind;
import io.spanway.route.Operation;
import io.spanway.route.RouteMatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class PlannerTest {
  private static final String TRACE = "6513270e269e0d37f2a74de452e6b438";
  private static final List<String> METHODS =
      List.of("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS");
  private static final long NOW = 1_700_000_000_000_000_000L;
  private static final String FORM = "application/x-www-form-urlencoded";

  /** Reads that are passed on each time: nobody said how long their answers last. */
  private static final Set<Operation> RELAYED =
      Set.of(
          Operation.LOKI_INDEX_SHARDS,
          Operation.LOKI_READY,
          Operation.LOKI_OTHER,
          Operation.TEMPO_ECHO,
          Operation.TEMPO_STATUS,
          Operation.TEMPO_READY,
          Operation.TEMPO_OTHER);

  private static Planner planner(boolean annotates) throws Exception {
    return new Planner(
        Correlator.compile(CorrelateConfig.DEFAULT),
        new CachePolicy(CacheConfig.DEFAULT),
        annotates,
        VirtualFields.of(DerivedFieldSet.NONE, Set.of()),
        annotates,
        5000,
        new QueryLimits(1_000_000, Duration.ZERO, 100_000, 1 << 20));
  }

  private static RequestPlan plan(
      Operation operation, String method, @Nullable QueryParameters parameters, String... headers)
      throws Exception {
    HttpHeaders all = new DefaultHttpHeaders();
    for (int i = 0; i < headers.length; i += 2) {
      all.add(headers[i], headers[i + 1]);
    }
    RequestHead head = new RequestHead(method, RequestTarget.parse("/x"), all);
    return planner(true)
        .plan(
            new RouteMatch(operation, "/x", Map.of()),
            head,
            parameters,
            Caller.of(head, IdentityConfig.DEFAULT),
            NOW);
  }

  @ParameterizedTest
  @EnumSource(Operation.class)
  void everyOperationAndMethod_hasThePlanOfItsKind(Operation operation) throws Exception {
    List<String> wrong = new ArrayList<>();
    for (String method : METHODS) {
      RequestPlan plan =
          plan(operation, method, QueryParameters.of("query", "{a=\"b\"}"), "Content-Type", FORM);
      if (!expected(operation, method, plan)) {
        wrong.add(method + ": " + plan);
      }
    }

    assertThat(wrong).isEmpty();
  }

  private static boolean expected(Operation operation, String method, RequestPlan plan) {
    if (operation == Operation.UNKNOWN) {
      return plan instanceof RequestPlan.Reject reject
          && reject.error() == ProxyError.DESTINATION_NOT_FOUND;
    }
    if (operation == Operation.SPANWAY_EXPLAIN && operation.reads(method)) {
      // What it tells is the plan of the request that it explains.
      return plan instanceof RequestPlan.Explain explain
          && explain.original().equals("{a=\"b\"}")
          && expected(Operation.LOKI_QUERY_RANGE, method, explain.plan());
    }
    if (operation.backend() == BackendKind.SPANWAY) {
      return operation.reads(method)
          ? (plan instanceof RequestPlan.LocalReply || plan instanceof RequestPlan.Reject)
          : (plan instanceof RequestPlan.WrongMethod wrong && wrong.allowed().startsWith("GET"));
    }
    return switch (operation.kind()) {
      case GRPC ->
          method.equals("POST")
              ? plan instanceof RequestPlan.Reject reject
                  && reject.error() == ProxyError.UNSUPPORTED_MEDIA_TYPE
              : plan.equals(new RequestPlan.WrongMethod("POST"));
      case WRITE, ADMIN, TAIL -> plan.equals(new RequestPlan.Relay(false, BypassReason.OPERATION));
      case READ, FORM_READ -> {
        boolean annotate =
            operation == Operation.LOKI_QUERY_RANGE
                || operation == Operation.LOKI_LEGACY_QUERY
                || operation == Operation.LOKI_DETECTED_FIELDS
                || operation == Operation.TEMPO_TRACE_BY_ID
                || operation == Operation.TEMPO_TRACE_BY_ID_V2;
        if (RELAYED.contains(operation)) {
          yield plan.equals(new RequestPlan.Relay(false, BypassReason.OPERATION));
        }
        boolean cached = operation.reads(method) && !method.equals("HEAD");
        yield cached
            ? plan.equals(new RequestPlan.CachedRead(annotate))
            : plan instanceof RequestPlan.Relay relay && relay.bypass() == BypassReason.METHOD;
      }
    };
  }

  @ParameterizedTest
  @CsvSource({"application/grpc, 2S, PT2S", "application/grpc+proto, 10m, PT0.01S"})
  void grpcCall_isPassedOnWithItsDeadline(String type, String timeout, Duration expected)
      throws Exception {
    assertThat(
            plan(
                Operation.TEMPO_GRPC_SEARCH,
                "POST",
                QueryParameters.empty(),
                "Content-Type",
                type,
                "grpc-timeout",
                timeout))
        .isEqualTo(new RequestPlan.GrpcCall(expected));
  }

  @Test
  void grpcCallWithoutDeadline_hasNone() throws Exception {
    assertThat(plan(Operation.TEMPO_GRPC_OTHER, "POST", null, "Content-Type", "application/grpc"))
        .isEqualTo(new RequestPlan.GrpcCall(null));
  }

  @Test
  void grpcCallWithMalformedDeadline_isRefused() throws Exception {
    assertThat(
            plan(
                Operation.TEMPO_GRPC_SEARCH,
                "POST",
                null,
                "Content-Type",
                "application/grpc",
                "grpc-timeout",
                "soon"))
        .isInstanceOfSatisfying(
            RequestPlan.Reject.class,
            reject -> {
              assertThat(reject.error()).isEqualTo(ProxyError.HTTP_REQUEST_ERROR);
              assertThat(reject.message()).startsWith("grpc-timeout is malformed");
            });
  }

  @Test
  void handshakeOfATail_isATunnel() throws Exception {
    assertThat(
            plan(
                Operation.LOKI_TAIL,
                "GET",
                QueryParameters.empty(),
                "Upgrade",
                "WebSocket",
                "Connection",
                "keep-alive, Upgrade",
                "Sec-WebSocket-Version",
                "13",
                "Sec-WebSocket-Key",
                "dGhlIHNhbXBsZSBub25jZQ=="))
        .isEqualTo(new RequestPlan.Tunnel());
  }

  @Test
  void upgradeThatIsNoHandshake_isRelayed() throws Exception {
    assertThat(plan(Operation.LOKI_TAIL, "GET", QueryParameters.empty(), "Upgrade", "websocket"))
        .isEqualTo(new RequestPlan.Relay(false, BypassReason.OPERATION));
  }

  @Test
  void parametersThatCannotBeRead_areLeftForTheUpstreamToRefuse() throws Exception {
    assertThat(plan(Operation.LOKI_QUERY_RANGE, "GET", null))
        .isEqualTo(new RequestPlan.Relay(true, BypassReason.OPERATION));
    assertThat(plan(Operation.SPANWAY_LOGS, "GET", null)).isInstanceOf(RequestPlan.Reject.class);
  }

  @Test
  void alertEvaluations_areRelayedUntouched() throws Exception {
    assertThat(
            plan(
                Operation.LOKI_QUERY_RANGE,
                "GET",
                QueryParameters.of("query", "{a=\"b\"} |=\"" + TRACE + '"'),
                "FromAlert",
                "true"))
        .isEqualTo(new RequestPlan.Relay(false, BypassReason.ALERT));
  }

  @Test
  void grafanasQuery_isAQuestionForLogs() throws Exception {
    QueryParameters asked =
        QueryParameters.of(
            "query",
            "{a=\"b\"} |=\"" + TRACE + '"',
            "start",
            "1699999990000000000",
            "end",
            "1699999991000000000",
            "limit",
            "30",
            "direction",
            "FORWARD");
    RequestPlan plan =
        plan(
            Operation.LOKI_QUERY_RANGE,
            "GET",
            asked,
            "X-Loki-Response-Encoding-Flags",
            "categorize-labels");

    SpanLogsQuestion question = ((RequestPlan.SpanLogsRead) plan).question();
    assertThat(question.limit()).isEqualTo(30);
    assertThat(question.forward()).isTrue();
    assertThat(question.format()).isEqualTo(Format.CATEGORISED);
    assertThat(question.annotate()).isTrue();
    assertThat(((Source.Query) question.source()).window().startNs())
        .isEqualTo(1_699_999_990_000_000_000L);

    // What the halves cannot be added up for, or Loki would refuse, goes through as it is.
    for (QueryParameters other :
        List.of(
            asked.with("shards", "1_of_2"),
            asked.with("limit", "x"),
            asked.with("limit", "0"),
            asked.with("direction", "up"),
            asked.with("start", "yesterday"),
            asked.with("query", "{a=\"b\"} |=\"404\""))) {
      assertThat(plan(Operation.LOKI_QUERY_RANGE, "GET", other))
          .as(other.encode())
          .isInstanceOfAny(RequestPlan.CachedRead.class, RequestPlan.Relay.class);
    }
    assertThat(plan(Operation.LOKI_QUERY_RANGE, "DELETE", asked))
        .isInstanceOf(RequestPlan.Relay.class);
  }

  @Test
  void whatHalvesCannotBeAddedFor_isRewrittenToOneQuery() throws Exception {
    String query = "{a=\"b\"} |=\"" + TRACE + '"';
    String volume = "sum by (level) (count_over_time(" + query + "[1s]))";
    QueryParameters times =
        QueryParameters.of("start", "1699999990000000000", "end", "1699999991000000000");
    RequestPlan interval =
        plan(Operation.LOKI_QUERY_RANGE, "GET", times.with("query", query).with("interval", "1s"));
    RequestPlan counted =
        plan(Operation.LOKI_QUERY_RANGE, "GET", times.with("query", volume).with("step", "2000ms"));
    RequestPlan instant =
        plan(
            Operation.LOKI_QUERY, "GET", QueryParameters.of("query", volume, "time", "1700000000"));

    assertThat(window(interval))
        .isEqualTo(
            new RequestWindow(1_699_999_990_000_000_000L, 1_699_999_991_000_000_000L, true, 0));
    assertThat(window(counted).stepNs()).isEqualTo(2_000_000_000L);
    assertThat(window(instant)).isEqualTo(new RequestWindow(NOW, NOW, false));
    for (String step : List.of("0", "-1s", "x")) {
      assertThat(
              plan(
                  Operation.LOKI_QUERY_RANGE,
                  "GET",
                  times.with("query", volume).with("step", step)))
          .isInstanceOf(RequestPlan.CachedRead.class);
    }
    assertThat(plan(Operation.LOKI_QUERY, "GET", QueryParameters.of("query", query)))
        .isInstanceOf(RequestPlan.CachedRead.class);
  }

  private static RequestWindow window(RequestPlan plan) {
    return ((RequestPlan.RewrittenRead) plan).source().window();
  }

  @Test
  void selectorOfStatistics_isLookedAtWhereItMayHaveAnotherName() throws Exception {
    for (Operation operation :
        List.of(
            Operation.LOKI_INDEX_STATS,
            Operation.LOKI_INDEX_VOLUME,
            Operation.LOKI_INDEX_VOLUME_RANGE)) {
      assertThat(plan(operation, "GET", QueryParameters.of("query", "{service.name=\"a\"}")))
          .isEqualTo(new RequestPlan.SelectorRead());
      assertThat(plan(operation, "GET", QueryParameters.of("query", "{service_name=\"a\"}")))
          .isEqualTo(new RequestPlan.CachedRead(false));
    }
  }

  @Test
  void queryThatCannotBeParsed_isNoted() throws Exception {
    assertThat(plan(Operation.LOKI_QUERY_RANGE, "GET", QueryParameters.of("query", "{a=")))
        .isEqualTo(new RequestPlan.CachedRead(true, true));
  }

  @Test
  void script_isAQuestionWithTheDefaultsOfTheApi() throws Exception {
    RequestPlan plan =
        plan(Operation.SPANWAY_LOGS, "GET", QueryParameters.of("traceId", TRACE, "limit", ""));

    SpanLogsQuestion question = ((RequestPlan.SpanLogsRead) plan).question();
    assertThat(question.limit()).isEqualTo(1000);
    assertThat(question.forward()).isFalse();
    assertThat(question.format()).isEqualTo(Format.FOLDED);
    Source.Script script = (Source.Script) question.source();
    assertThat(script.ref().spanId()).isNull();
    assertThat(script.options().window()).isNull();
  }

  @Test
  void acceptHeader_choosesTheFormat() throws Exception {
    Map<String, Format> formats =
        Map.of(
            "text/plain", Format.TEXT,
            "application/x-ndjson", Format.NDJSON,
            "Application/X-NDJSON, */*", Format.NDJSON,
            "application/json", Format.FOLDED,
            "*/*", Format.FOLDED);
    for (Map.Entry<String, Format> each : formats.entrySet()) {
      RequestPlan plan =
          plan(
              Operation.SPANWAY_LOGS,
              "GET",
              QueryParameters.of("traceId", TRACE),
              "Accept",
              each.getKey());

      assertThat(((RequestPlan.SpanLogsRead) plan).question().format())
          .as(each.getKey())
          .isEqualTo(each.getValue());
    }
  }

  @Test
  void limitOverTheLargest_isTheLargest() throws Exception {
    RequestPlan plan =
        plan(
            Operation.SPANWAY_LOGS,
            "GET",
            QueryParameters.of("traceId", TRACE, "limit", "2000000000"));

    assertThat(((RequestPlan.SpanLogsRead) plan).question().limit()).isEqualTo(5000);
  }
}
