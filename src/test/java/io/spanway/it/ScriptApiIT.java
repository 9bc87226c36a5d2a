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
import io.spanway.it.ScriptLogs.Entry;
import io.spanway.it.ScriptLogs.Span;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code /spanway/v1/logs} against the demo's Tempo and Loki. */
final class ScriptApiIT {
  private static final String LOGS = "/spanway/v1/logs?traceId=" + TRACE;

  private static DemoApp demo;
  private static ScriptGateway soft;
  private static ScriptGateway strict;

  @BeforeAll
  static void start() throws Exception {
    demo = DemoApp.start(0, true, "test");
    String yaml =
        """
        tracesToLogsV2:
          spanStartTimeShift: '-2s'
          spanEndTimeShift: '2s'
          spanFilter: %s
          tags: [{ key: service.name, value: service_name }]
        limits: { maxLogLimit: 15 }
        """;
    soft = gateway(yaml.formatted("soft"));
    strict = gateway(yaml.formatted("strict"));
  }

  private static ScriptGateway gateway(String yaml) {
    return ScriptGateway.start(demo.loki().getPort(), demo.tempo().getPort(), yaml);
  }

  @AfterAll
  static void stop() {
    strict.close();
    soft.close();
    demo.close();
  }

  @Test
  void wholeTrace_hasTheLinesOfAllServices() {
    HttpResponse<String> answer = soft.get(LOGS);

    assertThat(lines(answer)).hasSize(15);
    assertThat(warnings(answer)).contains("the limit of 15 entries is reached");
    assertThat(header(answer, "X-Spanway-Rewrite")).isEqualTo("script");
    assertThat(header(answer, "X-Spanway-Query")).contains("service_name=~");
    assertThat(header(answer, "X-Spanway-Window")).matches("\\d+/\\d+");
    assertThat(header(answer, "Content-Type")).startsWith("application/json");
  }

  @Test
  void span_hasItsLinesWithinTheShiftedWindow() {
    Span span = span(soft, TRACE, "nginx");
    HttpResponse<String> answer = soft.get(LOGS + "&spanId=" + span.spanId());

    assertThat(lines(answer)).hasSize(5).allMatch(line -> line.contains(TRACE));
    assertThat(header(answer, "X-Spanway-Window"))
        .isEqualTo((span.startNs() - 2_000_000_000L) + "/" + (span.endNs() + 2_000_000_001L));
  }

  @Test
  void idsInAnySpelling_meanTheSameSpan() {
    Span span = span(soft, TRACE, "nginx");
    String dashed = TRACE.substring(0, 8) + "-" + TRACE.substring(8);

    assertThat(
            lines(
                soft.get(
                    "/spanway/v1/logs?traceId="
                        + dashed.toUpperCase(Locale.ROOT)
                        + "&spanId="
                        + span.spanId().toUpperCase(Locale.ROOT))))
        .hasSize(5);
  }

  @Test
  void spanFilter_keepsTheLinesThatNameTheSpan() {
    for (String service : List.of("checkout", "payments")) {
      Span span = span(soft, TRACE, service);
      HttpResponse<String> answer = soft.get(LOGS + "&filterBySpanID=true&spanId=" + span.spanId());

      assertThat(lines(answer)).as(service).hasSize(5);
      assertThat(warnings(answer)).as(service).doesNotContain("span ID");
    }
  }

  @Test
  void softSpanFilter_givesTheTraceWhereNoLineNamesASpan() {
    Span span = span(soft, TRACE, "nginx");
    String target = LOGS + "&filterBySpanID=true&spanId=" + span.spanId();

    assertThat(lines(soft.get(target))).hasSize(5);
    assertThat(warnings(soft.get(target))).contains("carries a span ID");
    assertThat(lines(strict.get(target))).isEmpty();
  }

  @Test
  void limitAndDirection_chooseTheEnd() {
    Span span = span(soft, TRACE, "nginx");
    String target = LOGS + "&spanId=" + span.spanId();
    List<String> all = lines(soft.get(target));
    HttpResponse<String> oldest = soft.get(target + "&limit=2&direction=forward");
    HttpResponse<String> newest = soft.get(target + "&limit=2");

    assertThat(lines(newest)).containsExactlyElementsOf(all.subList(0, 2));
    assertThat(lines(oldest)).containsExactly(all.get(4), all.get(3));
    assertThat(warnings(oldest)).contains("the limit of 2 entries is reached");
    assertThat(warnings(soft.get(target + "&limit=6"))).doesNotContain("limit");
  }

  @Test
  void startAndEnd_takeThePlaceOfTheComputedWindow() {
    Span span = span(soft, TRACE, "nginx");
    HttpResponse<String> answer =
        soft.get(
            LOGS
                + "&spanId="
                + span.spanId()
                + "&start="
                + span.startNs()
                + "&end="
                + span.endNs());

    assertThat(lines(answer)).hasSize(3);
    assertThat(header(answer, "X-Spanway-Window")).isEqualTo(span.startNs() + "/" + span.endNs());
  }

  @Test
  void filterByTraceIdFalse_givesAllLinesOfTheWindow() {
    Span span = span(soft, TRACE, "nginx");
    HttpResponse<String> answer = soft.get(LOGS + "&filterByTraceID=false&spanId=" + span.spanId());

    assertThat(lines(answer)).hasSizeGreaterThan(5).anyMatch(line -> line.contains("unrelated"));
    assertThat(header(answer, "X-Spanway-Query")).doesNotContain(TRACE);
  }

  @Test
  void plainText_isTheLinesAlone() {
    Span span = span(soft, TRACE, "nginx");
    HttpResponse<String> answer =
        soft.get(LOGS + "&limit=2&spanId=" + span.spanId(), "Accept", "text/plain");

    assertThat(answer.body().split("\n", 0))
        .hasSize(2)
        .allMatch(line -> line.startsWith("10.0.0."));
    assertThat(header(answer, "Content-Type")).startsWith("text/plain");
    assertThat(header(answer, "X-Spanway-Warning")).contains("the limit of 2 entries is reached");
  }

  @Test
  void ndjson_isOneObjectForEachLine() {
    Span span = span(soft, TRACE, "nginx");
    HttpResponse<String> answer =
        soft.get(LOGS + "&spanId=" + span.spanId(), "Accept", "application/x-ndjson");

    String[] lines = answer.body().split("\n", 0);
    assertThat(lines).hasSize(5);
    for (String line : lines) {
      JsonNode node = JsonMapper.shared().readTree(line);
      assertThat(node.path("line").asString()).contains(TRACE);
      assertThat(Long.parseLong(node.path("timestamp").asString())).isPositive();
    }
    assertThat(header(answer, "Content-Type")).isEqualTo("application/x-ndjson");
  }

  @Test
  void categorisedAnswer_keepsMetadataApart() {
    Span span = span(soft, TRACE, "payments");
    HttpResponse<String> answer =
        soft.get(
            LOGS + "&spanId=" + span.spanId(),
            "X-Loki-Response-Encoding-Flags",
            "categorize-labels");

    for (Entry entry : ScriptLogs.entries(answer)) {
      assertThat(entry.metadata().path("trace_id").asString()).isEqualTo(TRACE);
      assertThat(entry.labels().has("trace_id")).isFalse();
    }
  }

  @Test
  void form_isReadAsTheUrlIs() {
    HttpResponse<String> url = soft.get(LOGS + "&limit=4");
    HttpResponse<String> form = soft.post("/spanway/v1/logs", "traceId=" + TRACE + "&limit=4");

    assertThat(json(form).path("data")).isEqualTo(json(url).path("data"));
  }

  @Test
  void head_hasTheHeadersAndNoBody() {
    HttpResponse<String> answer = soft.send("HEAD", soft.url() + LOGS, "");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(header(answer, "X-Spanway-Query")).contains("service_name");
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void otherMethods_are405() {
    HttpResponse<String> answer = soft.send("DELETE", soft.url() + LOGS, "");

    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(header(answer, "Allow")).isEqualTo("GET, HEAD, POST");
    assertThat(answer.body()).hasLineCount(1);
  }

  @Test
  void badQuestions_areToldWhatIsExpected() {
    record Case(String query, String text) {}
    for (Case each :
        List.of(
            new Case("", "traceId is missing"),
            new Case("traceId=xyz", "hex"),
            new Case("traceId=" + "0".repeat(32), "zero"),
            new Case("traceId=" + "1".repeat(33), "32"),
            new Case("traceId=" + TRACE + "&spanId=12345678901234567", "16"),
            new Case("traceId=" + TRACE + "&limit=0", "limit must be"),
            new Case("traceId=" + TRACE + "&limit=x", "limit must be"),
            new Case("traceId=" + TRACE + "&direction=up", "direction must be"),
            new Case("traceId=" + TRACE + "&filterByTraceID=maybe", "filterByTraceID must be"),
            new Case("traceId=" + TRACE + "&start=yesterday", "start"),
            new Case("traceId=%zz", "escape"))) {
      HttpResponse<String> answer = soft.post("/spanway/v1/logs", each.query() + "&a=b");

      assertThat(answer.statusCode()).as(each.query()).isEqualTo(400);
      assertThat(answer.body()).as(each.query()).contains(each.text()).hasLineCount(1);
      assertThat(header(answer, "Content-Type")).startsWith("text/plain");
      assertThat(header(answer, "X-Content-Type-Options")).isEqualTo("nosniff");
    }
  }

  @Test
  void unknownTrace_is404() {
    HttpResponse<String> answer =
        soft.get("/spanway/v1/logs?traceId=0af7651916cd43dd8448eb211c80319c");

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).contains("0af7651916cd43dd8448eb211c80319c", "tempo");
  }

  @Test
  void spanOfAnotherTrace_is404() {
    HttpResponse<String> answer = soft.get(LOGS + "&spanId=00f067aa0ba902b7");

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).contains("00f067aa0ba902b7", TRACE, "4 spans");
  }

  @Test
  void spanWithoutATag_is422AndSaysWhatIsThere() {
    try (ScriptGateway other =
        gateway("tracesToLogsV2: { tags: [{ key: service_nam }, { key: host }] }")) {
      Span span = span(other, TRACE, "nginx");
      HttpResponse<String> answer = other.get(LOGS + "&spanId=" + span.spanId());

      assertThat(answer.statusCode()).isEqualTo(422);
      assertThat(answer.body())
          .contains("service_nam", "host", "service.name", "namespace", "nearest");
    }
  }

  @Test
  void customQuery_isAskedWithTheValuesOfTheSpan() {
    String yaml =
        """
        tracesToLogsV2:
          spanStartTimeShift: '-2s'
          spanEndTimeShift: '2s'
          customQuery: true
          query: '{${__tags}} |= "${__trace.traceId}" | gone="${__span.tags.gone}"'
          tags: [{ key: service.name, value: service_name }]
          overrides:
            - match: { service.name: 'no-such-service' }
              query: '{a="b"}'
        """;
    Span span = span(soft, TRACE, "nginx");
    try (ScriptGateway custom = gateway(yaml)) {
      HttpResponse<String> answer = custom.get(LOGS + "&spanId=" + span.spanId());

      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      assertThat(lines(answer)).hasSize(5).allMatch(line -> line.contains(TRACE));
      assertThat(warnings(answer)).contains("__span.tags.gone");
      assertThat(header(answer, "X-Spanway-Query")).doesNotContain("gone");
    }
    try (ScriptGateway custom = gateway(yaml.replace("| gone=", "|= "))) {
      HttpResponse<String> answer = custom.get(LOGS + "&spanId=" + span.spanId());

      assertThat(answer.statusCode()).isEqualTo(422);
      assertThat(answer.body()).contains("${__span.tags.gone} has no value");
    }
  }

  @Test
  void sameQuestion_comesFromMemory() {
    Span span = span(soft, TRACE, "legacy");
    String target = LOGS + "&spanId=" + span.spanId();
    soft.get(target);

    assertThat(header(soft.get(target), "X-Spanway-Cache")).isEqualTo("hit");
    assertThat(header(soft.get(target, "Cache-Control", "no-cache"), "X-Spanway-Cache"))
        .isEqualTo("miss");
    assertThat(header(soft.get(target, "Cache-Control", "no-store"), "X-Spanway-Cache"))
        .isEqualTo("bypass; no-store");
  }
}
