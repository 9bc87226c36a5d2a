// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.http.QueryParameters;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class DemoLokiTest {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final Instant START = Instant.parse("2026-01-02T09:01:00Z");
  private static final DemoData DATA = DemoData.startingAt(START);
  private static final String ID = DemoData.NGINX_TRACE;

  private final DemoLoki loki = new DemoLoki(DATA, InstantSource.fixed(START));

  @ParameterizedTest
  @CsvSource({
    // Lines between start and end of the span; its window of ±2 s.
    "nginx, 0, 3",
    "nginx, 2, 5",
    "checkout, 0, 3",
    "checkout, 2, 5",
    // The ID is in structured metadata.
    "payments, 2, 0",
    // The ID is in upper case.
    "legacy, 2, 0",
  })
  void lineFilter_findsLinesOfTheSpan(String service, int shiftSeconds, int lines) {
    assertThat(query("{service_name=\"" + service + "\"} |= \"" + ID + "\"", service, shiftSeconds))
        .hasSize(lines);
  }

  @ParameterizedTest
  @CsvSource({"nginx, 3", "checkout, 3", "payments, 3", "legacy, 0"})
  void grafanasQuery_findsLinesOfTheSpan(String service, int lines) {
    String text =
        "{service_name=\""
            + service
            + "\"} | label_format log_line_contains_trace_id=`{{ contains \""
            + ID
            + "\" __line__  }}` | log_line_contains_trace_id=\"true\" or trace_id=\""
            + ID
            + '"';

    assertThat(query(text, service, 0)).hasSize(lines);
  }

  @Test
  void window_holdsOtherLinesToo() {
    // Without a filter there are lines of no trace and of the trace before.
    List<JsonNode> entries = query("{service_name=\"legacy\"}", "legacy", 2);

    assertThat(entries).hasSizeGreaterThan(DemoData.LINES_PER_SPAN + 3);
    assertThat(entries)
        .filteredOn(e -> e.path(1).asString().contains(ID.toUpperCase(Locale.ROOT)))
        .hasSize(DemoData.LINES_PER_SPAN);
  }

  private List<JsonNode> query(String query, String service, int shiftSeconds) {
    DemoSpan span =
        DATA.traces().get(0).spans().stream()
            .filter(each -> each.service().equals(service))
            .findAny()
            .orElseThrow();
    long shift = TimeUnit.SECONDS.toNanos(shiftSeconds);
    String parameters =
        QueryParameters.of(
                "query", query,
                "start", Long.toString(span.startNs() - shift),
                "end", Long.toString(span.endNs() + shift))
            .encode();
    JsonNode answer =
        MAPPER.readTree(FakeExchange.get(loki, "/loki/api/v1/query_range?" + parameters).body());
    var entries = new ArrayList<JsonNode>();
    answer.at("/data/result").forEach(e -> e.path("values").forEach(entries::add));
    return entries;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "labels | [\"cluster\",\"namespace\",\"pod\",\"service_name\"]",
        "label | [\"cluster\",\"namespace\",\"pod\",\"service_name\"]",
        "label/service_name/values | [\"checkout\",\"legacy\",\"nginx\",\"payments\"]",
        "label/namespace/values?query={service_name%3D\"legacy\"} | [\"batch\"]",
      })
  void names_areListed(String endpoint, String names) {
    assertThat(FakeExchange.get(loki, "/loki/api/v1/" + endpoint).body())
        .isEqualTo("{\"status\":\"success\",\"data\":" + names + "}\n");
  }

  @Test
  void noNames_leaveDataOut() {
    assertThat(FakeExchange.get(loki, "/loki/api/v1/label/absent/values").body())
        .isEqualTo("{\"status\":\"success\"}\n");
  }

  @Test
  void series_areUnitedAndSorted() {
    FakeExchange answer =
        FakeExchange.get(
            loki,
            "/loki/api/v1/series?match[]={service_name%3D\"nginx\"}"
                + "&match[]={service_name%3D\"legacy\",pod%3D\"legacy-0\"}");

    JsonNode data = MAPPER.readTree(answer.body()).path("data");
    assertThat(data.findValuesAsString("pod"))
        .containsExactly("legacy-0", "nginx-0", "nginx-1", "nginx-2");
  }

  @Test
  void detectedFields_sayWhereTheyAre() {
    String answer =
        FakeExchange.get(loki, "/loki/api/v1/detected_fields?query={service_name%3D\"payments\"}")
            .body();

    assertThat(answer)
        .startsWith("{\"fields\":[{\"label\":\"")
        .contains("{\"label\":\"span_id\",\"type\":\"string\",\"cardinality\":")
        .endsWith("],\"limit\":1000}\n");
    for (JsonNode field : MAPPER.readTree(answer).path("fields")) {
      boolean metadata =
          Set.of("detected_level", "trace_id", "span_id").contains(field.path("label").asString());
      assertThat(field.path("parsers").isNull()).as(field.toString()).isEqualTo(metadata);
    }
  }

  @Test
  void indexStats_count() {
    FakeExchange answer =
        FakeExchange.get(loki, "/loki/api/v1/index/stats?query={service_name%3D\"nginx\"}");

    JsonNode stats = MAPPER.readTree(answer.body());
    assertThat(stats.path("streams").asInt()).isEqualTo(3);
    assertThat(stats.path("entries").asInt()).isEqualTo(DemoData.TRACES * 8);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '\0',
      value = {
        "sum(count_over_time({service_name=~\".+\"}[5m])) ; 256",
        "sum by (namespace) (count_over_time({service_name=\"nginx\"} |= \"trace_id=none\"[5m])) ; 24",
        "count(sum by (service_name) (rate({service_name=~\".+\"}[1m]))) ; 4",
        "sum without (pod, detected_level) (bytes_over_time({service_name=\"absent\"}[5m])) ; ",
        "sum(rate({service_name=\"nginx\"}[5m])) * vector(0) ; 0",
      })
  void metricQuery_isEvaluated(String query, String value) {
    String target = "/loki/api/v1/query?" + QueryParameters.of("query", query).encode();

    JsonNode answer = MAPPER.readTree(FakeExchange.get(loki, target).body());

    assertThat(answer.at("/data/result/0/value/1").asString(""))
        .isEqualTo(value == null ? "" : value);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '\0',
      value = {
        "topk(1, rate({a=\"b\"}[1m])) ; the demo does not do `topk`",
        "rate({a=\"b\"} | unwrap x [1m]) ; the demo does not do",
        "sum(rate({service_name=\"nginx\"} | json [1h])) ; pipeline error: 'JSONParserErr'",
      })
  void otherMetricQuery_isRefused(String query, String message) {
    String target = "/loki/api/v1/query?" + QueryParameters.of("query", query).encode();

    FakeExchange answer = FakeExchange.get(loki, target);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).startsWith(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '\0',
      value = {
        "{a=\"b\"}|=\"c\" ; 200 ; {\"status\":\"success\",\"data\":\"{a=\\\"b\\\"}|=\\\"c\\\"\"}",
        "{a= ; 400 ; {\"status\":\"invalid-query\",\"error\":\"parse error at line 1, col 4:"
            + " syntax error: unexpected $end, expecting STRING\"}",
      })
  void formatQuery_checks(String query, int status, String body) {
    FakeExchange answer =
        FakeExchange.get(
            loki, "/loki/api/v1/format_query?" + QueryParameters.of("query", query).encode());

    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.body().strip()).isEqualTo(body);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{ | application/json | 400",
        "{\"streams\":[]} | application/json | 204",
        "{\"streams\":[{\"stream\":{},\"values\":[]}]} | application/json | 400",
        "{\"streams\":[{\"stream\":{\"a\":\"b\"},\"values\":[[1,\"x\"]]}]} | application/json | 400",
        "{\"streams\":[{\"stream\":{\"a\":\"b\"},\"values\":[[\"x\",\"x\"]]}]} | application/json |"
            + " 400",
        "x | application/x-protobuf | 400",
      })
  void push_isChecked(String body, String type, int status) {
    FakeExchange answer =
        FakeExchange.send(loki, "POST", "/loki/api/v1/push", body, "Content-Type", type);

    assertThat(answer.status()).isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource({"{\"app\":\"shop\"}, shop", "{\"x\":\"y\"}, unknown_service"})
  void pushedStream_getsServiceName(String stream, String service) {
    long now = START.minus(Duration.ofSeconds(1)).getEpochSecond() * 1_000_000_000L;
    String body =
        "{\"streams\":[{\"stream\":" + stream + ",\"values\":[[\"" + now + "\",\"pushed\"]]}]}";

    FakeExchange.send(loki, "POST", "/loki/api/v1/push", body, "Content-Type", "application/json");

    assertThat(FakeExchange.get(loki, "/loki/api/v1/label/service_name/values").body())
        .contains(service);
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /loki/api/v1/status/buildinfo, 200",
    "HEAD, /ready, 200",
    "DELETE, /loki/api/v1/query_range, 405",
    "GET, /loki/api/v1/query_range?query=%zz, 400",
    "GET, /loki/api/v1/query_range?query=%7Bservice.name%3D%22x%22%7D, 400",
    "GET, /loki/api/v1/query_range?query=%7Ba%3D%22x%22%7D&direction=up, 400",
    "GET, /loki/api/v1/query_range?query=%7Ba%3D%22x%22%7D&limit=0, 400",
    "GET, /loki/api/v1/query_range?query=%7Ba%3D%22x%22%7D&step=0, 400",
    "GET, /loki/api/v1/query_range?query=%7Ba%3D%22x%22%7D&step=1ms, 400",
    "GET, /loki/api/v1/tail?query=%7Ba%3D%22x%22%7D, 400",
    "GET, /loki/api/v1/detected_labels, 404",
    "GET, /, 404",
  })
  void request_hasStatus(String method, String target, int status) {
    assertThat(FakeExchange.send(loki, method, target, "").status()).isEqualTo(status);
  }
}
