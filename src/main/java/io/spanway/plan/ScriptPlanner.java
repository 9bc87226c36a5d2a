// SPDX-License-Identifier: Apache-2.0
package io.spanway.plan;

import io.spanway.correlate.SpanLogsOptions;
import io.spanway.http.BadTargetException;
import io.spanway.http.LokiTimes;
import io.spanway.http.QueryParameters;
import io.spanway.http.RequestHead;
import io.spanway.model.SpanId;
import io.spanway.model.SpanRef;
import io.spanway.model.TimeRange;
import io.spanway.model.TraceId;
import io.spanway.plan.SpanLogsQuestion.Format;
import io.spanway.plan.SpanLogsQuestion.Source;
import io.spanway.route.Operation;
import io.spanway.route.RouteMatch;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Plans the requests of the script API: what its parameters ask for. */
final class ScriptPlanner {
  private static final int SCRIPT_LIMIT = 1000;

  private final boolean annotates;
  private final int maxLimit;

  ScriptPlanner(boolean annotates, int maxLimit) {
    this.annotates = annotates;
    this.maxLimit = maxLimit;
  }

  /** Plans the logs of a whole trace, span by span. */
  RequestPlan planTraceLogs(
      RouteMatch match, RequestHead head, @Nullable QueryParameters parameters, long nowNs) {
    if (parameters == null) {
      return Planner.reject(Planner.UNREADABLE);
    }
    QueryParameters whole =
        parameters.without("spanId").with("traceId", match.variables().getOrDefault("id", ""));
    RequestPlan plan =
        planLogs(head, whole.has("direction") ? whole : whole.with("direction", "forward"), nowNs);
    return plan instanceof RequestPlan.SpanLogsRead read
        ? new RequestPlan.TraceLogsRead(read.question())
        : plan;
  }

  /** Plans the logs of a span or of a trace. */
  RequestPlan planLogs(RequestHead head, @Nullable QueryParameters parameters, long nowNs) {
    if (!Operation.SPANWAY_LOGS.reads(head.method())) {
      return new RequestPlan.WrongMethod("GET, HEAD, POST");
    }
    if (parameters == null) {
      return Planner.reject(Planner.UNREADABLE);
    }
    String traceText = parameters.first("traceId");
    if (traceText == null || traceText.isEmpty()) {
      return Planner.reject("traceId is missing: /spanway/v1/logs?traceId=…&spanId=…");
    }
    try {
      TraceId traceId = TraceId.parse(traceText);
      String spanText = parameters.first("spanId");
      SpanRef ref =
          spanText == null || spanText.isEmpty()
              ? SpanRef.wholeTrace(traceId)
              : new SpanRef(traceId, SpanId.parse(spanText));
      int limit = Planner.positive(parameters.first("limit"), SCRIPT_LIMIT);
      if (limit < 1) {
        return Planner.reject("limit must be a whole number of 1 or more");
      }
      Boolean forward = Planner.forward(parameters.first("direction"));
      if (forward == null) {
        return Planner.reject("direction must be forward or backward");
      }
      SpanLogsOptions options =
          new SpanLogsOptions(
              flag(parameters, "filterByTraceID"),
              flag(parameters, "filterBySpanID"),
              window(parameters, nowNs));
      return new RequestPlan.SpanLogsRead(
          new SpanLogsQuestion(
              new Source.Script(ref, options),
              Math.min(limit, maxLimit),
              forward,
              scriptFormat(head),
              annotates,
              limit > maxLimit
                  ? "limit " + limit + " is more than limits.maxLogLimit: " + maxLimit + " is used"
                  : null));
    } catch (IllegalArgumentException | BadTargetException e) {
      return Planner.reject(String.valueOf(e.getMessage()));
    }
  }

  private static @Nullable TimeRange window(QueryParameters parameters, long nowNs)
      throws BadTargetException {
    boolean any = parameters.has("start") || parameters.has("end") || parameters.has("since");
    if (!any) {
      return null;
    }
    LokiTimes.Bounds bounds = LokiTimes.resolve(parameters, nowNs);
    return new TimeRange(bounds.startNs(), bounds.endNs());
  }

  private static Format scriptFormat(RequestHead head) {
    String accept = head.header("Accept");
    String wanted = accept == null ? "" : accept.toLowerCase(Locale.ROOT);
    if (wanted.contains("application/x-ndjson")) {
      return Format.NDJSON;
    }
    if (wanted.contains("text/plain")) {
      return Format.TEXT;
    }
    return Planner.categorised(head) ? Format.CATEGORISED : Format.FOLDED;
  }

  private static @Nullable Boolean flag(QueryParameters parameters, String name) {
    String value = parameters.first(name);
    if (value == null || value.isEmpty()) {
      return null;
    }
    return switch (value) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default -> throw new IllegalArgumentException(name + " must be true or false");
    };
  }
}
