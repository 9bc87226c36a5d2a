// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static io.spanway.it.ScriptGateway.header;
import static io.spanway.it.ScriptLogs.TRACE;
import static io.spanway.it.ScriptLogs.entries;
import static io.spanway.it.ScriptLogs.g4;
import static io.spanway.it.ScriptLogs.grafana;
import static io.spanway.it.ScriptLogs.lines;
import static io.spanway.it.ScriptLogs.span;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.app.DemoApp;
import io.spanway.demo.DemoStory;
import io.spanway.it.ScriptLogs.Entry;
import io.spanway.it.ScriptLogs.Span;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The main job, against the demo's Tempo and Loki: a span's logs, and a line's trace. */
final class StoryIT {
  private static DemoApp demo;

  /** Configured as Grafana's documentation does in its NGINX example. */
  private static ScriptGateway nginx;

  /** Without shifts, and with tags whose names Loki does not have. */
  private static ScriptGateway plain;

  @BeforeAll
  static void start() throws Exception {
    demo = DemoApp.start(0, true, "test");
    nginx =
        ScriptGateway.start(
            demo.loki().getPort(),
            demo.tempo().getPort(),
            """
            tracesToLogsV2:
              datasourceUid: loki
              spanStartTimeShift: '-2s'
              spanEndTimeShift: '2s'
              tags: [{ key: service.name, value: service_name }, { key: namespace }, { key: pod }]
              filterByTraceID: true
              filterBySpanID: false
            derivedFields:
              - name: TraceID
                matcherRegex: 'trace_id=(\\w+)'
                url: '${__value.raw}'
                datasourceUid: tempo
            grafana: { url: 'https://grafana.example' }
            """);
    plain =
        ScriptGateway.start(
            demo.loki().getPort(),
            demo.tempo().getPort(),
            """
            tracesToLogsV2:
              tags:
                - { key: service.name, value: service_name }
                - { key: k8s.pod.name, value: pod }
            """);
  }

  @AfterAll
  static void stop() {
    plain.close();
    nginx.close();
    demo.close();
  }

  private static HttpResponse<String> direct(String target) {
    return nginx.send("GET", demo.loki() + target, "");
  }

  @Test
  void story_endsWell() throws Exception {
    var out = new StringBuilder();

    boolean good =
        new DemoStory(demo.spanway(), demo.loki(), demo.tempo(), System::nanoTime).tell(out);

    assertThat(out.toString()).doesNotContain("FAILED");
    assertThat(good).isTrue();
  }

  @Test
  void nginxSpan_hasItsLogsAndEachLineItsTrace() {
    Span span = span(nginx, TRACE, "nginx");
    String target = grafana(g4("{service_name=\"nginx\", namespace=\"production\"}", TRACE), span);

    HttpResponse<String> direct = direct(target);
    HttpResponse<String> answer =
        nginx.get(target, "X-Loki-Response-Encoding-Flags", "categorize-labels");

    // Two lines lie outside the span, one on each side.
    assertThat(lines(direct)).hasSize(3);
    assertThat(lines(answer)).hasSize(5).allMatch(line -> line.contains("trace_id=" + TRACE));
    assertThat(header(answer, "X-Spanway-Rewrite")).isEqualTo("grafana-g4");
    assertThat(header(answer, "X-Spanway-Window"))
        .isEqualTo(
            (span.startNs() / 1_000_000 * 1_000_000 - 2_000_000_000L)
                + "/"
                + (span.endNs() / 1_000_000 * 1_000_000 + 2_001_000_000L));
    for (Entry entry : entries(answer)) {
      assertThat(entry.metadata().path("TraceID").asString()).isEqualTo(TRACE);
      assertThat(entry.metadata().path("TraceID_link").asString())
          .startsWith("https://grafana.example/explore?")
          .contains(TRACE);
      assertThat(entry.labels().has("log_line_contains_trace_id")).isFalse();
    }
    assertThat(nginx.get("/api/traces/" + TRACE).body()).contains("\"nginx\"");
  }

  @Test
  void everyGeneration_findsTheLinesOfTheSpan() {
    Span span = span(nginx, TRACE, "nginx");
    String selector = "{service_name=\"nginx\", namespace=\"production\"}";
    for (String query :
        new String[] {
          selector + " |=\"" + TRACE + '"',
          g4(selector, TRACE),
          g4(selector, TRACE).replace("\"true\" or ", "\"true\" OR "),
        }) {
      HttpResponse<String> answer = nginx.get(grafana(query, span));

      assertThat(lines(answer)).as(query).hasSize(5);
      assertThat(header(answer, "X-Spanway-Rewrite")).as(query).startsWith("grafana-g");
    }
  }

  @Test
  void upperCaseIds_areFoundThroughSpanwayOnly() {
    Span span = span(plain, TRACE, "legacy");
    for (String query :
        new String[] {
          g4("{service_name=\"legacy\"}", TRACE), "{service_name=\"legacy\"} |=\"" + TRACE + '"'
        }) {
      String target = grafana(query, span);

      assertThat(lines(direct(target))).as(query).isEmpty();
      assertThat(lines(plain.get(target)))
          .as(query)
          .hasSize(3)
          .allMatch(line -> line.contains("traceID=" + TRACE.toUpperCase(Locale.ROOT)));
    }
  }

  @Test
  void tagNamesThatLokiDoesNotHave_areMapped() {
    Span span = span(plain, TRACE, "legacy");
    String pod =
        entries(plain.get(grafana("{service_name=\"legacy\"} |=\"" + TRACE + '"', span)))
            .get(0)
            .labels()
            .path("pod")
            .asString();
    for (String name : new String[] {"k8s_pod_name", "k8s.pod.name"}) {
      String query = g4("{service_name=\"legacy\", " + name + "=\"" + pod + "\"}", TRACE);

      assertThat(lines(plain.get(grafana(query, span)))).as(name).hasSize(3);
    }
  }

  @Test
  void idsInStructuredMetadata_areFoundByTheOldForms() {
    Span span = span(plain, TRACE, "payments");
    String target = grafana("{service_name=\"payments\"} |=\"" + TRACE + '"', span);

    assertThat(lines(direct(target))).isEmpty();
    assertThat(lines(plain.get(target))).hasSize(3);
  }

  @Test
  void spanFilterOfGrafana_keepsTheLinesOfTheSpan() {
    Span span = span(plain, TRACE, "checkout");
    String selector = "{service_name=\"checkout\"}";
    String both = selector + " |=\"" + TRACE + "\" |=\"" + span.spanId() + '"';

    assertThat(lines(plain.get(grafana(both, span))))
        .hasSize(3)
        .allMatch(line -> line.contains(span.spanId()));
  }

  @Test
  void appendedStages_keepTheirEffect() {
    Span span = span(nginx, TRACE, "nginx");
    String query =
        g4("{service_name=\"nginx\", namespace=\"production\"}", TRACE) + " |= \"10.0.0.2\"";

    assertThat(lines(nginx.get(grafana(query, span)))).hasSize(1);
  }

  @Test
  void otherQueries_goUpstreamByteForByte() {
    Span span = span(nginx, TRACE, "nginx");
    String query = "{service_name=\"nginx\"} |= \"404\"";
    HttpResponse<String> answer = plain.get(grafana(query, span));

    assertThat(header(answer, "X-Spanway-Rewrite")).isEmpty();
    assertThat(ScriptGateway.json(answer).path("data").path("result"))
        .isEqualTo(ScriptGateway.json(direct(grafana(query, span))).path("data").path("result"));
  }

  @Test
  void marker_findsTheLogsOfItsSpan() {
    Span span = span(nginx, TRACE, "nginx");
    String marker =
        "{__trace_id__=\"" + TRACE + "\", __span_id__=\"" + span.spanId() + "\"} |= \"GET\"";

    // Without Spanway it is a valid query that finds nothing.
    assertThat(lines(direct(grafana(marker, span)))).isEmpty();
    HttpResponse<String> answer = nginx.get(grafana(marker, span));
    assertThat(lines(answer)).hasSize(5);
    assertThat(header(answer, "X-Spanway-Rewrite")).isEqualTo("marker");
    String narrower = marker + " |= \"10.0.0.0\"";
    assertThat(lines(nginx.get(grafana(narrower, span)))).hasSize(1);
  }

  @Test
  void markerInAWindowWithoutTheSpan_keepsThatWindow() {
    Span span = span(nginx, TRACE, "nginx");
    String marker = "{__trace_id__=\"" + TRACE + "\", __span_id__=\"" + span.spanId() + "\"}";
    long start = span.endNs() + 500_000_000L;
    HttpResponse<String> answer =
        nginx.get(ScriptLogs.range(marker, start, start + 1_000_000_000L));

    assertThat(lines(answer)).hasSize(1);
    assertThat(header(answer, "X-Spanway-Window")).startsWith(start + "/");
  }

  @Test
  void wholeTraceByMarker_hasAllServices() {
    Span span = span(nginx, TRACE, "nginx");
    String marker = "{__trace_id__=\"" + TRACE + "\"}";

    assertThat(lines(nginx.get(grafana(marker, span)))).hasSize(20);
  }

  @Test
  void tail_passesNewLinesAsTheyCome() throws Exception {
    var frames = new LinkedBlockingQueue<String>();
    var listener =
        new WebSocket.Listener() {
          @Override
          public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            frames.add(data.toString());
            socket.request(1);
            return null;
          }
        };
    WebSocket socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(
                URI.create(
                    nginx.url().replace("http:", "ws:")
                        + "/loki/api/v1/tail?query=%7Bservice_name%3D%22tailed%22%7D"),
                listener)
            .get(10, TimeUnit.SECONDS);
    long now = TimeUnit.MILLISECONDS.toNanos(Instant.now().toEpochMilli());
    HttpResponse<String> pushed =
        nginx.send(
            "POST",
            nginx.url() + "/loki/api/v1/push",
            "{\"streams\":[{\"stream\":{\"service_name\":\"tailed\"},\"values\":[[\""
                + now
                + "\",\"hello\"]]}]}",
            "Content-Type",
            "application/json");

    assertThat(pushed.statusCode()).isEqualTo(204);
    assertThat(frames.poll(10, TimeUnit.SECONDS)).contains("hello", "tailed");
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(10, TimeUnit.SECONDS);
  }

  @Test
  void pagesOfInfiniteScrolling_areNotShifted() {
    Span span = span(nginx, TRACE, "nginx");
    String target = grafana(g4("{service_name=\"nginx\", namespace=\"production\"}", TRACE), span);

    HttpResponse<String> answer =
        nginx.get(target, "X-Query-Tags", "Source=grafana,infinitescroll=true");

    assertThat(lines(answer)).hasSize(3);
  }

  @Test
  void traceThatTempoDoesNotHave_shiftsNoAmbiguousQuery() {
    Span span = span(nginx, TRACE, "nginx");
    String unknown = "0af7651916cd43dd8448eb211c80319c";
    String target = grafana("{service_name=\"nginx\"} |=\"" + unknown + '"', span);

    HttpResponse<String> answer = nginx.get(target);

    assertThat(lines(answer)).isEmpty();
    assertThat(header(answer, "X-Spanway-Window"))
        .startsWith(span.startNs() / 1_000_000 * 1_000_000 + "/");
  }
}
