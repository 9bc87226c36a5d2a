// SPDX-License-Identifier: Apache-2.0
package io.spanway.plan;

import io.spanway.http.BadTargetException;
import io.spanway.http.LokiDurations;
import io.spanway.http.LokiTimes;
import io.spanway.http.QueryParameters;
import io.spanway.route.Operation;
import io.spanway.units.DurationText;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a query may ask of an upstream. Loki has such limits of its own, which may be lower; Tempo's
 * searches have had none for what they return (CVE-2026-21728). What cannot be read is not judged:
 * the upstream says what is wrong with it.
 *
 * @param maxLimit the largest number that may be asked for in {@code limit} and {@code spss}
 * @param maxRange the longest time from start to end; zero for any
 * @param maxPoints the most steps between start and end of a metric query
 * @param maxQueryLength the most bytes of a query in UTF-8, and of a selector
 */
public record QueryLimits(long maxLimit, Duration maxRange, long maxPoints, long maxQueryLength) {
  private static final int MOST_DIGITS = 18;
  private static final List<ShortUnit> SHORT_UNITS =
      List.of(new ShortUnit("ns", 1), new ShortUnit("us", 1000), new ShortUnit("µs", 1000));
  private static final List<String> QUERIES = List.of("query", "q", "match[]", "match");
  private static final long SECOND = 1_000_000_000L;

  /** Tempo reads times of up to this many as seconds, longer ones as nanoseconds. */
  private static final long MOST_SECONDS = 100_000_000_000L;

  /** Returns what a client is told whose query asks for too much; null for all others. */
  @Nullable String refusal(Operation operation, QueryParameters parameters, long nowNs) {
    for (String name : QUERIES) {
      for (String query : parameters.all(name)) {
        if (isLong(query)) {
          return name
              + " is too long (expected: at most limits.maxQueryLength, "
              + maxQueryLength
              + " bytes)";
        }
      }
    }
    return switch (operation) {
      case LOKI_QUERY_RANGE, LOKI_LEGACY_QUERY -> {
        String number = number("limit", parameters);
        yield number != null ? number : range(lokiRange(parameters, nowNs), parameters);
      }
      case TEMPO_SEARCH -> {
        String number = number("limit", parameters);
        number = number != null ? number : number("spss", parameters);
        yield number != null ? number : range(tempoRange(parameters), null);
      }
      case TEMPO_METRICS_RANGE -> range(tempoRange(parameters), parameters);
      case LOKI_QUERY, TEMPO_TAGS, TEMPO_TAG_VALUES -> number("limit", parameters);
      default -> null;
    };
  }

  private boolean isLong(String query) {
    // A char is one to three bytes, so that most need no counting.
    return query.length() > maxQueryLength
        || (query.length() > maxQueryLength / 3
            && query.getBytes(StandardCharsets.UTF_8).length > maxQueryLength);
  }

  private @Nullable String number(String name, QueryParameters parameters) {
    String text = parameters.first(name);
    if (text == null || text.isEmpty() || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return null;
    }
    // Longer ones are beyond any limit, whatever their digits.
    return text.length() <= MOST_DIGITS && Long.parseLong(text) <= maxLimit
        ? null
        : name + " is too large (expected: at most limits.maxLimit, " + maxLimit + ")";
  }

  /** Returns the time that is asked for in nanoseconds, -1 when it cannot be read. */
  private static double lokiRange(QueryParameters parameters, long nowNs) {
    try {
      LokiTimes.Bounds bounds = LokiTimes.resolve(parameters, nowNs);
      return (double) bounds.endNs() - bounds.startNs();
    } catch (BadTargetException e) {
      return -1;
    }
  }

  private static double tempoRange(QueryParameters parameters) {
    double start = tempoTime(parameters.first("start"));
    double end = tempoTime(parameters.first("end"));
    return start < 0 || end < 0 ? -1 : end - start;
  }

  private static double tempoTime(@Nullable String text) {
    if (text == null
        || text.isEmpty()
        || text.length() > MOST_DIGITS + 1
        || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return -1;
    }
    double time = Double.parseDouble(text);
    return time <= MOST_SECONDS ? time * SECOND : time;
  }

  private @Nullable String range(double nanos, @Nullable QueryParameters stepped) {
    if (!maxRange.isZero() && nanos > maxRange.toNanos()) {
      return "the time from start to end is too long (expected: at most limits.maxRange, "
          + DurationText.format(maxRange)
          + ")";
    }
    String step = stepped == null ? null : stepped.first("step");
    if (step == null || step.isEmpty()) {
      return null;
    }
    try {
      long stepNs = stepNs(step);
      return stepNs <= 0 || nanos / stepNs <= maxPoints
          ? null
          : "step is too short for the time from start to end (expected: at most"
              + " limits.maxPoints, "
              + maxPoints
              + " steps)";
    } catch (BadTargetException e) {
      return null;
    }
  }

  /** Reads a step as Loki does; those of Go that Tempo takes besides matter when they are short. */
  private static long stepNs(String step) throws BadTargetException {
    for (ShortUnit unit : SHORT_UNITS) {
      if (step.endsWith(unit.name())) {
        String digits = step.substring(0, step.length() - unit.name().length());
        if (!digits.isEmpty()
            && digits.length() <= MOST_DIGITS - 3
            && digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
          return Long.parseLong(digits) * unit.nanos();
        }
      }
    }
    return LokiDurations.parseStep(step);
  }

  private record ShortUnit(String name, long nanos) {}
}
