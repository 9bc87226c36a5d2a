// SPDX-License-Identifier: Apache-2.0
package io.spanway.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.http.QueryParameters;
import io.spanway.route.Operation;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class QueryLimitsTest {
  private static final long NOW = 1_800_000_000_000_000_000L;
  private static final QueryLimits LIMITS = new QueryLimits(5000, Duration.ofDays(30), 11_000, 50);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "LOKI_QUERY_RANGE | limit=2147483647 | limit is too large (expected: at most"
            + " limits.maxLimit, 5000)",
        "LOKI_QUERY_RANGE | limit=5001 | limit is too large (expected: at most limits.maxLimit,"
            + " 5000)",
        "LOKI_QUERY_RANGE | limit=99999999999999999999999999 | limit is too large (expected: at"
            + " most limits.maxLimit, 5000)",
        "LOKI_LEGACY_QUERY | limit=5001 | limit is too large (expected: at most limits.maxLimit,"
            + " 5000)",
        "LOKI_QUERY | limit=5001 | limit is too large (expected: at most limits.maxLimit, 5000)",
        "TEMPO_SEARCH | limit=2147483647 | limit is too large (expected: at most limits.maxLimit,"
            + " 5000)",
        "TEMPO_SEARCH | limit=20&spss=5001 | spss is too large (expected: at most limits.maxLimit,"
            + " 5000)",
        "TEMPO_TAG_VALUES | limit=5001 | limit is too large (expected: at most limits.maxLimit,"
            + " 5000)",
        "LOKI_QUERY_RANGE | start=1484640000&end=1800000000 | the time from start to end is too"
            + " long (expected: at most limits.maxRange, 30d)",
        "LOKI_QUERY_RANGE | since=10y | the time from start to end is too long (expected: at most"
            + " limits.maxRange, 30d)",
        "TEMPO_SEARCH | start=1484640000&end=1800000000 | the time from start to end is too long"
            + " (expected: at most limits.maxRange, 30d)",
        "TEMPO_METRICS_RANGE | start=1799996400000000000&end=1800000000000000000&step=1ns | step is"
            + " too short for the time from start to end (expected: at most limits.maxPoints, 11000"
            + " steps)",
        "LOKI_QUERY_RANGE | start=1799996400&end=1800000000&step=0.0001 | step is too short for the"
            + " time from start to end (expected: at most limits.maxPoints, 11000 steps)",
      })
  void queryThatAsksForTooMuch_isTold(Operation operation, String query, String refusal)
      throws Exception {
    assertThat(LIMITS.refusal(operation, QueryParameters.parse(query), NOW)).isEqualTo(refusal);
  }

  @ParameterizedTest
  @CsvSource({
    "LOKI_QUERY_RANGE, limit=5000&start=1799996400&end=1800000000&step=1",
    "LOKI_QUERY_RANGE, limit=-1",
    "LOKI_QUERY_RANGE, limit=many&start=x&step=y",
    "LOKI_QUERY_RANGE, start=1799996400&end=1800000000&step=0",
    "TEMPO_SEARCH, limit=20&start=1799996400&end=1800000000",
    "TEMPO_SEARCH, start=1484640000",
    "TEMPO_METRICS_RANGE, start=1799996400&end=1800000000&step=15s",
    "LOKI_LABELS, start=0&end=1800000000",
    "LOKI_SERIES, limit=2147483647",
  })
  void everythingElse_isLeftToTheUpstream(Operation operation, String query) throws Exception {
    assertThat(LIMITS.refusal(operation, QueryParameters.parse(query), NOW)).isNull();
  }

  @Test
  void rangeOfZero_isAny() throws Exception {
    assertThat(
            new QueryLimits(1, Duration.ZERO, 1, 1)
                .refusal(
                    Operation.LOKI_QUERY_RANGE,
                    QueryParameters.parse("start=1484640000&end=1800000000"),
                    NOW))
        .isNull();
  }
}
