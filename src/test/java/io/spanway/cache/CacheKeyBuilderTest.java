// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import static io.spanway.cache.Requests.NOW;
import static io.spanway.cache.Requests.head;
import static io.spanway.cache.Requests.key;
import static io.spanway.cache.Requests.match;
import static io.spanway.cache.Requests.queryRange;
import static io.spanway.cache.Requests.trace;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.http.BadTargetException;
import io.spanway.http.QueryParameters;
import io.spanway.identity.Caller;
import io.spanway.identity.IdentityConfig;
import io.spanway.route.Operation;
import io.spanway.route.RouteMatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CacheKeyBuilderTest {
  private static final QueryParameters LOGS =
      QueryParameters.of("query", "{a=\"b\"}", "start", "1700000000", "end", "1700003600");

  @Test
  void sameRequest_hasTheSameKey() {
    assertThat(key(queryRange(), LOGS)).isEqualTo(key(queryRange(), LOGS));
    assertThat(key(queryRange(), LOGS)).hasSameHashCodeAs(key(queryRange(), LOGS));
    assertThat(key(queryRange(), LOGS, "X-Scope-OrgID", "b|a").tenant()).hasToString("a|b");
    assertThat(key(queryRange(), LOGS).operation()).isEqualTo(Operation.LOKI_QUERY_RANGE);
  }

  @Test
  void tenants_neverShare() {
    assertThat(key(queryRange(), LOGS, "X-Scope-OrgID", "a"))
        .isNotEqualTo(key(queryRange(), LOGS, "X-Scope-OrgID", "b"))
        .isNotEqualTo(key(queryRange(), LOGS, "X-Scope-OrgID", "a|b"))
        .isNotEqualTo(key(queryRange(), LOGS));
    assertThat(key(queryRange(), LOGS, "X-Scope-OrgID", "a|b"))
        .isEqualTo(key(queryRange(), LOGS, "X-Scope-OrgID", "b|a"));
  }

  @Test
  void ofSameTrace_isTheKeyOfTheSameQuestionOnBothPaths() {
    QueryParameters hinted = QueryParameters.of("start", "1", "end", "2");
    String id = "0".repeat(31) + "1";
    RouteMatch v1 = trace(Operation.TEMPO_TRACE_BY_ID, "1");
    RouteMatch v2 = trace(Operation.TEMPO_TRACE_BY_ID_V2, id);
    String[] tenant = {"X-Scope-OrgID", "a"};
    CacheKey json = key(v2, hinted, tenant);
    CacheKey protobuf = key(v2, hinted, "X-Scope-OrgID", "a", "Accept", "application/protobuf");

    assertThat(sameTrace(v1, hinted, tenant)).hasSize(4).contains(protobuf, json);
    assertThat(sameTrace(v2, hinted, tenant)).contains(key(v1, hinted, tenant));
    assertThat(sameTrace(v1, hinted, tenant).get(0).tenant()).isEqualTo(json.tenant());
    assertThat(sameTrace(v1, hinted, "X-Scope-OrgID", "b")).doesNotContain(json, protobuf);
    assertThat(sameTrace(v1, QueryParameters.empty(), tenant)).doesNotContain(json, protobuf);
  }

  @Test
  void ofSameTrace_isNoneWhereThePathsMayReadOtherwise() {
    RouteMatch v1 = trace(Operation.TEMPO_TRACE_BY_ID, "1");

    assertThat(sameTrace(v1, QueryParameters.of("q", "{}"))).isEmpty();
    assertThat(sameTrace(v1, QueryParameters.empty(), "Accept", "a/b", "Accept", "c/d")).isEmpty();
    assertThat(sameTrace(trace(Operation.TEMPO_TRACE_BY_ID, "x"), QueryParameters.empty()))
        .isEmpty();
    assertThat(sameTrace(queryRange(), QueryParameters.empty())).isEmpty();
  }

  private static List<CacheKey> sameTrace(
      RouteMatch match, QueryParameters parameters, String... namesAndValues) {
    return CacheKeyBuilder.ofSameTrace(
        match,
        parameters,
        head(namesAndValues),
        Caller.of(head(namesAndValues), IdentityConfig.DEFAULT),
        "upstream");
  }

  @Test
  void labelPolicies_shareAsEqualSetsOnly() {
    CacheKey both =
        key(queryRange(), LOGS, "X-Prom-Label-Policy", "a:1", "X-Prom-Label-Policy", "a:2");

    assertThat(both)
        .isEqualTo(
            key(queryRange(), LOGS, "X-Prom-Label-Policy", "a:2", "X-Prom-Label-Policy", "a:1"))
        .isNotEqualTo(key(queryRange(), LOGS, "X-Prom-Label-Policy", "a:1"))
        .isNotEqualTo(key(queryRange(), LOGS));
  }

  @ParameterizedTest
  @CsvSource({"Authorization", "Cookie", "X-Id-Token"})
  void credentials_neverShare(String name) {
    assertThat(key(queryRange(), LOGS, name, "1"))
        .isNotEqualTo(key(queryRange(), LOGS, name, "2"))
        .isNotEqualTo(key(queryRange(), LOGS));
  }

  @Test
  void configuredIdentityHeader_neverShares() {
    IdentityConfig config = new IdentityConfig(List.of("X-Grafana-User"));
    Map<String, CacheKey> byUser = new HashMap<>();
    for (String user : List.of("ann", "bob")) {
      var head = head("X-Grafana-User", user);
      byUser.put(
          user, CacheKeyBuilder.build(queryRange(), LOGS, head, Caller.of(head, config), "u", NOW));
    }

    assertThat(byUser.get("ann")).isNotEqualTo(byUser.get("bob"));
  }

  @Test
  void upstreamAndPathAndOperation_areInTheKey() {
    var head = head();
    Caller caller = Caller.of(head, IdentityConfig.DEFAULT);

    assertThat(CacheKeyBuilder.build(queryRange(), LOGS, head, caller, "u1", NOW))
        .isNotEqualTo(CacheKeyBuilder.build(queryRange(), LOGS, head, caller, "u2", NOW));
    assertThat(key(match(Operation.LOKI_LABELS, "/loki/api/v1/labels"), LOGS))
        .isNotEqualTo(key(match(Operation.LOKI_LABELS, "/api/prom/label"), LOGS))
        .isNotEqualTo(key(match(Operation.LOKI_SERIES, "/loki/api/v1/labels"), LOGS));
  }

  @ParameterizedTest
  @CsvSource({
    // spelled differently, the same window
    "start=1700000000&end=1700003600, start=1700000000000000000&end=1700003600.000, true",
    "start=1700000000&end=1700003600, end=2023-11-14T23:13:20Z&start=2023-11-14T22:13:20Z, true",
    "start=1700000000&end=1700003600, end=1700003600, true",
    "end=1700003600&since=30m, start=1700001800&end=1700003600&since=9h, true",
    "start=1700000000&end=1700003600&limit=5, limit=5&end=1700003600&start=1700000000, true",
    // not the same
    "start=1700000000&end=1700003600, start=1700000000&end=1700003601, false",
    "start=1700000000&end=1700003600, start=1700000000&end=1700003600&limit=100, false",
    "start=1700000000&end=1700003600, start=1700000000&end=1700003600&unknown=1, false",
    "start=1700000000&end=1700003600&a=1&a=2, start=1700000000&end=1700003600&a=2&a=1, false",
    "start=1700000000&end=1700003600&a=1, start=1700000000&end=1700003600&a=1&a=1, false",
    "start=x&end=1700003600, start=y&end=1700003600, false",
    "start=9&end=8, start=9&end=7, false",
  })
  void windowAndParameters_areComparedByMeaning(String one, String two, boolean same)
      throws BadTargetException {
    QueryParameters query = QueryParameters.of("query", "{a=\"b\"}");
    CacheKey first = key(queryRange(), query.then(QueryParameters.parse(one)));
    CacheKey second = key(queryRange(), query.then(QueryParameters.parse(two)));

    assertThat(first.equals(second)).isEqualTo(same);
  }

  @Test
  void windowWithoutEnd_isAnotherOneLater() {
    var head = head();
    Caller caller = Caller.of(head, IdentityConfig.DEFAULT);
    QueryParameters query = QueryParameters.of("query", "{a=\"b\"}", "since", "5m");

    assertThat(CacheKeyBuilder.build(queryRange(), query, head, caller, "u", NOW))
        .isNotEqualTo(CacheKeyBuilder.build(queryRange(), query, head, caller, "u", NOW + 1));
  }

  @Test
  void instant_isResolved() {
    RouteMatch instant = match(Operation.LOKI_QUERY, "/loki/api/v1/query");
    QueryParameters query = QueryParameters.of("query", "count_over_time({a=\"b\"}[5m])");

    assertThat(key(instant, query.with("time", "1700000000")))
        .isEqualTo(key(instant, query.with("time", "1700000000000000000")))
        .isNotEqualTo(key(instant, query.with("time", "1700000001")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{a=\"b\"}; 15s; 30s; true",
        "( # all\\n {a=\"b\"}); 15s; 30s; true",
        // Loki refuses these although a log query has no steps.
        "{a=\"b\"}; 15s; 0; false",
        "{a=\"b\"}; 15s; 1ms; false",
        "{a=\"b\"}; 15s; soon; false",
        "rate({a=\"b\"}[1m]); 15s; 30s; false",
        "'# {a=\"b\"}\\nrate({a=\"b\"}[1m])'; 15s; 30s; false",
      })
  void step_isLeftOutOfLogQueriesThatLokiTakes(String query, String a, String b, boolean same) {
    QueryParameters base = LOGS.with("query", query.replace("\\n", "\n"));

    assertThat(
            key(queryRange(), base.with("step", a)).equals(key(queryRange(), base.with("step", b))))
        .isEqualTo(same);
  }

  @Test
  void query_isTrimmedAndOtherwiseTakenAsItIs() {
    assertThat(key(queryRange(), LOGS))
        .isEqualTo(key(queryRange(), LOGS.with("query", " \n{a=\"b\"}\t")))
        .isNotEqualTo(key(queryRange(), LOGS.with("query", "{a= \"b\"}")));
  }

  @ParameterizedTest
  @CsvSource({
    "'a,b', 'b,a', true",
    "'a,b', 'b,a,b', true",
    "'a,b', 'a, b', false",
    "'a', 'a,b', false",
    "'categorize-labels', 'Categorize-Labels', false",
  })
  void encodingFlags_areASet(String one, String two, boolean same) {
    String name = "X-Loki-Response-Encoding-Flags";

    assertThat(key(queryRange(), LOGS, name, one).equals(key(queryRange(), LOGS, name, two)))
        .isEqualTo(same);
    assertThat(key(queryRange(), LOGS, name, one)).isNotEqualTo(key(queryRange(), LOGS));
  }

  @ParameterizedTest
  @CsvSource({
    "X-Query-Tags, Source=logvolhist, Source=logsample, true",
    "X-Query-Tags, Source=logvolhist, Source=datasample, false",
    "X-Query-Tags, Source=logvolhist, Source=grafana-lokiexplore-app, false",
    "X-Query-Tags, Source=datasample, Source=grafana-lokiexplore-app, false",
    "Accept, application/json, */*, true",
    "Accept, application/json, application/vnd.google.protobuf, false",
    "Accept, application/vnd.apache.parquet, application/vnd.google.protobuf, false",
    "Accept-Encoding, gzip, br, true",
    "X-Loki-Query-Limits, {}, {\"maxQueryLength\":\"1h\"}, false",
    "X-Loki-Query-Limits-Context, {\"from\":1}, {\"from\":2}, true",
    "X-Loki-Disable-Pipeline-Wrappers, true, false, false",
    "X-Panel-Id, 1, 2, true",
    "Cache-Control, no-cache, max-age=0, true",
  })
  void headers_areInTheKeyWhereTheyChangeTheAnswer(
      String name, String one, String two, boolean same) {
    assertThat(key(queryRange(), LOGS, name, one).equals(key(queryRange(), LOGS, name, two)))
        .isEqualTo(same);
  }

  @Test
  void secondLinesOfHeaders_areInTheKey() {
    for (String name : List.of("Accept", "X-Query-Tags", "X-Loki-Response-Encoding-Flags")) {
      assertThat(key(queryRange(), LOGS, name, "x", name, "datasample"))
          .isNotEqualTo(key(queryRange(), LOGS, name, "x"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "application/protobuf, 'text/plain, application/protobuf', true",
    "application/json, , true",
    "application/json, application/protobuf, false",
    "application/json, application/vnd.grafana.llm, false",
  })
  void tempoAccept_isSearchedForTypes(String one, String two, boolean same) {
    RouteMatch match = trace(Operation.TEMPO_TRACE_BY_ID_V2, "1");
    CacheKey first = key(match, QueryParameters.empty(), "Accept", one);
    CacheKey second =
        two == null
            ? key(match, QueryParameters.empty())
            : key(match, QueryParameters.empty(), "Accept", two);

    assertThat(first.equals(second)).isEqualTo(same);
  }

  @Test
  void traceIds_shareWhereTempoSeesTheSame() {
    CacheKey padded =
        key(
            trace(Operation.TEMPO_TRACE_BY_ID, "000000000000000000000000000000aB"),
            QueryParameters.empty());

    assertThat(key(trace(Operation.TEMPO_TRACE_BY_ID, "Ab"), QueryParameters.empty()))
        .isEqualTo(padded);
    assertThat(key(trace(Operation.TEMPO_TRACE_BY_ID, "ac"), QueryParameters.empty()))
        .isNotEqualTo(padded);
    assertThat(key(trace(Operation.TEMPO_TRACE_BY_ID_V2, "ab"), QueryParameters.empty()))
        .isNotEqualTo(padded);
    assertThat(key(trace(Operation.TEMPO_TRACE_BY_ID, "ab"), QueryParameters.of("start", "1")))
        .isNotEqualTo(padded);
    // Tempo refuses these; their answers are nobody else's.
    assertThat(key(trace(Operation.TEMPO_TRACE_BY_ID, "a-b"), QueryParameters.empty()))
        .isNotEqualTo(padded);
    assertThat(
            key(trace(Operation.TEMPO_TRACE_BY_ID, "0".repeat(31) + "ab"), QueryParameters.empty()))
        .isNotEqualTo(padded);
  }

  @Test
  void delimitersInsideValues_makeNoCollision() {
    // Few letters, so that joined texts would soon be equal.
    String letters = "ab&=|.,;\0\n#%";
    SplittableRandom random = new SplittableRandom(20_260_101);
    Map<CacheKey, List<String>> seen = new HashMap<>();
    for (int round = 0; round < 30_000; round++) {
      List<String> parts = new ArrayList<>();
      int count = 2 * random.nextInt(1, 4);
      for (int i = 0; i < count; i++) {
        StringBuilder text = new StringBuilder(i % 2 == 0 ? "p" : "");
        int length = random.nextInt(4);
        for (int j = 0; j < length; j++) {
          text.append(letters.charAt(random.nextInt(letters.length())));
        }
        parts.add(text.toString());
      }
      // A key does not tell the order of different names apart, nor should it.
      List<List<String>> meaning = new ArrayList<>();
      QueryParameters parameters = QueryParameters.of(parts.toArray(new String[0]));
      parameters.names().stream()
          .sorted()
          .forEach(
              name -> {
                List<String> entry = new ArrayList<>(List.of(name));
                entry.addAll(parameters.all(name));
                meaning.add(entry);
              });
      List<String> flat = List.of(meaning.toString(), String.valueOf(meaning.hashCode()));
      List<String> before =
          seen.putIfAbsent(key(match(Operation.LOKI_FORMAT_QUERY, "/f"), parameters), flat);
      assertThat(before == null || before.equals(flat)).as("round %s: %s", round, parts).isTrue();
    }
    assertThat(seen).hasSizeGreaterThan(20_000);
  }

  @Test
  void partsMovedBetweenFields_makeNoCollision() {
    String[][] splits = {
      {"a", "b=c"}, {"a=b", "c"}, {"a", "b&c"}, {"a&b", "c"}, {"ab", ""}, {"", "ab"}, {"a", "b"}
    };
    for (String[] one : splits) {
      for (String[] two : splits) {
        assertThat(
                key(queryRange(), QueryParameters.of(one))
                    .equals(key(queryRange(), QueryParameters.of(two))))
            .isEqualTo(one == two);
      }
    }
    assertThat(key(queryRange(), LOGS, "X-Scope-OrgID", "a", "Cookie", ""))
        .isNotEqualTo(key(queryRange(), LOGS, "X-Scope-OrgID", "", "Cookie", "a"));
    assertThat(key(queryRange(), QueryParameters.of("query", "\ud800")))
        .isNotEqualTo(key(queryRange(), QueryParameters.of("query", "?")))
        .isNotEqualTo(key(queryRange(), QueryParameters.of("query", "\ud801")));
  }

  @Test
  void text_isTheDigestAlone() {
    assertThat(key(queryRange(), LOGS, "Authorization", "geheim").toString())
        .hasSize(64)
        .doesNotContain("geheim");
  }
}
