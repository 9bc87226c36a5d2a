// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static io.spanway.it.ScriptGateway.header;
import static io.spanway.it.ScriptLogs.TRACE;
import static io.spanway.it.ScriptLogs.g4;
import static io.spanway.it.ScriptLogs.lines;
import static io.spanway.it.ScriptLogs.range;
import static io.spanway.it.ScriptLogs.span;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.app.DemoApp;
import io.spanway.http.QueryParameters;
import io.spanway.it.ScriptLogs.Span;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The histogram above a span's lines counts those lines. */
final class VolumeIT {
  private static final long MILLISECOND = 1_000_000L;
  private static final long SECOND = 1_000_000_000L;

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
            tracesToLogsV2:
              spanStartTimeShift: '-2s'
              spanEndTimeShift: '2s'
              filterBySpanID: true
              tags: [{ key: service.name, value: service_name }]
            """);
  }

  @AfterAll
  static void stop() {
    gateway.close();
    demo.close();
  }

  private static String volume(String expr) {
    return "sum by (level, detected_level) (count_over_time(" + expr + " | drop __error__[1s]))";
  }

  private static String target(String query, Span span, String... more) {
    return range(
        query,
        span.startNs() / MILLISECOND * MILLISECOND,
        span.endNs() / MILLISECOND * MILLISECOND,
        more);
  }

  private static double counted(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    double sum = 0;
    for (JsonNode series : ScriptGateway.json(answer).path("data").path("result")) {
      for (JsonNode value : series.path("values")) {
        sum += Double.parseDouble(value.path(1).asString());
      }
    }
    return sum;
  }

  private static String query(String form, Span span) {
    String selector = "{service_name=\"" + span.service() + "\"}";
    return switch (form) {
      case "g2" -> selector + " |=\"" + TRACE + '"';
      case "g4" -> g4(selector, TRACE);
      case "g5" -> selector + " | logfmt | json | drop __error__ | trace_id=\"" + TRACE + '"';
      case "g5-span" -> query("g5", span) + " | span_id=\"" + span.spanId() + '"';
      default -> "{__trace_id__=\"" + TRACE + "\", __span_id__=\"" + span.spanId() + "\"}";
    };
  }

  @ParameterizedTest
  @CsvSource({
    "g2, nginx, grafana-g2",
    "g2, legacy, grafana-g2",
    "g4, nginx, grafana-g4",
    "g4, payments, grafana-g4",
    "g5, checkout, grafana-g5",
    "g5, payments, grafana-g5",
    // nginx writes no span IDs: rows are the whole trace's, and so are the bars.
    "g5-span, nginx, grafana-g5",
    "g5-span, payments, grafana-g5",
    "marker, nginx, marker",
    "marker, payments, marker",
  })
  void volume_countsTheRows(String form, String service, String rule) {
    Span span = span(gateway, TRACE, service);
    String query = query(form, span);

    HttpResponse<String> rows = gateway.get(target(query, span, "limit", "1000"));
    HttpResponse<String> bars = gateway.get(target(volume(query), span, "step", "1000ms"));

    assertThat(lines(rows)).hasSize(5);
    assertThat(counted(bars)).isEqualTo(5);
    assertThat(header(bars, "X-Spanway-Rewrite")).isEqualTo(rule);
    assertThat(header(bars, "X-Spanway-Query")).startsWith("sum by (level").contains("__t=");
    String[] window = header(bars, "X-Spanway-Window").split("/", 2);
    long start = Long.parseLong(window[0]);
    long end = Long.parseLong(window[1]);
    assertThat(start % SECOND).isZero();
    assertThat(end % SECOND).isZero();
    assertThat(start).isBetween(span.startNs() - 4 * SECOND, span.startNs() - 2 * SECOND);
    assertThat(end).isBetween(span.endNs() + 2 * SECOND, span.endNs() + 4 * SECOND);
  }

  @Test
  void volumeOfAPage_keepsItsWindow() {
    Span span = span(gateway, TRACE, "nginx");
    long start = span.startNs() / MILLISECOND * MILLISECOND;
    String target = range(volume(query("g4", span)), start, start + SECOND, "step", "1s");

    HttpResponse<String> bars = gateway.get(target, "X-Query-Tags", "Source=infinitescroll");

    assertThat(header(bars, "X-Spanway-Window")).isEqualTo(start + "/" + (start + SECOND));
  }

  @Test
  void instantQuery_keepsItsTime() {
    Span span = span(gateway, TRACE, "payments");
    String time = Long.toString(span.endNs() + 2 * SECOND);
    String target =
        "/loki/api/v1/query?"
            + QueryParameters.of(
                    "query",
                    "sum(count_over_time(" + query("marker", span) + "[1h]))",
                    "time",
                    time)
                .encode();

    HttpResponse<String> answer = gateway.get(target);

    assertThat(answer.body()).contains("\"5\"");
    assertThat(header(answer, "X-Spanway-Rewrite")).isEqualTo("marker");
    assertThat(header(answer, "X-Spanway-Window")).isEqualTo(time + "/" + time);
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "POST"})
  void interval_isAskedInOneQuery(String method) {
    Span span = span(gateway, TRACE, "payments");
    String target = target(query("g4", span), span, "interval", "1ns", "step", "1s");

    HttpResponse<String> answer =
        method.equals("GET")
            ? gateway.get(target, "X-Loki-Response-Encoding-Flags", "categorize-labels")
            : gateway.post("/loki/api/v1/query_range", target.substring(target.indexOf('?') + 1));

    assertThat(lines(answer)).hasSize(5);
    assertThat(header(answer, "X-Spanway-Query")).contains("| label_format __t=", "| drop __t");
  }
}
