// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static io.spanway.it.ScriptGateway.header;
import static io.spanway.it.ScriptGateway.json;
import static io.spanway.it.ScriptLogs.TRACE;
import static io.spanway.it.ScriptLogs.lines;
import static io.spanway.it.ScriptLogs.span;
import static io.spanway.it.ScriptLogs.warnings;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.app.DemoApp;
import io.spanway.it.ScriptLogs.Span;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What Spanway says of itself: explanations, reasons, and a whole trace's story. */
final class ExplainIT {
  private static final String EXPLAIN = "/spanway/v1/explain?";
  private static final String SHIFTS = "spanStartTimeShift: '-2s', spanEndTimeShift: '2s', ";

  private static DemoApp demo;
  private static ScriptGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    demo = DemoApp.start(0, true, "test");
    gateway = gateway("{ key: service.name, value: service_name }, { key: namespace }");
  }

  private static ScriptGateway gateway(String tags) {
    return ScriptGateway.start(
        demo.loki().getPort(),
        demo.tempo().getPort(),
        "tracesToLogsV2: { " + SHIFTS + "tags: [" + tags + "] }\n");
  }

  @AfterAll
  static void stop() {
    gateway.close();
    demo.close();
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Test
  void span_isExplainedByTheQueryThatLogsSends() {
    Span span = span(gateway, TRACE, "nginx");
    String ids = "traceId=" + TRACE + "&spanId=" + span.spanId();
    HttpResponse<String> sent = gateway.get("/spanway/v1/logs?" + ids);
    HttpResponse<String> answer = gateway.get(EXPLAIN + ids);
    JsonNode told = json(answer);

    assertThat(header(answer, "Content-Type")).startsWith("application/json");
    assertThat(told.path("rule").asString()).isEqualTo("script");
    assertThat(told.path("outcome").asString()).isEqualTo("rewritten");
    assertThat(told.path("queries")).hasSize(2);
    assertThat(header(sent, "X-Spanway-Query")).isEqualTo(told.path("queries").get(0).asString());
    assertThat(header(sent, "X-Spanway-Window"))
        .isEqualTo(
            told.path("window").path("start").asString()
                + "/"
                + told.path("window").path("end").asString());
    assertThat(told.path("tags").path("found")).hasSize(2);
    assertThat(told.path("tags").path("missing")).isEmpty();
    assertThat(told.path("steps").toString())
        .contains("asked by IDs: span " + span.spanId() + " of trace " + TRACE)
        .contains("4 spans, span " + span.spanId() + " is among them")
        .contains("2 queries with disjoint answers");
    assertThat(told.path("labels").get(0).toString())
        .isEqualTo("{\"label\":\"service_name\",\"used\":true,\"inLoki\":true}");
    assertThat(told.path("warnings")).isEmpty();
  }

  @Test
  void labelThatLokiLacks_isToldWithTheNearest() {
    try (ScriptGateway wrong = gateway("{ key: service.name, value: servicename }")) {
      JsonNode told = json(wrong.get(EXPLAIN + "traceId=" + TRACE));

      assertThat(told.path("labels").toString())
          .isEqualTo(
              "[{\"label\":\"servicename\",\"used\":true,\"inLoki\":false,\"nearest\":\"service_name\"}]");
    }
  }

  @Test
  void spanWithoutTags_isExplainedAndNotRefused() {
    try (ScriptGateway wrong = gateway("{ key: service_nam, value: service_name }")) {
      Span span = span(wrong, TRACE, "nginx");
      JsonNode told = json(wrong.get(EXPLAIN + "traceId=" + TRACE + "&spanId=" + span.spanId()));

      assertThat(told.path("outcome").asString()).isEqualTo("refused");
      assertThat(told.path("queries")).isEmpty();
      assertThat(told.path("tags").path("missing").get(0).path("key").asString())
          .isEqualTo("service_nam");
      assertThat(told.path("labels").get(0).path("inLoki").asBoolean()).isTrue();
      assertThat(told.path("steps").toString())
          .contains("nearest: { key: service.name, value: service_name }");
    }
  }

  @Test
  void grafanasQuery_isExplainedAsItIsRewritten() {
    Span span = span(gateway, TRACE, "nginx");
    String query = "{service_name=\"nginx\"} |= \"" + TRACE + "\"";
    String window = "&start=" + floor(span.startNs()) + "&end=" + (floor(span.endNs()) + 1_000_000);
    HttpResponse<String> sent =
        gateway.get("/loki/api/v1/query_range?query=" + encode(query) + window);
    JsonNode told = json(gateway.post("/spanway/v1/explain", "query=" + encode(query) + window));

    assertThat(told.path("original").asString()).isEqualTo(query);
    assertThat(told.path("rule").asString()).isEqualTo(header(sent, "X-Spanway-Rewrite"));
    assertThat(told.path("queries").get(0).asString()).isEqualTo(header(sent, "X-Spanway-Query"));
    assertThat(told.path("window").path("start").asString() + "/")
        .isEqualTo(header(sent, "X-Spanway-Window").replaceAll("/.*", "/"));
  }

  private static long floor(long ns) {
    return ns / 1_000_000 * 1_000_000;
  }

  @Test
  void otherQueries_areToldToStayAsTheyAre() {
    JsonNode plain = json(gateway.get(EXPLAIN + "query=" + encode("{service_name=\"nginx\"}")));
    JsonNode broken = json(gateway.get(EXPLAIN + "query=" + encode("{service_name=")));

    assertThat(plain.path("rule").asString()).isEqualTo("none");
    assertThat(plain.path("outcome").asString()).isEqualTo("untouched");
    assertThat(plain.path("steps").toString()).contains("not about a span or trace");
    assertThat(broken.path("steps").toString()).contains("cannot be parsed", "byte for byte");
  }

  @Test
  void badQuestions_areToldWhatIsExpected() {
    assertThat(gateway.get("/spanway/v1/explain").statusCode()).isEqualTo(400);
    assertThat(gateway.get(EXPLAIN + "query=%7B%7D&traceId=" + TRACE).statusCode()).isEqualTo(400);
    assertThat(gateway.get(EXPLAIN + "query=%7B%7D&start=yesterday").body()).contains("start");
    assertThat(gateway.get(EXPLAIN + "traceId=xyz").body()).contains("hex").hasLineCount(1);
    assertThat(gateway.get(EXPLAIN + "traceId=" + "1".repeat(32)).statusCode()).isEqualTo(404);
    assertThat(gateway.send("DELETE", gateway.url() + EXPLAIN + "query=a", "").statusCode())
        .isEqualTo(405);
    assertThat(
            gateway
                .send("DELETE", gateway.url() + "/spanway/v1/traces/" + TRACE + "/logs", "")
                .statusCode())
        .isEqualTo(405);
  }

  @Test
  void emptyAnswers_sayWhy() {
    record Case(String tags, String query, String reason) {}
    for (Case each :
        List.of(
            new Case(
                "{ key: service.name, value: servicename }",
                "",
                "no lines: Loki has no label servicename around that time (nearest: service_name)"),
            new Case(
                "{ key: service.name, value: namespace }",
                "",
                "no lines: label namespace has no value \"nginx\" around that time"),
            new Case(
                "{ key: service.name, value: service_name }",
                "&filterByTraceID=false&start=1000000000000000000&end=1000000001000000000",
                "no lines: Loki has nothing at all around 2001-09-09T01:00:00Z, but has logs of the"
                    + " last 6 hours: the window is probably outside its retention"))) {
      try (ScriptGateway wrong = gateway(each.tags())) {
        Span span = span(wrong, TRACE, "nginx");
        HttpResponse<String> answer =
            wrong.get(
                "/spanway/v1/logs?traceId=" + TRACE + "&spanId=" + span.spanId() + each.query());

        assertThat(lines(answer)).as(each.reason()).isEmpty();
        assertThat(warnings(answer)).contains(each.reason().replace("\"", "\\\""));
      }
    }
  }

  @Test
  void traceWhoseIdNoLineCarries_saysSo() {
    Span span = span(gateway, TRACE, "nginx");
    String query = "{service_name=\"nginx\"} |= \"" + "ab".repeat(16) + "\"";
    HttpResponse<String> answer =
        gateway.get(
            "/loki/api/v1/query_range?query="
                + encode(query)
                + "&start="
                + floor(span.startNs() - 2_000_000_000L)
                + "&end="
                + floor(span.endNs() + 2_000_000_000L));

    assertThat(lines(answer)).isEmpty();
    assertThat(warnings(answer))
        .contains(
            "no lines: {service_name=\\\"nginx\\\"} has lines in the window, but none carries the"
                + " trace's ID, neither in its text nor in a field of idFields");
  }

  @Test
  void wholeTrace_isToldSpanBySpan() {
    HttpResponse<String> answer = gateway.get("/spanway/v1/traces/" + TRACE + "/logs");
    JsonNode story = json(answer);

    assertThat(story.path("traceId").asString()).isEqualTo(TRACE);
    assertThat(story.path("complete").asBoolean()).isTrue();
    assertThat(story.path("spans")).hasSize(4);
    long before = 0;
    int lines = story.path("withoutSpan").path("lines").size();
    for (JsonNode span : story.path("spans")) {
      long start = Long.parseLong(span.path("start").asString());
      assertThat(start).isGreaterThanOrEqualTo(before);
      before = start;
      assertThat(span.path("lines")).hasSize(span.path("count").asInt());
      lines += span.path("count").asInt();
    }
    assertThat(lines).isEqualTo(20).isEqualTo(story.path("entries").asInt());
    assertThat(story.path("withoutSpan").path("count").asInt()).isPositive();
    for (String service : List.of("checkout", "payments")) {
      Span span = span(gateway, TRACE, service);
      for (JsonNode each : story.path("spans")) {
        if (each.path("spanId").asString().equals(span.spanId())) {
          assertThat(each.path("count").asInt()).as(service).isEqualTo(5);
          assertThat(each.path("service").asString()).isEqualTo(service);
        }
      }
    }
    assertThat(header(answer, "X-Spanway-Rewrite")).isEqualTo("script");
  }

  @Test
  void limitOfAStory_isStated() {
    JsonNode story = json(gateway.get("/spanway/v1/traces/" + TRACE + "/logs?limit=3"));

    assertThat(story.path("complete").asBoolean()).isFalse();
    assertThat(story.path("limitReached").asBoolean()).isTrue();
    assertThat(story.path("entries").asInt()).isEqualTo(3);
    assertThat(story.path("warnings").toString()).contains("the limit of 3 entries is reached");
  }

  @Test
  void unknownTrace_hasNoStory() {
    HttpResponse<String> answer = gateway.get("/spanway/v1/traces/" + "1".repeat(32) + "/logs");

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).contains("1".repeat(32)).hasLineCount(1);
    assertThat(gateway.get("/spanway/v1/traces/xyz/logs").statusCode()).isEqualTo(400);
  }
}
