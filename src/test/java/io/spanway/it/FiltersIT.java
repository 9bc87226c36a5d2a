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
import static io.spanway.it.CorrelatedUpstreams.awaitAsked;
import static io.spanway.it.CorrelatedUpstreams.joined;
import static io.spanway.it.CorrelatedUpstreams.json;
import static io.spanway.it.CorrelatedUpstreams.line;
import static io.spanway.it.CorrelatedUpstreams.parameter;
import static io.spanway.it.CorrelatedUpstreams.streams;
import static io.spanway.it.ScriptGateway.header;
import static io.spanway.it.ScriptLogs.g4;
import static io.spanway.it.ScriptLogs.lines;
import static io.spanway.it.ScriptLogs.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the headers of a correlated answer say: its filters, its age, and how it was got. */
final class FiltersIT {
  private static final String TAGS = "tags: [{ key: service.name, value: service_name }]";
  private static final String G4_SPAN =
      g4(NGINX, TRACE)
          + " | label_format log_line_contains_span_id=`{{ contains \"%s\" __line__  }}`"
              .formatted(SPAN)
          + " | log_line_contains_span_id=\"true\" or span_id=\"%s\"".formatted(SPAN);
  private static final String G4 = range(g4(NGINX, TRACE), START, END);

  private static CorrelatedUpstreams upstreams;
  private static ScriptGateway gateway;

  @BeforeAll
  static void start() {
    upstreams = new CorrelatedUpstreams();
    gateway = upstreams.gateway("tracesToLogsV2: { " + TAGS + " }");
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

  private static String cache(HttpResponse<?> answer) {
    return header(answer, "X-Spanway-Cache");
  }

  /** Lets Loki forbid to keep the half that has the ID in fields only. */
  private static void keepOneHalfOnly(CountDownLatch go) {
    upstreams.loki.script(
        (request, connection) -> {
          if (!parameter(request, "query").contains("!=")) {
            json(connection, streams(List.of(line(1, "trace_id=" + TRACE))));
            return;
          }
          go.await();
          String empty = streams(List.of());
          connection.send(
              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
                  + "Content-Length: "
                  + empty.length()
                  + "\r\n\r\n"
                  + empty);
        });
  }

  @Test
  void filters_areThoseThatWereAskedFor() {
    record Case(String target, String filters) {}
    String span = LOGS + "&spanId=" + SPAN;
    for (Case each :
        List.of(
            new Case(LOGS, "trace"),
            new Case(span, "trace"),
            new Case(LOGS + "&filterBySpanID=true", "trace"),
            new Case(span + "&filterBySpanID=true", "trace, span"),
            new Case(span + "&filterBySpanID=true&filterByTraceID=false", "span"),
            new Case(span + "&filterByTraceID=false", "none"),
            new Case(LOGS + "&filterByTraceID=false", "none"),
            new Case(G4, "trace"),
            new Case(range(G4_SPAN, START, END), "trace, span"),
            new Case(range(NGINX + " |=\"" + TRACE + '"', START, END), "trace"),
            new Case(
                range(NGINX + " |=\"" + TRACE + "\" |=\"" + SPAN + '"', START, END), "trace, span"),
            new Case(range("{__trace_id__=\"" + TRACE + "\"}", START, END), "trace"))) {
      HttpResponse<String> answer = gateway.get(each.target());

      assertThat(answer.statusCode()).as(each.target()).isEqualTo(200);
      assertThat(header(answer, "X-Spanway-Filters")).as(each.target()).isEqualTo(each.filters());
    }
  }

  @Test
  void configuredFilters_areToldToo() {
    try (ScriptGateway other =
        upstreams.gateway(
            "tracesToLogsV2: { filterByTraceID: false, filterBySpanID: true, " + TAGS + " }")) {
      assertThat(header(other.get(LOGS + "&spanId=" + SPAN), "X-Spanway-Filters"))
          .isEqualTo("span");
      assertThat(header(other.get(LOGS), "X-Spanway-Filters")).isEqualTo("none");
      assertThat(
              header(other.get(LOGS + "&filterByTraceID=true&spanId=" + SPAN), "X-Spanway-Filters"))
          .isEqualTo("trace, span");
    }
  }

  @Test
  void answersThatAreNotCorrelated_tellNoFilters() {
    HttpResponse<String> plain = gateway.get(range(NGINX, START, END));

    assertThat(plain.statusCode()).isEqualTo(200);
    assertThat(plain.headers().firstValue("X-Spanway-Filters")).isEmpty();
  }

  @Test
  void hit_hasAnAge() {
    for (String target : List.of(LOGS, G4)) {
      gateway.admin("DELETE", "/-/cache");
      HttpResponse<String> first = gateway.get(target);
      HttpResponse<String> second = gateway.get(target);

      assertThat(cache(first)).isEqualTo("miss");
      assertThat(first.headers().firstValue("Age")).isEmpty();
      assertThat(cache(second)).isEqualTo("hit");
      assertThat(Integer.parseInt(header(second, "Age"))).isBetween(0, 20);
      assertThat(lines(second)).isEqualTo(lines(first));
    }
  }

  @Test
  void halfThatIsMissing_makesTheWholeAMiss() {
    keepOneHalfOnly(new CountDownLatch(0));

    gateway.get(G4);
    HttpResponse<String> second = gateway.get(G4);

    assertThat(cache(second)).isEqualTo("miss");
    assertThat(second.headers().firstValue("Age")).isEmpty();
    assertThat(asked(upstreams.loki, RANGE)).hasSize(3);
  }

  @Test
  void halfThatIsShared_makesTheWholeShared() throws Exception {
    keepOneHalfOnly(new CountDownLatch(0));
    gateway.get(G4);
    CountDownLatch go = new CountDownLatch(1);
    keepOneHalfOnly(go);

    double before = joined(gateway);
    CompletableFuture<HttpResponse<String>> one = gateway.later(G4);
    awaitAsked(upstreams.loki, RANGE, 3);
    CompletableFuture<HttpResponse<String>> two = gateway.later(G4);
    await().until(() -> joined(gateway) > before);
    go.countDown();

    assertThat(cache(one.get(10, TimeUnit.SECONDS))).isEqualTo("miss");
    assertThat(cache(two.get(10, TimeUnit.SECONDS))).isEqualTo("coalesced");
    assertThat(two.get().headers().firstValue("Age")).isEmpty();
    assertThat(lines(two.get())).hasSize(1);
  }
}
