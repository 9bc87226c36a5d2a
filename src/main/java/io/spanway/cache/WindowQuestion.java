// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.http.BadTargetException;
import io.spanway.http.LokiTimes;
import io.spanway.http.QueryParameters;
import io.spanway.http.RequestHead;
import io.spanway.identity.Caller;
import io.spanway.route.Operation;
import io.spanway.route.RouteMatch;
import io.spanway.streams.Direction;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A log query, or a metric query by steps, as a question about a window, which answers to other
 * windows may help to answer.
 *
 * @param key the key of the query without window, limit and direction
 * @param startNs first instant asked for; of a metric query the first step
 * @param endNs first instant after; later than the start. Of a metric query one step after the last
 * @param limit the most entries; of a metric query there is none
 * @param direction which entries come first, and are kept when the limit cuts
 * @param stepNs the step of a metric query, of which start and end are multiples; 0 for logs
 * @param nowNs when the request came, in nanoseconds since the epoch
 */
public record WindowQuestion(
    CacheKey key,
    long startNs,
    long endNs,
    int limit,
    Direction direction,
    long stepNs,
    long nowNs) {
  private static final int DEFAULT_LIMIT = 100;

  private static final long MAX_STEP = 366L * 24 * 3600 * 1_000_000_000L;

  /** Far from where sums of times would overflow; the year 2116. */
  private static final long MAX_NS = Long.MAX_VALUE / 2;

  /**
   * Reads a request; null when an answer to a part of its window is no part of its answer: logs
   * with an {@code interval}, with a window of no length (Loki 3.4 answers the entries at that
   * instant, later ones none), without an end of its own; metrics whose window is not of whole
   * steps, which Loki rounds or not, or that {@link MetricSteps} does not know; what Loki would
   * refuse.
   *
   * @param parameters what the upstream is given
   * @param upstreamFingerprint as for {@link CacheKeyBuilder#build}
   */
  public static @Nullable WindowQuestion of(
      RouteMatch match,
      QueryParameters parameters,
      RequestHead head,
      Caller caller,
      String upstreamFingerprint,
      long nowNs) {
    Operation operation = match.operation();
    String query = parameters.first("query");
    if (operation != Operation.LOKI_QUERY_RANGE
        || query == null
        || isGiven(parameters, "interval")
        || isGiven(parameters, "shards")
        || !ReadWindow.hasExplicitEnd(operation, parameters)
        || !CacheKeyBuilder.isJson(head)) {
      return null;
    }
    Direction direction = direction(parameters.first("direction"));
    int limit = limit(parameters.first("limit"));
    LokiTimes.Bounds bounds;
    try {
      bounds = LokiTimes.resolve(parameters, nowNs);
    } catch (BadTargetException e) {
      return null;
    }
    long start = bounds.startNs();
    long end = bounds.endNs();
    if (direction == null || limit < 1 || start < 0 || end <= start || end > MAX_NS) {
      return null;
    }
    long step = 0;
    if (!LogqlKind.isLog(query)) {
      step = step(parameters, query, start, end);
      if (step == 0) {
        return null;
      }
      end += step;
      limit = Integer.MAX_VALUE;
      direction = Direction.FORWARD;
    }
    CacheKey key =
        CacheKeyBuilder.withoutWindow(
            match, parameters, head, caller, upstreamFingerprint, start, end, step);
    return key == null ? null : new WindowQuestion(key, start, end, limit, direction, step, nowNs);
  }

  /** Returns the step of a metric query that is answered step by step; 0 for others. */
  private static long step(QueryParameters parameters, String query, long start, long end) {
    // Without one of its own the step depends on the window.
    long step = isGiven(parameters, "step") ? ReadWindow.stepNs(parameters, start, end) : 0;
    boolean whole =
        step > 0 && step < MAX_STEP && start % step == 0 && end % step == 0 && end / step > 0;
    return whole
            && (end - start) / step <= CacheKeyBuilder.MAX_POINTS
            && MetricSteps.areApart(query)
        ? step
        : 0;
  }

  /** Says whether entries are asked for, rather than points. */
  boolean isLogs() {
    return stepNs == 0;
  }

  /** Returns the same question about another window and with another limit. */
  WindowQuestion about(long fromNs, long toNs, int most) {
    return new WindowQuestion(key, fromNs, toNs, most, direction, stepNs, nowNs);
  }

  /** Returns {@code parameters} asking for this window and limit. */
  QueryParameters in(QueryParameters parameters) {
    QueryParameters moved =
        parameters
            .without("since")
            .with("start", Long.toString(startNs))
            .with("end", Long.toString(endNs - stepNs));
    return isLogs() ? moved.with("limit", Integer.toString(limit)) : moved;
  }

  /** Returns the same question, asked at another time. */
  WindowQuestion at(long otherNowNs) {
    return new WindowQuestion(key, startNs, endNs, limit, direction, stepNs, otherNowNs);
  }

  private static boolean isGiven(QueryParameters parameters, String name) {
    String value = parameters.first(name);
    return value != null && !value.isEmpty();
  }

  private static @Nullable Direction direction(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return Direction.BACKWARD;
    }
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "forward" -> Direction.FORWARD;
      case "backward" -> Direction.BACKWARD;
      default -> null;
    };
  }

  private static int limit(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return DEFAULT_LIMIT;
    }
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
