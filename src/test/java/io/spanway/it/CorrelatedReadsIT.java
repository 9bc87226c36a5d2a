// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static io.spanway.it.CorrelatedUpstreams.END;
import static io.spanway.it.CorrelatedUpstreams.LOGS;
import static io.spanway.it.CorrelatedUpstreams.NGINX;
import static io.spanway.it.CorrelatedUpstreams.RANGE;
import static io.spanway.it.CorrelatedUpstreams.SPAN;
import static io.spanway.it.CorrelatedUpstreams.START;
import static io.spanway.it.CorrelatedUpstreams.TRACE;
import static io.spanway.it.CorrelatedUpstreams.asked;
import static io.spanway.it.CorrelatedUpstreams.entry;
import static io.spanway.it.CorrelatedUpstreams.json;
import static io.spanway.it.CorrelatedUpstreams.line;
import static io.spanway.it.CorrelatedUpstreams.parameter;
import static io.spanway.it.CorrelatedUpstreams.sendTrace;
import static io.spanway.it.CorrelatedUpstreams.streams;
import static io.spanway.it.CorrelatedUpstreams.trace;
import static io.spanway.it.ScriptGateway.header;
import static io.spanway.it.ScriptLogs.g4;
import static io.spanway.it.ScriptLogs.lines;
import static io.spanway.it.ScriptLogs.range;
import static io.spanway.it.ScriptLogs.warnings;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.it.CorrelatedUpstreams.Crowd;
import io.spanway.it.CorrelatedUpstreams.Hanging;
import io.spanway.testing.FakeUpstream.Connection;
import io.spanway.testing.FakeUpstream.Request;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Limits, pages, failures and sizes of the queries that a correlated question is made of. */
final class CorrelatedReadsIT {
  private static final String MARKER =
      "{__trace_id__=\"" + TRACE + "\", __span_id__=\"" + SPAN + "\"}";
  private static final String REFUSED =
      "max entries limit per query exceeded, limit > max_entries_limit_per_query (%s > 500)";

  private static CorrelatedUpstreams upstreams;
  private static ScriptGateway gateway;

  @BeforeAll
  static void start() {
    upstreams = new CorrelatedUpstreams();
    gateway =
        upstreams.gateway(
            """
            tracesToLogsV2: { tags: [{ key: service.name, value: service_name }] }
            derivedFields:
              - { name: TraceID, matcherRegex: 'trace_id=(\\w+)', idFormat: none }
            limits: { maxLogLimit: 20 }
            """);
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

  /** Whether a request is for the lines that have the ID in a field only. */
  private static boolean inFieldsOnly(Request request) {
    return parameter(request, "query").contains("!=");
  }

  private static void sendLines(Request request, Connection connection, int lines)
      throws IOException {
    List<String> entries = new ArrayList<>();
    int limit = Integer.parseInt(parameter(request, "limit"));
    for (int i = 0; i < Math.min(lines, limit) && !inFieldsOnly(request); i++) {
      entries.add(line(1_000 - i, "trace_id=" + TRACE + " n=" + i));
    }
    json(connection, streams(entries));
  }

  private static List<String> limits() {
    return asked(upstreams.loki, RANGE).stream().map(each -> parameter(each, "limit")).toList();
  }

  // Limits.

  @Test
  void limitAboveTheLargest_isReplacedAndTold() {
    upstreams.loki.script((request, connection) -> sendLines(request, connection, 3));

    HttpResponse<String> answer = gateway.get(LOGS + "&limit=21");

    assertThat(warnings(answer))
        .contains("limit 21 is more than limits.maxLogLimit: 20 is used")
        .doesNotContain("reached");
    assertThat(lines(answer)).hasSize(3);
    assertThat(warnings(gateway.get(LOGS + "&limit=20"))).doesNotContain("maxLogLimit");
  }

  @Test
  void limitThatIsReached_isToldToAllButGrafana() {
    upstreams.loki.script((request, connection) -> sendLines(request, connection, 8));
    String text = "the limit of 5 entries is reached: there may be more";

    HttpResponse<String> script = gateway.get(LOGS + "&limit=5");
    HttpResponse<String> marker = gateway.get(range(MARKER, START, END, "limit", "5"));
    HttpResponse<String> grafana = gateway.get(range(g4(NGINX, TRACE), START, END, "limit", "5"));

    assertThat(lines(script)).hasSize(5).first().asString().endsWith("n=0");
    assertThat(warnings(script)).contains(text);
    assertThat(lines(marker)).hasSize(5);
    assertThat(warnings(marker)).contains(text);
    assertThat(lines(grafana)).hasSize(5);
    assertThat(grafana.body()).doesNotContain("is reached");
  }

  @Test
  void sharedLimitThatLokiRefuses_isAskedAgainAsTheCallers() {
    upstreams.loki.script(
        (request, connection) -> {
          if (Integer.parseInt(parameter(request, "limit")) > 500) {
            connection.answer(400, REFUSED.formatted(parameter(request, "limit")));
          } else {
            sendLines(request, connection, 8);
          }
        });

    HttpResponse<String> answer = gateway.get(range(g4(NGINX, TRACE), START, END, "limit", "50"));

    assertThat(lines(answer)).hasSize(8);
    assertThat(limits()).contains("1000", "50");
    assertThat(limits().stream().filter("50"::equals)).hasSize(2);
  }

  @Test
  void limitOfTheCallerThatLokiRefuses_isPassedOn() {
    upstreams.loki.script(
        (request, connection) ->
            connection.answer(400, REFUSED.formatted(parameter(request, "limit"))));

    HttpResponse<String> large = gateway.get(range(g4(NGINX, TRACE), START, END, "limit", "2000"));
    HttpResponse<String> small = gateway.get(range(g4(NGINX, TRACE), START, END, "limit", "600"));

    assertThat(large.statusCode()).isEqualTo(400);
    assertThat(large.body()).contains(REFUSED.formatted("2000"), "query sent: ");
    assertThat(small.statusCode()).isEqualTo(400);
    assertThat(small.body()).contains(REFUSED.formatted("600"));
  }

  @Test
  void otherRefusals_areNotAskedAgain() {
    upstreams.loki.script((request, connection) -> connection.answer(400, "parse error\n"));

    HttpResponse<String> answer = gateway.get(range(g4(NGINX, TRACE), START, END, "limit", "50"));

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("parse error");
    assertThat(limits()).doesNotContain("50");
  }

  // Pages.

  @Test
  void softSpanFilter_isStrictForAPartOfTheWindow() {
    String target = LOGS + "&spanId=" + SPAN + "&filterBySpanID=true";

    HttpResponse<String> whole = gateway.get(target);
    HttpResponse<String> page = gateway.get(target + "&start=" + START + "&end=" + END);

    assertThat(lines(whole)).hasSize(1);
    assertThat(warnings(whole)).contains("no line of the trace carries a span ID");
    assertThat(lines(page)).isEmpty();
    assertThat(page.body()).doesNotContain("no line of the trace carries");
  }

  @Test
  void softSpanFilter_isStrictWhereALineCarriesAnotherSpan() {
    upstreams.loki.script(
        (request, connection) ->
            json(
                connection, streams(List.of(entry(1, "a", "{\"span_id\":\"00f067aa0ba902b7\"}")))));

    HttpResponse<String> answer = gateway.get(LOGS + "&filterBySpanID=true&spanId=" + SPAN);

    assertThat(lines(answer)).isEmpty();
  }

  // Halves.

  @Test
  void halfThatFails_givesTheOtherUp() throws Exception {
    for (boolean breaks : new boolean[] {false, true}) {
      Hanging hanging = new Hanging(1);
      CountDownLatch both = new CountDownLatch(2);
      upstreams.loki.script(
          (request, connection) -> {
            both.countDown();
            if (!inFieldsOnly(request)) {
              hanging.hang(connection);
            } else if (!both.await(10, TimeUnit.SECONDS)) {
              throw new AssertionError("the halves are not asked at once");
            } else if (breaks) {
              connection.close();
            } else {
              connection.answer(429, "too many outstanding requests\n");
            }
          });

      HttpResponse<String> answer = gateway.get(LOGS);

      assertThat(answer.statusCode()).isEqualTo(breaks ? 502 : 429);
      assertThat(answer.body()).contains(breaks ? "loki" : "too many outstanding").hasLineCount(1);
      assertThat(hanging.isGivenUp()).isTrue();
    }
  }

  @Test
  void halfThatFailsInMidCollection_leavesNoBuffer() throws Exception {
    Hanging hanging = new Hanging(1);
    CountDownLatch both = new CountDownLatch(1);
    upstreams.loki.script(
        (request, connection) -> {
          if (inFieldsOnly(request)) {
            both.await();
            connection.answer(500, "boom\n");
          } else {
            CorrelatedUpstreams.head(connection, 200, "application/json", 32 << 20);
            connection.send(new byte[12 << 20]);
            both.countDown();
            hanging.hang(connection);
          }
        });

    assertThat(gateway.get(LOGS).statusCode()).isEqualTo(500);
    assertThat(hanging.isGivenUp()).isTrue();
  }

  /** Services that share no tag: each is asked by itself, by two queries. */
  private static ScriptGateway gatewayOfServices(int services) {
    StringBuilder tags = new StringBuilder();
    List<Map<String, String>> resources = new ArrayList<>();
    for (int i = 0; i < services; i++) {
      tags.append(i == 0 ? "" : ", ").append("{ key: tag").append(i).append(" }");
      resources.add(Map.of("service.name", "s" + i, "tag" + i, "v"));
    }
    byte[] trace = trace(resources);
    upstreams.tempo.script((request, connection) -> sendTrace(connection, trace));
    return upstreams.gateway("tracesToLogsV2: { tags: [" + tags + "] }");
  }

  @Test
  void manyServices_areAskedFourAtATime() {
    Crowd crowd = new Crowd(4);
    upstreams.loki.script(
        (request, connection) -> {
          crowd.join();
          String query = parameter(request, "query");
          String service = query.substring(1, query.indexOf('='));
          json(
              connection,
              streams(
                  inFieldsOnly(request)
                      ? List.of()
                      : List.of(line(service.charAt(3), service + " " + TRACE))));
        });
    try (ScriptGateway many = gatewayOfServices(8)) {
      HttpResponse<String> answer = many.get(LOGS);

      assertThat(lines(answer))
          .containsExactlyElementsOf(
              IntStream.iterate(7, i -> i >= 0, i -> i - 1)
                  .mapToObj(i -> "tag" + i + " " + TRACE)
                  .toList());
      assertThat(asked(upstreams.loki, RANGE)).hasSize(16);
      assertThat(crowd.most()).isEqualTo(4);
    }
  }

  @Test
  void failureAmongManyServices_asksNoMore() throws Exception {
    Hanging hanging = new Hanging(3);
    CountDownLatch four = new CountDownLatch(4);
    upstreams.loki.script(
        (request, connection) -> {
          four.countDown();
          four.await();
          if (parameter(request, "query").startsWith("{tag1=") && inFieldsOnly(request)) {
            connection.answer(500, "boom\n");
          } else {
            hanging.hang(connection);
          }
        });
    try (ScriptGateway many = gatewayOfServices(8)) {
      assertThat(many.get(LOGS).statusCode()).isEqualTo(500);
      assertThat(hanging.isGivenUp()).isTrue();
      assertThat(asked(upstreams.loki, RANGE)).hasSize(4);
    }
  }

  // Sizes.

  @Test
  void largeAnswers_areMergedAndAnnotated() {
    int each = 2000;
    String filling = "x".repeat(200);
    upstreams.loki.script(
        (request, connection) -> {
          List<String> entries = new ArrayList<>();
          // One half has the even ones, the other the odd ones.
          for (int i = each - 1; i >= 0; i--) {
            int n = 2 * i + (inFieldsOnly(request) ? 1 : 0);
            entries.add(line(n, "n=" + n + " trace_id=" + n + "t " + filling));
          }
          byte[] body = streams(entries).getBytes(StandardCharsets.UTF_8);
          assertThat(body).hasSizeGreaterThan(300 * 1024);
          CorrelatedUpstreams.send(connection, 200, "application/json", body);
        });
    String target = range(g4(NGINX, TRACE), START, END, "limit", "5000");

    HttpResponse<String> answer =
        gateway.get(target, "X-Loki-Response-Encoding-Flags", "categorize-labels");

    List<ScriptLogs.Entry> entries = ScriptLogs.entries(answer);
    assertThat(entries).hasSize(2 * each);
    for (int i = 0; i < entries.size(); i++) {
      int n = 2 * each - 1 - i;
      assertThat(entries.get(i).ns()).isEqualTo(START + n);
      assertThat(entries.get(i).line()).isEqualTo("n=" + n + " trace_id=" + n + "t " + filling);
      assertThat(entries.get(i).metadata().path("TraceID").asString()).isEqualTo(n + "t");
    }
    assertThat(header(answer, "X-Spanway-Cache")).isEqualTo("miss");
    // What is stored is what was answered; it gets there a moment after the answer.
    assertThat(gateway.get(target, "X-Loki-Response-Encoding-Flags", "categorize-labels").body())
        .isEqualTo(answer.body());
  }

  @Test
  void largeAnswerThatIsNone_is502() {
    upstreams.loki.script(
        (request, connection) -> json(connection, "{\"status\":" + " ".repeat(300 * 1024)));

    HttpResponse<String> answer = gateway.get(LOGS);

    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(answer.body()).contains("loki", "cannot be understood").hasLineCount(1);
  }

  @Test
  void largeAnswerThatIsCut_isFilteredByLoki() {
    upstreams.loki.script(
        (request, connection) -> {
          List<String> entries = new ArrayList<>();
          int limit = Integer.parseInt(parameter(request, "limit"));
          for (int i = 0; i < limit && !inFieldsOnly(request); i++) {
            entries.add(line(1_000 - i, i + " span_id=" + SPAN + " " + "x".repeat(400)));
          }
          json(connection, streams(entries));
        });

    HttpResponse<String> answer =
        gateway.get(LOGS + "&limit=10&filterBySpanID=true&spanId=" + SPAN);

    assertThat(lines(answer)).hasSize(10);
    assertThat(limits()).contains("1000", "10");
  }

  @Test
  void partOverItsBound_failsTheWhole() throws Exception {
    Hanging hanging = new Hanging(2);
    upstreams.loki.script(
        (request, connection) -> {
          CorrelatedUpstreams.head(connection, 200, "application/json", 33 << 20);
          hanging.hang(connection);
        });

    HttpResponse<String> answer = gateway.get(LOGS);

    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(answer.body()).isEqualTo("the answer of loki is larger than Spanway may hold\n");
    assertThat(hanging.isGivenUp()).isTrue();
  }

  @Test
  void partsOverTheirBoundTogether_failTheWhole() throws Exception {
    byte[] part = new byte[27 << 20];
    Arrays.fill(part, (byte) ' ');
    Hanging hanging = new Hanging(1);
    AtomicInteger asked = new AtomicInteger();
    upstreams.loki.script(
        (request, connection) -> {
          if (asked.incrementAndGet() == 6) {
            hanging.hang(connection);
          } else {
            CorrelatedUpstreams.send(connection, 200, "application/json", part);
          }
        });
    try (ScriptGateway many = gatewayOfServices(3)) {
      HttpResponse<String> answer = many.get(LOGS);

      assertThat(answer.statusCode()).isEqualTo(502);
      assertThat(answer.body()).isEqualTo("the answer of loki is larger than Spanway may hold\n");
      assertThat(hanging.isGivenUp()).isTrue();
    }
  }
}
