// SPDX-License-Identifier: Apache-2.0
package io.spanway.plan;

import io.spanway.annotate.VirtualFields;
import io.spanway.annotate.VirtualQuery;
import io.spanway.cache.BypassReason;
import io.spanway.cache.CachePolicy;
import io.spanway.correlate.Correlator;
import io.spanway.correlate.Recognition;
import io.spanway.correlate.RequestWindow;
import io.spanway.http.BadTargetException;
import io.spanway.http.GrpcRequests;
import io.spanway.http.LokiDurations;
import io.spanway.http.LokiTimes;
import io.spanway.http.ProxyError;
import io.spanway.http.QueryParameters;
import io.spanway.http.RequestHead;
import io.spanway.identity.Caller;
import io.spanway.logql.LogqlSyntaxException;
import io.spanway.plan.SpanLogsQuestion.Format;
import io.spanway.plan.SpanLogsQuestion.Source;
import io.spanway.route.Operation;
import io.spanway.route.RouteMatch;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides what is to be done about a request: a pure function of the request and the configuration.
 * Immutable.
 */
public final class Planner {
  static final String UNREADABLE = "the parameters cannot be read: escape them as in a URL";
  private static final int LOKI_LIMIT = 100;
  private static final long SECOND = 1_000_000_000L;

  /** How many points Loki makes of a window when no step is given. */
  private static final long DEFAULT_POINTS = 250;

  private final Correlator correlator;
  private final CachePolicy policy;
  private final boolean annotates;
  private final VirtualFields virtualFields;
  private final boolean enriches;
  private final ScriptPlanner script;
  private final QueryLimits limits;

  /**
   * Creates a planner.
   *
   * @param annotates whether any derived field is configured
   * @param virtualFields those of them that queries may filter by
   * @param enriches whether traces get a tag that Grafana needs
   * @param maxLimit the largest limit that a script may ask for
   * @param limits what queries may ask of an upstream
   */
  public Planner(
      Correlator correlator,
      CachePolicy policy,
      boolean annotates,
      VirtualFields virtualFields,
      boolean enriches,
      int maxLimit,
      QueryLimits limits) {
    this.correlator = correlator;
    this.policy = policy;
    this.annotates = annotates;
    this.virtualFields = virtualFields;
    this.enriches = enriches;
    this.script = new ScriptPlanner(annotates, maxLimit);
    this.limits = limits;
  }

  /**
   * Plans a request.
   *
   * @param parameters the form's and the URL's parameters, as Loki would read them; null when they
   *     cannot be read, which the upstream is left to say
   * @param nowNs the time, in nanoseconds since the epoch
   */
  public RequestPlan plan(
      RouteMatch match,
      RequestHead head,
      @Nullable QueryParameters parameters,
      Caller caller,
      long nowNs) {
    Operation operation = match.operation();
    switch (operation.kind()) {
      case TAIL -> {
        return asksUpgrade(head)
            ? new RequestPlan.Tunnel()
            : new RequestPlan.Relay(false, BypassReason.OPERATION);
      }
      case GRPC -> {
        return planGrpc(head);
      }
      case WRITE, ADMIN -> {
        return new RequestPlan.Relay(false, BypassReason.OPERATION);
      }
      case READ, FORM_READ -> {
        return planRead(match, head, parameters, caller, nowNs);
      }
    }
    throw new IllegalStateException("kind: " + operation.kind());
  }

  /** Plans a call as gRPC's own servers take it or refuse it. */
  private static RequestPlan planGrpc(RequestHead head) {
    if (!head.method().equals("POST")) {
      return new RequestPlan.WrongMethod("POST");
    }
    if (!GrpcRequests.isGrpc(head.header("content-type"))) {
      return new RequestPlan.Reject(
          ProxyError.UNSUPPORTED_MEDIA_TYPE,
          "this path takes gRPC only (expected: content-type application/grpc)");
    }
    try {
      return new RequestPlan.GrpcCall(GrpcRequests.timeout(head.headerValues("grpc-timeout")));
    } catch (IllegalArgumentException e) {
      return reject(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Says whether the request is the opening handshake of RFC 6455 section 4.1. Anything less goes
   * to the upstream as an ordinary request, and the upstream says what is wrong with it.
   */
  private static boolean asksUpgrade(RequestHead head) {
    return head.method().equals("GET")
        && head.hasToken("upgrade", "websocket")
        && head.hasToken("connection", "upgrade")
        && "13".equals(head.header("sec-websocket-version"))
        && isWebSocketKey(head.headerValues("sec-websocket-key"))
        && !head.hasHeader("transfer-encoding")
        && "0".equals(Objects.requireNonNullElse(head.header("content-length"), "0"));
  }

  private static boolean isWebSocketKey(List<String> keys) {
    try {
      return keys.size() == 1 && Base64.getDecoder().decode(keys.get(0).strip()).length == 16;
    } catch (IllegalArgumentException notBase64) {
      return false;
    }
  }

  private RequestPlan planRead(
      RouteMatch match,
      RequestHead head,
      @Nullable QueryParameters parameters,
      Caller caller,
      long nowNs) {
    Operation operation = match.operation();
    if (operation == Operation.UNKNOWN) {
      return new RequestPlan.Reject(
          ProxyError.DESTINATION_NOT_FOUND, "404 page not found: neither Loki nor Tempo has it");
    }
    if (operation == Operation.SPANWAY_OPENAPI) {
      return operation.reads(head.method())
          ? new RequestPlan.LocalReply("openapi.json")
          : new RequestPlan.WrongMethod("GET, HEAD");
    }
    if (operation == Operation.SPANWAY_LOGS) {
      return script.planLogs(head, parameters, nowNs);
    }
    if (operation == Operation.SPANWAY_EXPLAIN) {
      return planExplain(head, parameters, caller, nowNs);
    }
    if (operation == Operation.SPANWAY_TRACE_LOGS) {
      return script.planTraceLogs(match, head, parameters, nowNs);
    }
    boolean alert = head.hasHeader("FromAlert");
    boolean annotate =
        (annotates && !alert && isAnnotated(operation))
            || (enriches && isTrace(operation) && head.method().equals("GET"));
    // Of a form that cannot be read, Loki reads the URL: that much can be judged.
    QueryParameters judged = parameters == null ? head.target().readableQuery() : parameters;
    String refusal = judged == null ? null : limits.refusal(operation, judged, nowNs);
    if (refusal != null) {
      return new RequestPlan.Reject(ProxyError.QUERY_LIMIT_EXCEEDED, refusal);
    }
    if (parameters == null) {
      return new RequestPlan.Relay(annotate, BypassReason.OPERATION);
    }
    boolean unparsed = false;
    if (!alert && operation.reads(head.method())) {
      try {
        RequestPlan rewriting = planRewriting(operation, head, parameters, annotate, nowNs);
        if (rewriting != null) {
          return rewriting;
        }
      } catch (LogqlSyntaxException e) {
        unparsed = true;
      }
    }
    BypassReason bypass = policy.use(match, head.method(), head, caller).bypass();
    if (bypass != null) {
      return new RequestPlan.Relay(annotate, bypass, unparsed);
    }
    return new RequestPlan.CachedRead(annotate, unparsed);
  }

  private static boolean isAnnotated(Operation operation) {
    return operation == Operation.LOKI_QUERY_RANGE
        || operation == Operation.LOKI_LEGACY_QUERY
        || operation == Operation.LOKI_DETECTED_FIELDS;
  }

  private static boolean isTrace(Operation operation) {
    return operation == Operation.TEMPO_TRACE_BY_ID || operation == Operation.TEMPO_TRACE_BY_ID_V2;
  }

  /** Plans what makes another query of the request's; null for everything else. */
  private @Nullable RequestPlan planRewriting(
      Operation operation,
      RequestHead head,
      QueryParameters parameters,
      boolean annotate,
      long nowNs)
      throws LogqlSyntaxException {
    String query = parameters.first("query");
    if (query == null || parameters.has("shards")) {
      return null;
    }
    return switch (operation) {
      case LOKI_QUERY_RANGE, LOKI_QUERY -> {
        Recognition recognition = correlator.read(query);
        if (recognition == null) {
          yield planVirtual(query, annotate);
        }
        try {
          yield operation == Operation.LOKI_QUERY
              ? planInstant(recognition, parameters, nowNs)
              : planRange(recognition, head, parameters, annotate, nowNs);
        } catch (BadTargetException e) {
          // Loki says what is wrong with it.
          yield null;
        }
      }
      case LOKI_INDEX_STATS, LOKI_INDEX_VOLUME, LOKI_INDEX_VOLUME_RANGE ->
          correlator.mapSelector(query, Set.of()).equals(query)
              ? null
              : new RequestPlan.SelectorRead();
      case LOKI_DETECTED_FIELDS, LOKI_DETECTED_FIELD_VALUES -> planVirtual(query, annotate);
      default -> null;
    };
  }

  private @Nullable RequestPlan planVirtual(String query, boolean annotate)
      throws LogqlSyntaxException {
    VirtualQuery virtual = virtualFields.read(query);
    return virtual == null ? null : new RequestPlan.VirtualRead(virtual, annotate);
  }

  private static @Nullable RequestPlan planInstant(
      Recognition recognition, QueryParameters parameters, long nowNs) throws BadTargetException {
    if (recognition.form() == Recognition.Form.BARE) {
      return null;
    }
    String text = parameters.first("time");
    long time = text == null || text.isEmpty() ? nowNs : LokiTimes.parseNs("time", text);
    return new RequestPlan.RewrittenRead(
        new Source.Query(recognition, new RequestWindow(time, time, false)), false);
  }

  private static @Nullable RequestPlan planRange(
      Recognition recognition,
      RequestHead head,
      QueryParameters parameters,
      boolean annotate,
      long nowNs)
      throws BadTargetException {
    LokiTimes.Bounds bounds = LokiTimes.resolve(parameters, nowNs);
    int limit = positive(parameters.first("limit"), LOKI_LIMIT);
    Boolean forward = forward(parameters.first("direction"));
    if (limit < 1 || forward == null) {
      return null;
    }
    boolean bare = recognition.form() == Recognition.Form.BARE;
    long step = bare ? 0 : step(parameters, bounds);
    if (step < 0) {
      return null;
    }
    boolean page = String.join(",", head.headerValues("X-Query-Tags")).contains("infinitescroll");
    Source.Query source =
        new Source.Query(
            recognition, new RequestWindow(bounds.startNs(), bounds.endNs(), !page, step));
    // With an interval Loki leaves entries out by their distance, which halves cannot be added for.
    if (!bare || parameters.has("interval")) {
      return new RequestPlan.RewrittenRead(source, annotate && bare);
    }
    return new RequestPlan.SpanLogsRead(
        new SpanLogsQuestion(
            source,
            limit,
            forward,
            categorised(head) ? Format.CATEGORISED : Format.FOLDED,
            annotate,
            null));
  }

  /** The step in nanoseconds, Loki's default where there is none; -1 for one that Loki refuses. */
  private static long step(QueryParameters parameters, LokiTimes.Bounds bounds)
      throws BadTargetException {
    String text = parameters.first("step");
    if (text == null || text.isEmpty()) {
      long seconds = (bounds.endNs() - bounds.startNs()) / SECOND;
      return Math.max(seconds / DEFAULT_POINTS, 1) * SECOND;
    }
    long step = LokiDurations.parseStep(text);
    return step > 0 ? step : -1;
  }

  static boolean categorised(RequestHead head) {
    String flags = head.header("X-Loki-Response-Encoding-Flags");
    return flags != null && List.of(flags.split(",", -1)).contains("categorize-labels");
  }

  /** Plans what is explained as if it were asked: what is told is what would be done. */
  private RequestPlan planExplain(
      RequestHead head, @Nullable QueryParameters parameters, Caller caller, long nowNs) {
    if (!Operation.SPANWAY_EXPLAIN.reads(head.method())) {
      return new RequestPlan.WrongMethod("GET, HEAD, POST");
    }
    if (parameters == null) {
      return reject(UNREADABLE);
    }
    String query = parameters.first("query");
    boolean byQuery = query != null && !query.isEmpty();
    boolean bySpan = parameters.has("traceId");
    if (byQuery == bySpan) {
      return reject(
          "say what is to be explained: /spanway/v1/explain?traceId=…&spanId=… or"
              + " ?query=…&start=…&end=…");
    }
    if (query == null || bySpan) {
      RequestPlan plan = script.planLogs(head, parameters, nowNs);
      return plan instanceof RequestPlan.Reject
          ? plan
          : new RequestPlan.Explain("/spanway/v1/logs?" + parameters.encode(), plan);
    }
    String path = "/loki/api/v1/query_range";
    try {
      LokiTimes.resolve(parameters, nowNs);
    } catch (BadTargetException e) {
      return reject(String.valueOf(e.getMessage()));
    }
    return new RequestPlan.Explain(
        query,
        planRead(
            new RouteMatch(Operation.LOKI_QUERY_RANGE, path, Map.of()),
            head,
            parameters,
            caller,
            nowNs));
  }

  static RequestPlan reject(String message) {
    return new RequestPlan.Reject(ProxyError.HTTP_REQUEST_ERROR, message);
  }

  /** Returns null for a direction that Loki would refuse. */
  static @Nullable Boolean forward(@Nullable String direction) {
    if (direction == null || direction.isEmpty() || direction.equalsIgnoreCase("backward")) {
      return false;
    }
    return direction.equalsIgnoreCase("forward") ? true : null;
  }

  /** Returns 0 for a number that Loki would refuse. */
  static int positive(@Nullable String text, int absent) {
    if (text == null || text.isEmpty()) {
      return absent;
    }
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
