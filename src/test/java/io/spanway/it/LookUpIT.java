// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static io.spanway.it.CorrelatedUpstreams.END;
import static io.spanway.it.CorrelatedUpstreams.LABELS;
import static io.spanway.it.CorrelatedUpstreams.LOGS;
import static io.spanway.it.CorrelatedUpstreams.NGINX;
import static io.spanway.it.CorrelatedUpstreams.RANGE;
import static io.spanway.it.CorrelatedUpstreams.START;
import static io.spanway.it.CorrelatedUpstreams.TRACE;
import static io.spanway.it.CorrelatedUpstreams.V2;
import static io.spanway.it.CorrelatedUpstreams.asked;
import static io.spanway.it.CorrelatedUpstreams.awaitAsked;
import static io.spanway.it.CorrelatedUpstreams.head;
import static io.spanway.it.CorrelatedUpstreams.joined;
import static io.spanway.it.CorrelatedUpstreams.metric;
import static io.spanway.it.CorrelatedUpstreams.nginx;
import static io.spanway.it.CorrelatedUpstreams.parameter;
import static io.spanway.it.CorrelatedUpstreams.path;
import static io.spanway.it.CorrelatedUpstreams.sendTrace;
import static io.spanway.it.CorrelatedUpstreams.trace;
import static io.spanway.it.ScriptGateway.header;
import static io.spanway.it.ScriptLogs.lines;
import static io.spanway.it.ScriptLogs.range;
import static io.spanway.it.ScriptLogs.warnings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.spanway.it.CorrelatedUpstreams.Hanging;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Look-ups of traces and labels that hang, are left, are shared, or are not needed at all. */
final class LookUpIT {
  private static final String G2 = range(NGINX + " |=\"" + TRACE + '"', START, END);
  private static final long HOUR = 3_600_000_000_000L;

  /** More than the sockets between Tempo and Spanway hold. */
  private static final int LARGE = 24 << 20;

  private static CorrelatedUpstreams upstreams;
  private static ScriptGateway gateway;

  @BeforeAll
  static void start() {
    upstreams = new CorrelatedUpstreams();
    gateway =
        upstreams.gateway(
            """
            tracesToLogsV2:
              spanStartTimeShift: '-2s'
              spanEndTimeShift: '2s'
              tags: [{ key: service.name, value: service_name }]
            limits: { maxTrace: 64MiB }
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

  /** How many clients left before their answer was complete. */
  private static double left() {
    return metric(gateway, "spanway_errors_total", "client");
  }

  // Traces.

  @Test
  void hangingCheckOfATrace_isGivenUpAndTheWindowIsNotShifted() throws Exception {
    Hanging hanging = new Hanging(1);
    upstreams.tempo.script((request, connection) -> hanging.hang(connection));

    HttpResponse<String> answer = gateway.get(G2);

    assertThat(lines(answer)).hasSize(1);
    assertThat(warnings(answer)).contains("the window is not shifted: tempo timed out");
    assertThat(header(answer, "X-Spanway-Window")).startsWith(START + "/");
    assertThat(hanging.isGivenUp()).isTrue();

    upstreams.tempo.script((request, connection) -> sendTrace(connection, nginx()));
    assertThat(lines(gateway.get(LOGS))).hasSize(1);
    assertThat(asked(upstreams.tempo, V2)).hasSize(2);
    HttpResponse<String> shifted = gateway.get(G2);
    assertThat(header(shifted, "X-Spanway-Window")).startsWith((START - 2_000_000_000L) + "/");
    assertThat(warnings(shifted)).doesNotContain("not shifted");
  }

  @Test
  void traceThatTempoLacks_leavesTheWindow() {
    upstreams.tempo.script((request, connection) -> connection.answer(404, "no\n"));

    HttpResponse<String> answer = gateway.get(G2);

    assertThat(warnings(answer)).contains("the window is not shifted: tempo does not have trace");
    assertThat(header(answer, "X-Spanway-Window")).startsWith(START + "/");
    assertThat(upstreams.tempo.requests()).hasSize(2);
  }

  @Test
  void secondRequestOfALookUp_isGivenUpToo() throws Exception {
    Hanging hanging = new Hanging(1);
    upstreams.tempo.script(
        (request, connection) -> {
          if (path(request).equals(V2)) {
            connection.answer(404, "no\n");
          } else {
            hanging.hang(connection);
          }
        });

    assertThat(warnings(gateway.get(G2))).contains("not shifted: tempo timed out");
    assertThat(hanging.isGivenUp()).isTrue();
  }

  @Test
  void clientThatLeaves_endsTheLookUp() throws Exception {
    Hanging hanging = new Hanging(1);
    upstreams.tempo.script((request, connection) -> hanging.hang(connection));

    try (Socket client = gateway.open(LOGS)) {
      assertThat(client.isConnected()).isTrue();
      awaitAsked(upstreams.tempo, V2, 1);
    }

    assertThat(hanging.isGivenUp()).isTrue();
    assertThat(asked(upstreams.loki, RANGE)).isEmpty();
  }

  @Test
  void clientThatLeavesInMidCollection_leaksNothing() throws Exception {
    Hanging hanging = new Hanging(1);
    CountDownLatch taken = new CountDownLatch(1);
    upstreams.tempo.script(
        (request, connection) -> {
          head(connection, 200, "application/protobuf", 2 * LARGE);
          connection.send(new byte[LARGE]);
          taken.countDown();
          hanging.hang(connection);
        });

    try (Socket client = gateway.open(LOGS)) {
      assertThat(client.isConnected()).isTrue();
      assertThat(taken.await(10, TimeUnit.SECONDS)).isTrue();
    }

    assertThat(hanging.isGivenUp()).isTrue();
  }

  @Test
  void firstOfTwoThatLeaves_keepsNothingFromTheOther() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    upstreams.tempo.script(
        (request, connection) -> {
          byte[] trace = nginx();
          head(connection, 200, "application/protobuf", trace.length);
          connection.send(Arrays.copyOf(trace, 10));
          go.await();
          connection.send(Arrays.copyOfRange(trace, 10, trace.length));
        });
    double before = joined(gateway);
    CompletableFuture<HttpResponse<String>> second;
    double gone;
    try (Socket first = gateway.open(LOGS)) {
      assertThat(first.isConnected()).isTrue();
      awaitAsked(upstreams.tempo, V2, 1);
      second = gateway.later(LOGS + "&limit=5");
      await().until(() -> joined(gateway) > before);
      gone = left();
    }
    await().until(() -> left() > gone);
    go.countDown();

    assertThat(lines(second.get(10, TimeUnit.SECONDS))).hasSize(1);
    assertThat(asked(upstreams.tempo, V2)).hasSize(1);
  }

  @Test
  void secondOfTwoThatLeaves_keepsNothingFromTheFirst() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    upstreams.tempo.script(
        (request, connection) -> {
          go.await();
          sendTrace(connection, nginx());
        });
    double before = joined(gateway);
    CompletableFuture<HttpResponse<String>> first = gateway.later(LOGS);
    awaitAsked(upstreams.tempo, V2, 1);
    double gone;
    try (Socket second = gateway.open(LOGS + "&limit=5")) {
      assertThat(second.isConnected()).isTrue();
      await().until(() -> joined(gateway) > before);
      gone = left();
    }
    await().until(() -> left() > gone);
    go.countDown();

    assertThat(lines(first.get(10, TimeUnit.SECONDS))).hasSize(1);
    assertThat(asked(upstreams.tempo, V2)).hasSize(1);
  }

  @Test
  void lastOfTwoThatLeaves_endsTheLookUp() throws Exception {
    Hanging hanging = new Hanging(1);
    upstreams.tempo.script((request, connection) -> hanging.hang(connection));
    double before = joined(gateway);

    try (Socket first = gateway.open(LOGS)) {
      assertThat(first.isConnected()).isTrue();
      awaitAsked(upstreams.tempo, V2, 1);
      try (Socket second = gateway.open(LOGS + "&limit=5")) {
        assertThat(second.isConnected()).isTrue();
        await().until(() -> joined(gateway) > before);
      }
    }

    assertThat(hanging.isGivenUp()).isTrue();
  }

  @Test
  void checkThatJoinsAndGivesUp_leavesTheLookUpToTheScript() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    upstreams.tempo.script(
        (request, connection) -> {
          go.await();
          sendTrace(connection, nginx());
        });
    CompletableFuture<HttpResponse<String>> script = gateway.later(LOGS);
    awaitAsked(upstreams.tempo, V2, 1);

    assertThat(warnings(gateway.get(G2))).contains("not shifted: tempo timed out");
    go.countDown();

    assertThat(lines(script.get(10, TimeUnit.SECONDS))).hasSize(1);
    assertThat(asked(upstreams.tempo, V2)).hasSize(1);
  }

  @Test
  void traceOverItsBound_failsTheScriptAndStreamsToWhoJoined() throws Exception {
    try (ScriptGateway small = upstreams.gateway("limits: { maxTrace: 64KiB }")) {
      byte[] large = trace(List.of(Map.of("service.name", "nginx", "x", "y".repeat(100 * 1024))));
      CountDownLatch go = new CountDownLatch(1);
      upstreams.tempo.script(
          (request, connection) -> {
            go.await();
            sendTrace(connection, large);
          });
      CompletableFuture<HttpResponse<String>> script = small.later(LOGS);
      awaitAsked(upstreams.tempo, V2, 1);
      CompletableFuture<HttpResponse<String>> own =
          small.later(V2, "Accept", "application/protobuf");
      await().until(() -> joined(small) > 0);
      go.countDown();

      assertThat(script.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(502);
      assertThat(script.get().body())
          .isEqualTo(
              "the answer of tempo is larger than Spanway may hold:"
                  + " over 65536 bytes (limits.maxTrace)\n");
      assertThat(own.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
      assertThat(own.get().body().length()).isGreaterThan(100 * 1024);
      assertThat(asked(upstreams.tempo, V2)).hasSize(2);
      assertThat(small.get(LOGS).statusCode()).isEqualTo(502);
    }
  }

  @Test
  void traceOverItsBound_failsTheScriptHoweverItCame() {
    try (ScriptGateway small = upstreams.gateway("limits: { maxTrace: 64KiB }")) {
      byte[] large = trace(List.of(Map.of("service.name", "nginx", "x", "y".repeat(100 * 1024))));
      upstreams.tempo.script((request, connection) -> sendTrace(connection, large));
      HttpResponse<String> own = small.get(V2, "Accept", "application/protobuf");
      assertThat(own.statusCode()).isEqualTo(200);

      HttpResponse<String> script = small.get(LOGS);

      assertThat(asked(upstreams.tempo, V2)).as("it is held").hasSize(1);
      assertThat(script.statusCode()).isEqualTo(502);
      assertThat(script.body()).contains("the answer of tempo is larger than Spanway may hold");
    }
  }

  // Labels.

  @Test
  void labels_areNotAskedForWhereAllTagsAreConfigured() {
    assertThat(lines(gateway.get(G2))).hasSize(1);

    assertThat(asked(upstreams.loki, LABELS)).isEmpty();
  }

  @Test
  void labels_areAskedForOnceAnHourWhereADefaultMayBeUnknown() {
    String query = "{service_name=\"nginx\", pod=\"a\"} |=\"" + TRACE + '"';

    HttpResponse<String> answer = gateway.get(range(query, START, END));
    gateway.get(range(query, START + 60_000_000_000L, END + 60_000_000_000L));

    assertThat(warnings(answer)).contains("label pod was left out");
    assertThat(asked(upstreams.loki, LABELS)).hasSize(1);
    var labels = asked(upstreams.loki, LABELS).get(0);
    assertThat(Long.parseLong(parameter(labels, "start"))).isEqualTo(START / HOUR * HOUR);
    assertThat(Long.parseLong(parameter(labels, "end"))).isEqualTo((END / HOUR + 1) * HOUR);
    assertThat(asked(upstreams.loki, RANGE))
        .allMatch(each -> !parameter(each, "query").contains("pod"));
  }

  @Test
  void labelsThatHang_areGivenUpAndCountAsUnknown() throws Exception {
    Hanging hanging = new Hanging(1);
    upstreams.loki.script(
        (request, connection) -> {
          if (path(request).equals(LABELS)) {
            hanging.hang(connection);
          } else {
            CorrelatedUpstreams.json(connection, CorrelatedUpstreams.streams(List.of()));
          }
        });
    long before = System.nanoTime();

    HttpResponse<String> answer =
        gateway.get(range("{service_name=\"nginx\", pod=\"a\"} |=\"" + TRACE + '"', START, END));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
    assertThat(hanging.isGivenUp()).isTrue();
    assertThat(asked(upstreams.loki, RANGE))
        .allMatch(each -> parameter(each, "query").contains("pod=\"a\""));
  }
}
