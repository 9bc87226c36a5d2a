// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static io.spanway.it.ScriptGateway.header;
import static io.spanway.it.ScriptGateway.json;
import static io.spanway.it.ScriptLogs.TRACE;
import static io.spanway.it.ScriptLogs.entries;
import static io.spanway.it.ScriptLogs.lines;
import static io.spanway.it.ScriptLogs.range;
import static io.spanway.it.ScriptLogs.span;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.app.DemoApp;
import io.spanway.it.ScriptLogs.Entry;
import io.spanway.it.ScriptLogs.Span;
import java.net.http.HttpResponse;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Filters by fields that Loki does not have. */
final class VirtualFieldIT {
  private static final String UPPER = TRACE.toUpperCase(Locale.ROOT);
  private static final long HOUR = 3_600_000_000_000L;

  private static DemoApp demo;
  private static ScriptGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    demo = DemoApp.start(0, true, "test");
    gateway =
        ScriptGateway.start(
            demo.loki().getPort(),
            demo.tempo().getPort(),
            """
            derivedFields:
              - name: trace
                matcherRegex: '(?i)trace_?id[=:" ]+(\\w+)'
                idFormat: traceId
                url: 'https://t.example/${__value.raw}'
              - { name: span_id, matcherRegex: 'span=(\\w+)' }
              - { name: level, matcherRegex: '(GET|POST)' }
            """);
  }

  @AfterAll
  static void stop() {
    gateway.close();
    demo.close();
  }

  @BeforeEach
  void forget() {
    gateway.admin("DELETE", "/-/cache");
  }

  private static String target(String query) {
    Span root = span(gateway, TRACE, "nginx");
    return range(query, root.startNs() - HOUR, root.endNs() + HOUR, "limit", "1000");
  }

  @ParameterizedTest
  @CsvSource({"nginx", "legacy"})
  void filterButtonsQuery_findsTheRowsThatShowTheValue(String service) {
    String selector = "{service_name=\"" + service + "\"}";
    long shown =
        entries(gateway.get(target(selector))).stream()
            .filter(entry -> entry.labels().path("trace").asString("").equals(TRACE))
            .count();

    HttpResponse<String> answer = gateway.get(target(selector + " | trace=\"" + TRACE + '"'));

    assertThat(shown).isEqualTo(5);
    assertThat(lines(answer))
        .hasSize(5)
        .allMatch(line -> line.contains(TRACE) || line.contains(UPPER));
    assertThat(header(answer, "X-Spanway-Rewrite")).isEqualTo("virtual-field");
    assertThat(header(answer, "X-Spanway-Query")).contains("regexp");
    assertThat(header(answer, "X-Spanway-Warning")).isEmpty();
    for (Entry entry : entries(answer)) {
      // Loki has the value as the line has it now; the link is the ID's all the same.
      assertThat(entry.labels().path("trace_link").asString(""))
          .isEqualTo("https://t.example/" + TRACE);
    }
  }

  @Test
  void otherOperator_findsTheOthers() {
    String selector = "{service_name=\"legacy\"}";
    int all = lines(gateway.get(target(selector))).size();

    HttpResponse<String> answer = gateway.get(target(selector + " | trace!=\"" + TRACE + '"'));

    assertThat(lines(answer)).hasSize(all - 5).noneMatch(line -> line.contains(UPPER));
    assertThat(header(answer, "X-Spanway-Rewrite")).isEqualTo("virtual-field");
  }

  @Test
  void histogram_countsTheSameRows() {
    String query =
        "sum(count_over_time({service_name=\"legacy\"} | trace=\""
            + TRACE
            + "\" | drop __error__[1h]))";

    HttpResponse<String> answer = gateway.get(target(query) + "&step=3600");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(header(answer, "X-Spanway-Rewrite")).isEqualTo("virtual-field");
    double most = 0;
    for (JsonNode value : json(answer).path("data").path("result").path(0).path("values")) {
      most = Math.max(most, Double.parseDouble(value.path(1).asString()));
    }
    assertThat(most).isEqualTo(5);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '\0',
      value = {
        // A name of idFields, a field that Loki has, a label.
        "{service_name=\"payments\"} | span_id=\"1\"",
        "{service_name=\"nginx\"} | detected_level=\"info\"",
        "{service_name=\"nginx\"} | pod=\"nginx-0\"",
        "{service_name=\"nginx\"} |= \"trace\"",
      })
  void otherFilter_passesUntouched(String query) {
    HttpResponse<String> answer = gateway.get(target(query));

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(header(answer, "X-Spanway-Rewrite")).isEmpty();
  }

  @Test
  void explain_tellsWhatIsSent() {
    String query = "{service_name=\"nginx\"} | trace=\"" + TRACE + '"';

    JsonNode told =
        json(gateway.get(target(query).replace("/loki/api/v1/query_range", "/spanway/v1/explain")));

    assertThat(told.path("rule").asString()).isEqualTo("virtual-field");
    assertThat(told.path("outcome").asString()).isEqualTo("rewritten");
    assertThat(told.path("queries").path(0).asString()).contains(" | regexp ");
    assertThat(told.path("steps").toString())
        .contains("a filter by trace, which derivedFields find in lines");
  }

  @Test
  void lokiWithoutDetectedFields_parsesEveryLineAndSaysSo() {
    try (var upstreams = new CorrelatedUpstreams();
        ScriptGateway old =
            upstreams.gateway("derivedFields: [{ name: trace, matcherRegex: 'id=(\\w+)' }]\n")) {
      upstreams.loki.script(
          (request, connection) -> {
            if (CorrelatedUpstreams.path(request).endsWith("detected_fields")) {
              connection.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
            } else {
              CorrelatedUpstreams.json(
                  connection,
                  CorrelatedUpstreams.path(request).equals(CorrelatedUpstreams.LABELS)
                      ? "{\"status\":\"success\",\"data\":[\"app\"]}"
                      : CorrelatedUpstreams.streams(java.util.List.of()));
            }
          });

      HttpResponse<String> answer =
          old.get(
              range(
                  "{app=\"a\"} | trace=\"abc\"",
                  CorrelatedUpstreams.START,
                  CorrelatedUpstreams.END));

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(
              CorrelatedUpstreams.parameter(
                  CorrelatedUpstreams.asked(upstreams.loki, CorrelatedUpstreams.RANGE).get(0),
                  "query"))
          .isEqualTo("{app=\"a\"} | regexp \"id=(?P<trace>\\\\w+)\" | trace=\"abc\"");
      assertThat(header(answer, "X-Spanway-Warning"))
          .contains("trace may be one, so that every line was parsed");
    }
  }
}
