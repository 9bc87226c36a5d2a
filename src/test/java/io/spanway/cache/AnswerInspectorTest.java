// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.route.Operation;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class AnswerInspectorTest {
  @ParameterizedTest
  @CsvSource({
    "loki-range-empty, LOKI_QUERY_RANGE, true",
    "loki-range-checkout-categorized, LOKI_QUERY_RANGE, false",
    "loki-range-matrix, LOKI_QUERY_RANGE, false",
    "loki-labels, LOKI_LABELS, false",
    "loki-series, LOKI_SERIES, true",
    "loki-index-stats, LOKI_INDEX_STATS, false",
    "loki-patterns, LOKI_PATTERNS, true",
    "loki-detected-labels, LOKI_DETECTED_LABELS, true",
    "loki-buildinfo, LOKI_BUILDINFO, false",
    "loki-format-query, LOKI_FORMAT_QUERY, false",
    "tempo-search-traceql, TEMPO_SEARCH, false",
    "tempo-metrics-range, TEMPO_METRICS_RANGE, false",
    "tempo-buildinfo, TEMPO_STATUS, false",
    "tempo-v1-tags, TEMPO_TAGS, true",
    "tempo-v2-tags, TEMPO_TAGS, false",
  })
  void recordedAnswers_areComplete(String name, Operation operation, boolean empty)
      throws IOException {
    try (InputStream in = AnswerInspectorTest.class.getResourceAsStream(name + ".json")) {
      JsonNode response = JsonMapper.shared().readTree(in).get("response");
      byte[] body = response.get("body").asString().getBytes(StandardCharsets.UTF_8);

      assertThat(
              AnswerInspector.inspect(
                  operation, response.get("status").asInt(), "application/json", body))
          .isEqualTo(new AnswerFacts(200, true, empty, 0));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "LOKI_QUERY_RANGE; {\"status\":\"success\",\"warnings\":[\"w\"],\"data\":{}}; false",
        "LOKI_QUERY_RANGE; {\"status\":\"success\",\"data\":{\"result\":[]},\"warnings\":[\"w\"]}; false",
        "LOKI_QUERY_RANGE; {\"status\":\"success\",\"warnings\":[],\"data\":{}}; true",
        "LOKI_QUERY_RANGE; {\"status\":\"success\",\"data\":{\"warnings\":[\"w\"]}}; true",
        "LOKI_QUERY_RANGE; {\"status\":\"error\",\"data\":{}}; false",
        "LOKI_QUERY_RANGE; {\"status\":\"success\",\"data\":{},\"error\":\"e\"}; false",
        "LOKI_QUERY_RANGE; {\"status\":\"success\",\"data\":{\"result\":[{\"a\":; false",
        "LOKI_QUERY_RANGE; {\"status\":\"success\"} {}; false",
        "LOKI_QUERY_RANGE; []; false",
        "LOKI_QUERY_RANGE; nonsense; false",
        "TEMPO_SEARCH; {\"traces\":[],\"metrics\":{\"completedJobs\":1,\"totalJobs\":2}}; false",
        "TEMPO_SEARCH; {\"traces\":[],\"metrics\":{\"completedJobs\":\"2\",\"totalJobs\":\"2\"}}; true",
        "TEMPO_SEARCH; {\"traces\":[],\"metrics\":{\"totalJobs\":1}}; false",
        "TEMPO_SEARCH; {\"traces\":[],\"metrics\":{}}; true",
        "TEMPO_SEARCH; {\"traces\":[],\"metrics\":{\"totalJobs\":1e400}}; false",
        "TEMPO_METRICS_RANGE; {\"series\":[],\"status\":\"PARTIAL\",\"message\":\"m\"}; false",
        "TEMPO_METRICS_RANGE; {\"series\":[],\"status\":\"COMPLETE\"}; true",
      })
  void partialAnswers_areSeen(Operation operation, String body, boolean complete) {
    assertThat(inspect(operation, body).complete()).isEqualTo(complete);
  }

  @Test
  void labelsWithoutData_areEmpty() {
    assertThat(inspect(Operation.LOKI_LABELS, "{\"status\":\"success\"}\n"))
        .isEqualTo(new AnswerFacts(200, true, true, 0));
  }

  @Test
  void nestingBeyondReason_isIncomplete() {
    String deep = "{\"data\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}";

    assertThat(inspect(Operation.LOKI_LABELS, deep).complete()).isFalse();
  }

  @Test
  void answersThatAreNotJson_areIncomplete() {
    byte[] body = "{\"status\":\"success\"}".getBytes(StandardCharsets.UTF_8);

    assertThat(
            AnswerInspector.inspect(
                    Operation.LOKI_LABELS, 200, "application/vnd.google.protobuf", body)
                .complete())
        .isFalse();
    assertThat(AnswerInspector.inspect(Operation.LOKI_LABELS, 200, null, body).complete())
        .isFalse();
    assertThat(AnswerInspector.inspect(Operation.LOKI_LABELS, 500, "application/json", body))
        .isEqualTo(AnswerFacts.ofStatus(500));
  }

  private static AnswerFacts inspect(Operation operation, String body) {
    return AnswerInspector.inspect(
        operation, 200, "application/json; charset=UTF-8", body.getBytes(StandardCharsets.UTF_8));
  }
}
