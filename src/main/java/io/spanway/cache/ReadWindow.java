// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.http.BadTargetException;
import io.spanway.http.LokiDurations;
import io.spanway.http.LokiTimes;
import io.spanway.http.QueryParameters;
import io.spanway.route.BackendKind;
import io.spanway.route.Operation;

/**
 * The time that a read looks at, as far as key and policy need it.
 *
 * @param kind how it is given
 * @param startNs its start; 0 when there is none
 * @param endNs its end, or the instant; 0 when there is none
 * @param newestNs the latest data that may count, which step and offset put after the end
 */
record ReadWindow(Kind kind, long startNs, long endNs, long newestNs) {
  /** How a window is given. */
  enum Kind {
    /** The operation has none. */
    NONE,
    /** A start and an end. */
    RANGE,
    /** One instant. */
    INSTANT,
    /** It has an end, but one that only the upstream understands, or refuses. */
    UNREADABLE
  }

  private static final long SECOND = 1_000_000_000L;
  private static final long DEFAULT_POINTS = 250;
  private static final ReadWindow NONE = new ReadWindow(Kind.NONE, 0, 0, 0);
  private static final ReadWindow UNREADABLE = new ReadWindow(Kind.UNREADABLE, 0, 0, 0);

  /** Works out the window of a request made at {@code nowNs}. */
  static ReadWindow of(Operation operation, QueryParameters parameters, long nowNs) {
    if (operation.backend() == BackendKind.TEMPO) {
      return ofTempo(operation, parameters);
    }
    try {
      return switch (operation) {
        case LOKI_QUERY_RANGE, LOKI_LEGACY_QUERY, LOKI_INDEX_VOLUME_RANGE ->
            range(operation, parameters, nowNs);
        case LOKI_LABELS,
            LOKI_LABEL_VALUES,
            LOKI_SERIES,
            LOKI_INDEX_STATS,
            LOKI_INDEX_VOLUME,
            LOKI_PATTERNS,
            LOKI_DETECTED_LABELS,
            LOKI_DETECTED_FIELDS,
            LOKI_DETECTED_FIELD_VALUES -> {
          LokiTimes.Bounds bounds = LokiTimes.resolve(parameters, nowNs);
          yield new ReadWindow(Kind.RANGE, bounds.startNs(), bounds.endNs(), bounds.endNs());
        }
        case LOKI_QUERY -> instant(parameters, nowNs);
        default -> NONE;
      };
    } catch (BadTargetException e) {
      return UNREADABLE;
    }
  }

  /** Says whether the request itself names its end, rather than meaning now. */
  static boolean hasExplicitEnd(Operation operation, QueryParameters parameters) {
    String end = parameters.first(operation == Operation.LOKI_QUERY ? "time" : "end");
    return end != null && !end.isEmpty();
  }

  /** Returns the step in nanoseconds, Loki's default when it is not given; -1 when unreadable. */
  static long stepNs(QueryParameters parameters, long startNs, long endNs) {
    String step = parameters.first("step");
    if (step == null || step.isEmpty()) {
      return Math.max((endNs - startNs) / SECOND / DEFAULT_POINTS, 1) * SECOND;
    }
    try {
      return LokiDurations.parseStep(step);
    } catch (BadTargetException e) {
      return -1;
    }
  }

  private static ReadWindow range(Operation operation, QueryParameters parameters, long nowNs)
      throws BadTargetException {
    LokiTimes.Bounds bounds = LokiTimes.resolve(parameters, nowNs);
    String query = query(parameters);
    if (operation != Operation.LOKI_INDEX_VOLUME_RANGE && LogqlKind.isLog(query)) {
      return new ReadWindow(Kind.RANGE, bounds.startNs(), bounds.endNs(), bounds.endNs());
    }
    // Loki rounds the end of a metric query up to a multiple of the step when it splits it.
    long step = stepNs(parameters, bounds.startNs(), bounds.endNs());
    long newest = step < 0 ? Long.MAX_VALUE : later(bounds.endNs(), step);
    if (LogqlKind.mayLookAhead(query)) {
      newest = Long.MAX_VALUE;
    }
    return new ReadWindow(Kind.RANGE, bounds.startNs(), bounds.endNs(), newest);
  }

  private static ReadWindow instant(QueryParameters parameters, long nowNs)
      throws BadTargetException {
    String text = parameters.first("time");
    long time = text == null || text.isEmpty() ? nowNs : LokiTimes.parseNs("time", text);
    long newest = LogqlKind.mayLookAhead(query(parameters)) ? Long.MAX_VALUE : time;
    return new ReadWindow(Kind.INSTANT, time, time, newest);
  }

  /**
   * Reads what Tempo is given: seconds, or nanoseconds for metrics. {@code since} goes before
   * {@code end} there and means now. Anything else is left to Tempo.
   */
  private static ReadWindow ofTempo(Operation operation, QueryParameters parameters) {
    String text = parameters.first("end");
    String since = parameters.first("since");
    if (text == null || text.isEmpty() || (since != null && !since.isEmpty())) {
      return UNREADABLE;
    }
    boolean metrics =
        operation == Operation.TEMPO_METRICS_RANGE || operation == Operation.TEMPO_METRICS_INSTANT;
    try {
      long number = Long.parseLong(text);
      boolean seconds = !metrics || text.length() <= 10;
      long end = seconds ? Math.multiplyExact(number, SECOND) : number;
      long newest = end;
      if (operation == Operation.TEMPO_METRICS_RANGE) {
        // Tempo's frontend aligns start and end to the step.
        long step = parameters.has("step") ? stepNs(parameters, end, end) : 3600 * SECOND;
        newest = step < 0 ? Long.MAX_VALUE : later(end, step);
      }
      return new ReadWindow(Kind.RANGE, 0, end, newest);
    } catch (NumberFormatException | ArithmeticException e) {
      return UNREADABLE;
    }
  }

  private static String query(QueryParameters parameters) {
    String query = parameters.first("query");
    return query == null ? "" : query;
  }

  private static long later(long end, long step) {
    long sum = end + step;
    return sum < end ? Long.MAX_VALUE : sum;
  }
}
