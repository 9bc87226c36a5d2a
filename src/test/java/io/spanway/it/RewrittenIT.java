// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static io.spanway.it.CorrelatedUpstreams.END;
import static io.spanway.it.CorrelatedUpstreams.LABELS;
import static io.spanway.it.CorrelatedUpstreams.LOGS;
import static io.spanway.it.CorrelatedUpstreams.NGINX;
import static io.spanway.it.CorrelatedUpstreams.RANGE;
import static io.spanway.it.CorrelatedUpstreams.SPAN;
import static io.spanway.it.CorrelatedUpstreams.START;
import static io.spanway.it.CorrelatedUpstreams.TRACE;
import static io.spanway.it.CorrelatedUpstreams.asked;
import static io.spanway.it.CorrelatedUpstreams.awaitAsked;
import static io.spanway.it.CorrelatedUpstreams.entry;
import static io.spanway.it.CorrelatedUpstreams.json;
import static io.spanway.it.CorrelatedUpstreams.line;
import static io.spanway.it.CorrelatedUpstreams.metric;
import static io.spanway.it.CorrelatedUpstreams.parameter;
import static io.spanway.it.CorrelatedUpstreams.path;
import static io.spanway.it.CorrelatedUpstreams.sendTrace;
import static io.spanway.it.CorrelatedUpstreams.streams;
import static io.spanway.it.CorrelatedUpstreams.trace;
import static io.spanway.it.ScriptGateway.header;
import static io.spanway.it.ScriptLogs.g4;
import static io.spanway.it.ScriptLogs.lines;
import static io.spanway.it.ScriptLogs.range;
import static io.spanway.it.ScriptLogs.warnings;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.http.QueryParameters;
import io.spanway.testing.FakeUpstream.Request;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What rewriting sends upstream, and how often. */
final class RewrittenIT {
  private static final String[] FLAG = {"X-Loki-Response-Encoding-Flags", "categorize-labels"};
  private static final String LABELS_OF_LOKI = "{\"status\":\"success\",\"data\":[\"%s\"]}";

  private static CorrelatedUpstreams upstreams;
  private static ScriptGateway gateway;

  @BeforeAll
  static void start() {
    upstreams = new CorrelatedUpstreams();
    gateway = upstreams.gateway("");
  }

  @AfterAll
  static void stop() {
    gateway.close();
    upstreams.close();
  }

  @BeforeEach
  void reset() {
    gateway.admin("DELETE", "/-/cache");
    upstreams.reset();
  }

  @AfterEach
  void upstreamsMadeNoMistake() {
    assertThat(upstreams.tempo.mistakes()).isEmpty();
    assertThat(upstreams.loki.mistakes()).isEmpty();
  }

  // Probes.

  /** The queries that Grafana tries one after another when a span is opened. */
  private static List<String> probes(String service) {
    List<String> probes = new ArrayList<>();
    List<String> fields =
        List.of("trace_id", "traceID", "traceId", "TraceID", "TraceId", "otel_trace_id");
    String parsed = " | logfmt | json | drop __error__ | ";
    for (String field : fields) {
      String ids =
          parsed
              + field
              + "=\""
              + TRACE
              + "\" | "
              + field.replace("trace", "span").replace("Trace", "Span")
              + "=\""
              + SPAN
              + '"';
      probes.add("{service_name=\"" + service + "\"}" + ids);
      probes.add("{job=~\"(.*/)?(" + service + ")\"}" + ids);
    }
    probes.add("{service_name=\"" + service + "\"} |= \"" + TRACE + "\" |= \"" + SPAN + '"');
    return probes;
  }

  private static HttpResponse<String> probe(String query) {
    return gateway.get(
        range(query, START, END, "limit", "1", "step", "60000ms", "direction", "backward"), FLAG);
  }

  private void lokiAnswers(String... entries) {
    upstreams.loki.script(
        (request, connection) ->
            json(
                connection,
                path(request).equals(LABELS)
                    ? LABELS_OF_LOKI.formatted("service_name")
                    : streams(
                        parameter(request, "query").contains("!=")
                            ? List.of()
                            : List.of(entries))));
  }

  @Test
  void probesClickAndSpanFilter_areOneSearchOfTwoHalves() {
    lokiAnswers(
        entry(3, "b " + TRACE, "{\"span_id\":\"" + SPAN + "\"}"),
        entry(2, "a " + TRACE, "{\"span_id\":\"00f067aa0ba902b7\"}"));
    List<String> probes = probes("nginx");

    for (String probe : probes) {
      if (probe.startsWith("{service")) {
        assertThat(lines(probe(probe))).as(probe).containsExactly("b " + TRACE);
      }
    }
    String first = probes.get(0);
    HttpResponse<String> click = gateway.get(range(first, START, END, "limit", "1000"), FLAG);
    HttpResponse<String> wholeTrace =
        gateway.get(
            range(first.substring(0, first.lastIndexOf(" | ")), START, END, "limit", "1000"), FLAG);

    assertThat(lines(click)).containsExactly("b " + TRACE);
    assertThat(lines(wholeTrace)).containsExactly("b " + TRACE, "a " + TRACE);
    assertThat(asked(upstreams.loki, RANGE)).hasSize(2);
    assertThat(asked(upstreams.loki, RANGE))
        .allMatch(request -> parameter(request, "limit").equals("1000"))
        .allMatch(request -> parameter(request, "step").isEmpty());
  }

  @Test
  void probesThatFindNothing_areTwoSearches() {
    lokiAnswers();

    for (int i = 0; i < 2; i++) {
      for (String probe : probes("nginx")) {
        assertThat(lines(probe(probe))).as(probe).isEmpty();
      }
    }

    // One by the tags, one by the service that stands for the job; each of two halves.
    assertThat(asked(upstreams.loki, RANGE).stream().map(each -> parameter(each, "query")))
        .hasSize(4)
        .doesNotHaveDuplicates()
        .allMatch(query -> query.endsWith(" | logfmt | json | drop __error__"))
        .anyMatch(query -> query.startsWith("{service_name=\"nginx\"} |= "))
        .anyMatch(query -> query.startsWith("{service_name=~\"nginx\"} |= "));
  }

  @Test
  void lastProbe_hasNoParsedLabels() {
    upstreams.loki.script(
        (request, connection) ->
            json(
                connection,
                parameter(request, "query").contains("!=")
                    ? streams(List.of())
                    : streams(
                        List.of(
                            entry(1, SPAN, "{\"pod\":\"p\"},\"parsed\":{\"level\":\"warn\"}")))));
    List<String> probes = probes("nginx");

    assertThat(probe(probes.get(0)).body()).contains("\"level\":\"warn\"");
    assertThat(probe(probes.get(12)).body()).contains("\"pod\":\"p\"").doesNotContain("level");
    assertThat(asked(upstreams.loki, RANGE)).hasSize(2);
  }

  // Labels.

  @Test
  void defaultLabelsThatLokiLacks_areLeftOutForScripts() {
    upstreams.tempo.script(
        (request, connection) ->
            sendTrace(
                connection,
                trace(List.of(Map.of("service.name", "nginx", "cluster", "c", "pod", "p")))));

    HttpResponse<String> answer = gateway.get(LOGS);

    assertThat(header(answer, "X-Spanway-Query")).startsWith("{service_name=\"nginx\"} |= ");
    assertThat(warnings(answer))
        .contains("label cluster was left out", "label pod was left out")
        .doesNotContain("namespace");
  }

  @Test
  void labelsThatCannotBeLearned_leaveAllForScripts() {
    upstreams.tempo.script(
        (request, connection) ->
            sendTrace(connection, trace(List.of(Map.of("service.name", "nginx", "cluster", "c")))));
    upstreams.loki.script(
        (request, connection) -> {
          if (path(request).equals(LABELS)) {
            connection.answer(500, "no\n");
          } else {
            json(connection, streams(List.of()));
          }
        });

    HttpResponse<String> answer = gateway.get(LOGS);

    assertThat(header(answer, "X-Spanway-Query"))
        .startsWith("{cluster=\"c\", service_name=\"nginx\"} |= ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/loki/api/v1/index/stats", "/loki/api/v1/index/volume"})
  void statistics_areAboutTheLabelsThatLokiHas(String path) {
    upstreams.loki.script(
        (request, connection) ->
            json(
                connection,
                path(request).equals(LABELS)
                    ? LABELS_OF_LOKI.formatted("service_name")
                    : "{\"streams\":1}"));

    HttpResponse<String> mapped = gateway.get(stats(path, "{service.name=\"nginx\"}"));
    HttpResponse<String> known = gateway.get(stats(path, "{service_name=\"nginx\"}"));

    assertThat(mapped.body()).contains("\"streams\":1");
    assertThat(header(mapped, "X-Spanway-Rewrite")).isEqualTo("selector");
    assertThat(header(mapped, "X-Spanway-Query")).isEqualTo(NGINX);
    assertThat(known.headers().firstValue("X-Spanway-Rewrite")).isEmpty();
    assertThat(asked(upstreams.loki, path)).allMatch(r -> parameter(r, "query").equals(NGINX));
  }

  private static String stats(String path, String selector) {
    return path
        + "?"
        + QueryParameters.of(
                "query", selector, "start", Long.toString(START), "end", Long.toString(END))
            .encode();
  }

  // What is passed on.

  @Test
  void errorOfARewrittenQuery_isPassedOn() {
    upstreams.loki.script((request, connection) -> connection.answer(400, "too many series\n"));
    double before = metric(gateway, "spanway_rewrites_total", "failed");

    HttpResponse<String> answer =
        gateway.get(range("rate(" + g4(NGINX, TRACE) + "[1m])", START, END, "step", "1s"));

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).isEqualTo("too many series\n");
    assertThat(header(answer, "X-Spanway-Query")).startsWith("rate({service_name=\"nginx\"} | l");
    assertThat(metric(gateway, "spanway_rewrites_total", "failed")).isEqualTo(before + 1);
  }

  @Test
  void metricWithoutAStep_getsTheOneThatLokiWouldTake() {
    gateway.get(range("rate(" + g4(NGINX, TRACE) + "[1m])", START, START + 3_600_000_000_000L));

    Request sent = asked(upstreams.loki, RANGE).get(0);
    assertThat(parameter(sent, "step")).isEqualTo("14");
    assertThat(Long.parseLong(parameter(sent, "start")) % 14_000_000_000L).isZero();
  }

  @Test
  void queryThatCannotBeParsed_isPassedUnchangedAndCounted() {
    double before = metric(gateway, "spanway_rewrites_total", "unparsed");
    String query = "{a=\"b\"} |> ???  |=\"" + TRACE + '"';

    HttpResponse<String> answer = gateway.get(range(query, START, END));
    gateway.get(range("{a=\"b\"}", START, END));

    assertThat(answer.headers().firstValue("X-Spanway-Rewrite")).isEmpty();
    assertThat(parameter(asked(upstreams.loki, RANGE).get(0), "query")).isEqualTo(query);
    assertThat(metric(gateway, "spanway_rewrites_total", "unparsed")).isEqualTo(before + 1);
  }

  // Windows.

  @Test
  void windowLongerThanLokiAnswers_isCutAndRemembered() {
    long day = 86_400_000_000_000L;
    upstreams.loki.script(
        (request, connection) -> {
          long length =
              Long.parseLong(parameter(request, "end"))
                  - Long.parseLong(parameter(request, "start"));
          if (length > 10 * day) {
            connection.answer(
                400,
                "the query time range exceeds the limit (query length: 480h0m0s, limit: 1w3d)\n");
          } else {
            json(connection, streams(List.of(line(0, TRACE))));
          }
        });
    String backward = range(g4(NGINX, TRACE), START - 20 * day, START, "limit", "5");

    HttpResponse<String> first = gateway.get(backward);
    int soFar = asked(upstreams.loki, RANGE).size();
    HttpResponse<String> second = gateway.get(backward + "&direction=forward");

    assertThat(warnings(first)).contains("only the last part of it was asked");
    assertThat(header(first, "X-Spanway-Window")).isEqualTo((START - 10 * day) + "/" + START);
    assertThat(header(second, "X-Spanway-Window"))
        .isEqualTo((START - 20 * day) + "/" + (START - 10 * day));
    assertThat(warnings(second)).contains("only the first part");
    assertThat(asked(upstreams.loki, RANGE)).hasSize(soFar + 2);
  }

  // The place of IDs.

  @Test
  void auto_learnsWhereIdsAre_andTakesItBack() {
    try (ScriptGateway auto =
        upstreams.gateway("tracesToLogsV2: { idLocation: auto }\ncache: { maxSize: 0 }")) {
      lokiAnswers(line(1, TRACE));
      for (int i = 0; i < 3; i++) {
        assertThat(lines(auto.get(range(g4(NGINX, TRACE), START, END)))).hasSize(1);
      }
      assertThat(halves()).containsExactlyInAnyOrder(true, true, true, false, false, false);

      // Known: one half, but for the check at every tenth.
      upstreams.loki.forget();
      for (int i = 0; i < 9; i++) {
        assertThat(lines(auto.get(range(g4(NGINX, TRACE), START, END)))).hasSize(1);
      }
      assertThat(halves()).hasSize(9).containsOnly(true);
      auto.get(range(g4(NGINX, TRACE), START, END));
      awaitAsked(upstreams.loki, RANGE, 11);
      assertThat(halves().stream().filter(inLine -> !inLine)).hasSize(1);

      // Another service is not known.
      upstreams.loki.forget();
      auto.get(range(g4("{service_name=\"other\"}", TRACE), START, END));
      assertThat(halves()).hasSize(2);

      // The half that brings nothing is followed by the other one, which ends the learning.
      upstreams.loki.forget();
      upstreams.loki.script(
          (request, connection) ->
              json(
                  connection,
                  streams(
                      parameter(request, "query").contains("!=")
                          ? List.of(entry(1, "x", "{\"trace_id\":\"" + TRACE + "\"}"))
                          : List.of())));
      assertThat(lines(auto.get(range(g4(NGINX, TRACE), START, END)))).containsExactly("x");
      assertThat(halves()).containsExactly(true, false);
      upstreams.loki.forget();
      auto.get(range(g4(NGINX, TRACE), START, END));
      assertThat(halves()).hasSize(2);
    }
  }

  /** For each search, whether it was for IDs in lines. */
  private static List<Boolean> halves() {
    return asked(upstreams.loki, RANGE).stream()
        .map(request -> !parameter(request, "query").contains("!="))
        .toList();
  }
}
