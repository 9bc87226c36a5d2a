// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import io.spanway.http.BadTargetException;
import io.spanway.http.LokiDurations;
import io.spanway.http.LokiTimes;
import io.spanway.http.QueryParameters;
import io.spanway.logql.LabelMatcher;
import io.spanway.logql.LogPipeline;
import io.spanway.logql.LogqlParser;
import io.spanway.logql.LogqlSyntaxException;
import io.spanway.logql.Query;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a query request, read and checked as Loki does.
 *
 * @param startNs the window's start, inclusive
 * @param endNs its end: exclusive for lines, inclusive for the samples of metric queries
 * @param stepNs the distance between samples
 */
record LokiQuery(Query query, long startNs, long endNs, long stepNs, int limit, boolean isForward) {
  private static final int MAX_ENTRIES = 5000;
  private static final int MAX_POINTS = 11_000;
  private static final int DEFAULT_LIMIT = 100;
  private static final long SECOND = 1_000_000_000L;

  /**
   * Reads the parameters of {@code query_range}.
   *
   * @throws RefusedException with Loki's own text where it is known
   */
  static LokiQuery range(QueryParameters parameters, long nowNs) throws RefusedException {
    LokiTimes.Bounds bounds = bounds(parameters, nowNs);
    long step = step(parameters, bounds);
    Query query = query(parameters);
    return new LokiQuery(
        query,
        bounds.startNs(),
        bounds.endNs(),
        step,
        limit(parameters, query.isLog()),
        isForward(parameters));
  }

  /**
   * Reads the parameters of an instant {@code query}: start and end are its time.
   *
   * @throws RefusedException with Loki's own text where it is known
   */
  static LokiQuery instant(QueryParameters parameters, long nowNs) throws RefusedException {
    long time = nowNs;
    String text = parameters.first("time");
    if (text != null && !text.isEmpty()) {
      try {
        time = LokiTimes.parseNs("time", text);
      } catch (BadTargetException e) {
        throw new RefusedException(e);
      }
    }
    Query query = query(parameters);
    if (query.isLog()) {
      throw new RefusedException(
          "log queries are not supported as an instant query type, please change your query to a"
              + " range query type");
    }
    return new LokiQuery(query, time, time, SECOND, limit(parameters, false), false);
  }

  static LokiTimes.Bounds bounds(QueryParameters parameters, long nowNs) throws RefusedException {
    try {
      return LokiTimes.resolve(parameters, nowNs);
    } catch (BadTargetException e) {
      throw new RefusedException(e);
    }
  }

  /** Parses LogQL with the checks that Loki makes before it reads logs. */
  static Query parse(String text) throws RefusedException {
    Query query = parseAny(text);
    try {
      query.requireNonEmptySelectors();
    } catch (LogqlSyntaxException e) {
      throw new RefusedException(e);
    }
    return query;
  }

  /** Reads the selector of a request for labels, series or statistics; null when there is none. */
  static @Nullable LogStages selector(@Nullable String text) throws RefusedException {
    if (text == null || text.isBlank()) {
      return null;
    }
    Query query = parseAny(text);
    if (!query.isLog() || !query.pipelines().get(0).stages().isEmpty()) {
      throw new RefusedException("only label matchers are supported");
    }
    return LogStages.compile(query.pipelines().get(0));
  }

  private static Query parseAny(String text) throws RefusedException {
    Query query;
    try {
      query = LogqlParser.parse(text);
    } catch (LogqlSyntaxException e) {
      throw new RefusedException(e);
    }
    for (LogPipeline pipeline : query.pipelines()) {
      for (LabelMatcher matcher : pipeline.selector().matchers()) {
        if (matcher.dotted()) {
          // Our parser takes these, so that Grafana's can be recognised; Loki's does not.
          int column = matcher.nameRange().start() + matcher.name().indexOf('.') + 1;
          throw new RefusedException(
              "parse error at line 1, col " + column + ": syntax error: unexpected .");
        }
      }
    }
    return query;
  }

  private static Query query(QueryParameters parameters) throws RefusedException {
    String text = parameters.first("query");
    return parse(text == null ? "" : text);
  }

  private static long step(QueryParameters parameters, LokiTimes.Bounds bounds)
      throws RefusedException {
    long length = bounds.endNs() - bounds.startNs();
    String text = parameters.first("step");
    long step;
    try {
      step =
          text == null || text.isEmpty()
              ? Math.max(length / (250 * SECOND), 1) * SECOND
              : LokiDurations.parseStep(text);
    } catch (BadTargetException e) {
      throw new RefusedException(e);
    }
    if (step <= 0) {
      throw new RefusedException(
          "zero or negative query resolution step widths are not accepted. Try a positive integer");
    }
    if (length / step > MAX_POINTS) {
      throw new RefusedException(
          "exceeded maximum resolution of 11,000 points per time series. Try increasing the value"
              + " of the step parameter");
    }
    return step;
  }

  private static int limit(QueryParameters parameters, boolean isLog) throws RefusedException {
    String text = parameters.first("limit");
    if (text == null || text.isEmpty()) {
      return DEFAULT_LIMIT;
    }
    int limit;
    try {
      limit = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new RefusedException("strconv.ParseUint: parsing \"" + text + "\": invalid syntax");
    }
    if (limit <= 0) {
      throw new RefusedException("limit must be a positive value");
    }
    if (isLog && limit > MAX_ENTRIES) {
      throw new RefusedException(
          "max entries limit per query exceeded, limit > max_entries_limit_per_query ("
              + limit
              + " > "
              + MAX_ENTRIES
              + ")");
    }
    return limit;
  }

  private static boolean isForward(QueryParameters parameters) throws RefusedException {
    String text = parameters.first("direction");
    String direction = text == null || text.isEmpty() ? "backward" : text.toLowerCase(Locale.ROOT);
    return switch (direction) {
      case "forward" -> true;
      case "backward" -> false;
      default -> throw new RefusedException("invalid direction '" + text + "'");
    };
  }
}
