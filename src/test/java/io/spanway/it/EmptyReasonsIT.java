// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static io.spanway.it.CorrelatedUpstreams.LABELS;
import static io.spanway.it.CorrelatedUpstreams.LOGS;
import static io.spanway.it.CorrelatedUpstreams.RANGE;
import static io.spanway.it.CorrelatedUpstreams.asked;
import static io.spanway.it.CorrelatedUpstreams.json;
import static io.spanway.it.CorrelatedUpstreams.path;
import static io.spanway.it.CorrelatedUpstreams.streams;
import static io.spanway.it.ScriptLogs.lines;
import static io.spanway.it.ScriptLogs.warnings;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What finding out a reason may cost. */
final class EmptyReasonsIT {
  private static final String TAGS =
      """
      tracesToLogsV2:
        tags: [{ key: service.name, value: service_name }, { key: service.name, value: app }]
      """;

  private CorrelatedUpstreams upstreams;

  @BeforeEach
  void start() {
    upstreams = new CorrelatedUpstreams();
  }

  @AfterEach
  void stop() {
    upstreams.close();
  }

  private static String labels(String... names) {
    return "{\"status\":\"success\",\"data\":[\"" + String.join("\",\"", names) + "\"]}";
  }

  private long helperCalls() {
    return upstreams.loki.requests().stream()
        .map(CorrelatedUpstreams::path)
        .filter(path -> path.startsWith("/loki/api/v1/") && !path.equals(RANGE))
        .count();
  }

  @Test
  void reason_takesFourCallsOnceForAllWhoAsk() throws Exception {
    upstreams.loki.script(
        (request, connection) ->
            json(
                connection,
                switch (path(request)) {
                  case RANGE -> streams(List.of());
                  case LABELS -> labels("service_name", "app");
                  case "/loki/api/v1/index/stats" ->
                      "{\"streams\":1,\"chunks\":1,\"bytes\":9,\"entries\":3}";
                  default -> labels("nginx");
                }));
    try (ScriptGateway gateway = upstreams.gateway(TAGS)) {
      HttpResponse<String> first = gateway.get(LOGS);
      long calls = helperCalls();
      HttpResponse<String> second = gateway.get(LOGS + "&limit=7");

      assertThat(lines(first)).isEmpty();
      assertThat(warnings(first))
          .contains(
              "no lines: {service_name=\\\"nginx\\\", app=\\\"nginx\\\"} has lines in the window");
      assertThat(warnings(second)).contains("none carries the trace's ID");
      assertThat(calls).isEqualTo(4);
      assertThat(helperCalls()).isEqualTo(4);
    }
  }

  @Test
  void lokiThatDoesNotSay_holdsTheAnswerUpForHalfASecondAtMost() throws Exception {
    CorrelatedUpstreams.Hanging hanging = new CorrelatedUpstreams.Hanging(1);
    upstreams.loki.script(
        (request, connection) -> {
          if (path(request).equals(RANGE)) {
            json(connection, streams(List.of()));
          } else {
            hanging.hang(connection);
          }
        });
    try (ScriptGateway gateway = upstreams.gateway(TAGS)) {
      HttpResponse<String> answer = gateway.get(LOGS);

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(warnings(answer)).doesNotContain("no lines");
      assertThat(hanging.isGivenUp()).isTrue();
      assertThat(asked(upstreams.loki, LABELS)).hasSize(1);
    }
  }

  @Test
  void lokiThatRefuses_leavesTheReasonOpen() throws Exception {
    upstreams.loki.script(
        (request, connection) -> {
          if (path(request).equals(RANGE)) {
            json(connection, streams(List.of()));
          } else {
            CorrelatedUpstreams.send(connection, 500, "text/plain", new byte[0]);
          }
        });
    try (ScriptGateway gateway = upstreams.gateway(TAGS)) {
      HttpResponse<String> answer = gateway.get(LOGS);

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(warnings(answer)).doesNotContain("no lines");
      assertThat(helperCalls()).isEqualTo(1);
    }
  }

  @Test
  void answerWithLines_asksForNoReason() throws Exception {
    try (ScriptGateway gateway = upstreams.gateway(TAGS)) {
      assertThat(lines(gateway.get(LOGS))).hasSize(1);
      assertThat(helperCalls()).isZero();
    }
  }
}
