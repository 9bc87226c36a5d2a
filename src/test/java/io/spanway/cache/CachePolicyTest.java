// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import static io.spanway.cache.Requests.NOW;
import static io.spanway.cache.Requests.SECOND;
import static io.spanway.cache.Requests.caller;
import static io.spanway.cache.Requests.head;
import static io.spanway.cache.Requests.match;
import static io.spanway.cache.Requests.queryRange;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.http.QueryParameters;
import io.spanway.identity.Caller;
import io.spanway.route.Operation;
import io.spanway.units.DataSize;
import io.spanway.units.DurationText;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CachePolicyTest {
  private static final CachePolicy POLICY = new CachePolicy(CacheConfig.DEFAULT);
  private static final AnswerFacts DATA = new AnswerFacts(200, true, false, 0);
  private static final AnswerFacts EMPTY = new AnswerFacts(200, true, true, 0);

  @ParameterizedTest
  @CsvSource({
    // operation, age of the end, with data, empty
    "LOKI_QUERY_RANGE, 0s, 2s, 2s",
    "LOKI_QUERY_RANGE, 9m59s, 2s, 2s",
    "LOKI_QUERY_RANGE, 10m, 30s, 3s",
    "LOKI_QUERY_RANGE, 59m, 30s, 3s",
    "LOKI_QUERY_RANGE, 1h, 5m, 30s",
    "LOKI_QUERY_RANGE, 24h, 1h, 1m",
    "LOKI_QUERY_RANGE, 7d, 1d, 1m",
    "LOKI_LEGACY_QUERY, 1h, 5m, 30s",
    "LOKI_LABELS, 0s, 1m, 1m",
    "LOKI_LABELS, 24h, 1h, 1h",
    "LOKI_LABEL_VALUES, 24h, 1h, 1h",
    "LOKI_SERIES, 23h, 1m, 1m",
    "LOKI_SERIES, 24h, 1h, 1h",
    "LOKI_PATTERNS, 24h, 1m, 1m",
    "LOKI_DETECTED_LABELS, 24h, 1m, 1m",
    "LOKI_DETECTED_FIELDS, 0s, 1m, 1m",
    "LOKI_DETECTED_FIELD_VALUES, 24h, 1m, 1m",
    "LOKI_INDEX_STATS, 9m, 2s, 2s",
    "LOKI_INDEX_STATS, 10m, 5m, 5m",
    "LOKI_INDEX_VOLUME, 10m, 5m, 5m",
    "LOKI_INDEX_VOLUME_RANGE, 11m, 5m, 5m",
    "TEMPO_SEARCH, 29m, 0, 0",
    "TEMPO_SEARCH, 30m, 1m, 1m",
    "TEMPO_TAGS, 30m, 1m, 1m",
    "TEMPO_TAG_VALUES, 30m, 1m, 1m",
    "TEMPO_METRICS_INSTANT, 30m, 1m, 1m",
    "TEMPO_METRICS_RANGE, 30m, 0, 0",
    "TEMPO_METRICS_RANGE, 90m, 1m, 1m",
    "LOKI_BUILDINFO, 0s, 1m, 1m",
    "LOKI_DRILLDOWN_LIMITS, 0s, 1m, 1m",
    "LOKI_FORMAT_QUERY, 0s, 1m, 1m",
    "TEMPO_STATUS, 0s, 1m, 1m",
    "LOKI_INDEX_SHARDS, 24h, 0, 0",
    "LOKI_OTHER, 24h, 0, 0",
    "LOKI_DELETE, 24h, 0, 0",
  })
  void ttl_followsTheTable(Operation operation, String age, String data, String empty) {
    long end = NOW - DurationText.parse(age).toNanos();
    QueryParameters parameters =
        QueryParameters.of(
            "query", "{a=\"b\"}", "start", seconds(end - 60 * SECOND), "end", seconds(end));

    assertThat(POLICY.ttl(operation, parameters, DATA, NOW)).isEqualTo(DurationText.parse(data));
    assertThat(POLICY.ttl(operation, parameters, EMPTY, NOW)).isEqualTo(DurationText.parse(empty));
  }

  @ParameterizedTest
  @CsvSource({
    "TEMPO_TRACE_BY_ID, 404, true, true, 0s, 2s",
    "TEMPO_TRACE_BY_ID_V2, 404, true, true, 0s, 0",
    "TEMPO_TRACE_BY_ID_V2, 200, true, true, 2h, 2s",
    "TEMPO_TRACE_BY_ID_V2, 200, false, false, 2h, 2s",
    "TEMPO_TRACE_BY_ID_V2, 200, true, false, 29m, 5s",
    "TEMPO_TRACE_BY_ID_V2, 200, true, false, 30m, 10m",
    "TEMPO_TRACE_BY_ID, 200, true, false, 24h, 1h",
    "TEMPO_TRACE_BY_ID, 500, true, false, 24h, 0",
    "TEMPO_TRACE_BY_ID, 422, true, false, 24h, 0",
  })
  void traceTtl_followsTheTable(
      Operation operation, int status, boolean complete, boolean empty, String age, String ttl) {
    long newest = NOW - DurationText.parse(age).toNanos();

    assertThat(
            POLICY.ttl(
                operation,
                QueryParameters.empty(),
                new AnswerFacts(status, complete, empty, newest),
                NOW))
        .isEqualTo(DurationText.parse(ttl));
  }

  @Test
  void traceOfUnknownEnd_isRecent() {
    assertThat(POLICY.ttl(Operation.TEMPO_TRACE_BY_ID, QueryParameters.empty(), DATA, NOW))
        .isEqualTo(Duration.ofSeconds(5));
  }

  @ParameterizedTest
  @ValueSource(ints = {204, 206, 304, 400, 401, 403, 404, 429, 500, 502, 503})
  void failures_areNotStored(int status) {
    assertThat(
            POLICY.ttl(
                Operation.LOKI_QUERY_RANGE, old(), new AnswerFacts(status, true, false, 0), NOW))
        .isZero();
  }

  @Test
  void answersThatWarnOrMissJobs_areNotStored() {
    AnswerFacts partial = new AnswerFacts(200, false, false, 0);

    assertThat(POLICY.ttl(Operation.LOKI_QUERY_RANGE, old(), partial, NOW)).isZero();
    assertThat(POLICY.ttl(Operation.TEMPO_SEARCH, old(), partial, NOW)).isZero();
  }

  @Test
  void windowInTheFuture_isFresh() {
    QueryParameters future =
        QueryParameters.of("query", "{a=\"b\"}", "end", seconds(NOW + 3600 * SECOND));

    assertThat(POLICY.ttl(Operation.LOKI_QUERY_RANGE, future, DATA, NOW))
        .isEqualTo(Duration.ofSeconds(2));
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, -1, 0, 1, Long.MAX_VALUE})
  void anyClock_givesATimeWithinBounds(long now) {
    for (Operation operation : Operation.values()) {
      for (long newest : new long[] {Long.MIN_VALUE, 0, 1, NOW, Long.MAX_VALUE}) {
        AnswerFacts facts = new AnswerFacts(200, true, false, newest);
        assertThat(POLICY.ttl(operation, old(), facts, now))
            .isBetween(Duration.ZERO, Duration.ofDays(1));
      }
    }
  }

  @Test
  void windowWithoutItsOwnEnd_isNotStored() {
    QueryParameters query = QueryParameters.of("query", "{a=\"b\"}");

    assertThat(POLICY.ttl(Operation.LOKI_QUERY_RANGE, query, DATA, NOW)).isZero();
    assertThat(POLICY.ttl(Operation.LOKI_QUERY_RANGE, query.with("end", "x"), DATA, NOW)).isZero();
    assertThat(POLICY.ttl(Operation.LOKI_QUERY, query, DATA, NOW)).isZero();
    assertThat(POLICY.ttl(Operation.TEMPO_SEARCH, query, DATA, NOW)).isZero();
    assertThat(
            POLICY.ttl(
                Operation.TEMPO_SEARCH,
                QueryParameters.of("end", "1700000000", "since", "1h"),
                DATA,
                NOW))
        .isZero();
  }

  @Test
  void instantQuery_isAsOldAsItsTime() {
    QueryParameters query =
        QueryParameters.of("query", "rate({a=\"b\"}[5m])", "time", seconds(NOW - 7200 * SECOND));

    assertThat(POLICY.ttl(Operation.LOKI_QUERY, query, DATA, NOW)).isEqualTo(Duration.ofMinutes(5));
    assertThat(
            POLICY.ttl(
                Operation.LOKI_QUERY,
                query.with("query", "rate({a=\"b\"}[5m] offset -2h)"),
                DATA,
                NOW))
        .isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void metricRange_isAsYoungAsItsRoundedEnd() {
    QueryParameters query =
        QueryParameters.of(
            "query", "rate({a=\"b\"}[5m])",
            "start", seconds(NOW - 7200 * SECOND),
            "end", seconds(NOW - 900 * SECOND));

    assertThat(POLICY.ttl(Operation.LOKI_QUERY_RANGE, query.with("step", "60s"), DATA, NOW))
        .isEqualTo(Duration.ofSeconds(30));
    assertThat(POLICY.ttl(Operation.LOKI_QUERY_RANGE, query.with("step", "10m"), DATA, NOW))
        .isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void configuredTimes_areUsed() {
    CacheConfig config =
        new CacheConfig(
            DataSize.mib(1),
            DataSize.mib(1),
            50,
            Duration.ofSeconds(9),
            Duration.ofHours(3),
            Duration.ZERO,
            CacheConfig.Ttl.DEFAULT);
    QueryParameters parameters =
        QueryParameters.of("query", "{a=\"b\"}", "end", seconds(NOW - 7200 * SECOND));

    assertThat(new CachePolicy(config).ttl(Operation.LOKI_QUERY_RANGE, parameters, DATA, NOW))
        .isEqualTo(Duration.ofSeconds(9));
  }

  @ParameterizedTest
  @EnumSource(
      value = Operation.class,
      mode = EnumSource.Mode.INCLUDE,
      names = {
        "LOKI_TAIL",
        "LOKI_PUSH",
        "LOKI_DELETE",
        "LOKI_RULES",
        "LOKI_ADMIN",
        "LOKI_OTHER",
        "LOKI_READY",
        "LOKI_INDEX_SHARDS",
        "TEMPO_GRPC_SEARCH",
        "TEMPO_OVERRIDES",
        "TEMPO_MCP",
        "TEMPO_ECHO",
        "TEMPO_OTHER",
        "TEMPO_ADMIN",
        "UNKNOWN"
      })
  void operationsThatAreNoKnownReads_bypass(Operation operation) {
    assertThat(POLICY.use(match(operation, "/x"), "GET", head(), caller()).bypass())
        .isEqualTo(BypassReason.OPERATION);
  }

  @Test
  void ofTempoStatusPages_onlyBuildInfoIsCached() {
    assertThat(
            POLICY
                .use(
                    match(Operation.TEMPO_STATUS, "/api/status/buildinfo"), "GET", head(), caller())
                .isCacheable())
        .isTrue();
    assertThat(
            POLICY
                .use(match(Operation.TEMPO_STATUS, "/status/config"), "GET", head(), caller())
                .bypass())
        .isEqualTo(BypassReason.OPERATION);
  }

  @ParameterizedTest
  @CsvSource({
    "GET, , , ",
    "GET, Content-Length, 0, ",
    "GET, Content-Length, 5, METHOD",
    "GET, Transfer-Encoding, chunked, METHOD",
    "HEAD, , , METHOD",
    "PUT, , , METHOD",
    "POST, , , METHOD",
    "POST, Content-Type, application/json, METHOD",
    "POST, Content-Type, application/x-www-form-urlencoded; charset=utf-8, ",
    "GET, Cache-Control, no-store, NO_STORE",
    "GET, Cache-Control, 'no-cache, no-store', NO_STORE",
    "GET, FromAlert, true, ALERT",
    "GET, Range, bytes=0-9, PARTIAL_REQUEST",
    "GET, If-None-Match, x, PARTIAL_REQUEST",
    "GET, X-Scope-OrgID, a/b, IDENTITY",
  })
  void requests_bypassForAReason(String method, String name, String value, BypassReason reason) {
    var head = name == null ? head() : head(name, value);
    Caller caller = name == null ? caller() : caller(name, value);

    CachePolicy.Use use = POLICY.use(queryRange(), method, head, caller);

    assertThat(use.bypass()).isEqualTo(reason);
    assertThat(use.isCacheable()).isEqualTo(reason == null);
  }

  @Test
  void postWhereNoFormIsRead_bypasses() {
    var head = head("Content-Type", "application/x-www-form-urlencoded");

    assertThat(
            POLICY
                .use(match(Operation.TEMPO_SEARCH, "/api/search"), "POST", head, caller())
                .bypass())
        .isEqualTo(BypassReason.METHOD);
  }

  @ParameterizedTest
  @CsvSource({"no-cache, true", "max-age=0, true", "max-age=60, false"})
  void requestsThatWantItAnew_refresh(String value, boolean refresh) {
    CachePolicy.Use use = POLICY.use(queryRange(), "GET", head("Cache-Control", value), caller());

    assertThat(use.isCacheable()).isTrue();
    assertThat(use.refresh()).isEqualTo(refresh);
  }

  @Test
  void cacheSwitchedOff_bypassesAll() {
    CacheConfig off =
        new CacheConfig(
            new DataSize(0),
            DataSize.mib(1),
            50,
            Duration.ZERO,
            Duration.ZERO,
            Duration.ZERO,
            CacheConfig.Ttl.DEFAULT);

    assertThat(new CachePolicy(off).use(queryRange(), "GET", head(), caller()).bypass())
        .isEqualTo(BypassReason.OFF);
  }

  private static QueryParameters old() {
    return QueryParameters.of("query", "{a=\"b\"}", "start", "1600000000", "end", "1600000100");
  }

  private static String seconds(long ns) {
    return Long.toString(ns / SECOND);
  }
}
