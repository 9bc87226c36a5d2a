// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Holds the entries that a real Loki answered and asks for them again. */
final class RecordedAnswersTest {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final String[] SOURCES = {
    "range-nginx-categorized",
    "range-checkout-categorized",
    "range-payments-categorized",
    "range-legacy-categorized",
    "range-forward",
    "range-json-parsed",
    "range-grafana-trace-to-logs-line",
    "range-grafana-trace-to-logs-metadata",
    "range-grafana-discovery",
  };

  private static DemoLoki loki;

  @BeforeAll
  static void fill() {
    InstantSource clock = InstantSource.fixed(Instant.parse("2026-11-22T12:00:00Z"));
    loki = new DemoLoki(DemoData.startingAt(Instant.EPOCH.plusSeconds(1000)), clock);
    var streams = new ArrayList<Map<String, Object>>();
    for (String source : SOURCES) {
      JsonNode body = MAPPER.readTree(recording(source).at("/response/body").asString());
      for (JsonNode element : body.at("/data/result")) {
        var values = new ArrayList<List<Object>>();
        for (JsonNode entry : element.path("values")) {
          var metadata = new TreeMap<String, String>();
          entry
              .path(2)
              .path("structuredMetadata")
              .forEachEntry((name, value) -> metadata.put(name, value.asString()));
          // The demo has to find it again.
          metadata.remove("detected_level");
          values.add(List.of(entry.path(0).asString(), entry.path(1).asString(), metadata));
        }
        streams.add(Map.of("stream", element.path("stream"), "values", values));
      }
    }
    FakeExchange pushed =
        FakeExchange.send(
            loki,
            "POST",
            "/loki/api/v1/push",
            MAPPER.writeValueAsString(Map.of("streams", streams)),
            "Content-Type",
            "application/json");
    assertThat(pushed.status()).isEqualTo(204);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "range-nginx",
        "range-nginx-categorized",
        "range-checkout",
        "range-checkout-categorized",
        "range-payments",
        "range-payments-categorized",
        "range-legacy",
        "range-legacy-categorized",
        "range-json-parsed",
        "range-json-parsed-uncategorized",
        "range-logfmt-parsed",
        "range-grafana-trace-to-logs-metadata",
        "range-grafana-trace-to-logs-line",
        "range-grafana-discovery",
        "range-grafana-legacy",
        "range-docs-custom-query",
        "range-forward",
        "range-post",
        "range-volume-metric",
        "range-empty",
        "instant-healthcheck",
      })
  void answer_isLokisOwn(String name) {
    JsonNode recording = recording(name);

    FakeExchange answer = replay(recording);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Type")).isEqualTo("application/json; charset=UTF-8");
    String recorded = recording.at("/response/body").asString();
    assertThat(withoutStats(answer.body())).isEqualTo(withoutStats(recorded));
    assertThat(shape(MAPPER.readTree(answer.body()).at("/data/stats")))
        .isEqualTo(shape(MAPPER.readTree(recorded).at("/data/stats")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "range-max-entries",
        "error-bad-time",
        "error-empty-matcher",
        "error-end-before-start",
        "error-parse",
        "error-unknown-path",
        "instant-log",
        "ready",
      })
  void text_isLokisOwn(String name) {
    JsonNode recording = recording(name);

    FakeExchange answer = replay(recording);

    assertThat(answer.status()).isEqualTo(recording.at("/response/status").asInt());
    assertThat(answer.body()).isEqualTo(recording.at("/response/body").asString());
    assertThat(answer.header("Content-Type")).isEqualTo("text/plain; charset=utf-8");
    assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
  }

  @Test
  void startEqualToEnd_answersEntriesOfThatInstant() {
    FakeExchange answer =
        FakeExchange.get(
            loki,
            "/loki/api/v1/query_range?query=%7Bservice_name%3D%22nginx%22%7D"
                + "&start=1795332497787477773&end=1795332497787477773");

    assertThat(MAPPER.readTree(answer.body()).at("/data/result/0/values").size()).isEqualTo(1);
  }

  private static FakeExchange replay(JsonNode recording) {
    JsonNode request = recording.path("request");
    var headers = new ArrayList<String>();
    for (JsonNode header : request.path("headers")) {
      headers.add(header.path(0).asString());
      headers.add(header.path(1).asString());
    }
    return FakeExchange.send(
        loki,
        request.path("method").asString(),
        request.path("target").asString(),
        request.path("body").isString() ? request.path("body").asString() : "",
        headers.toArray(String[]::new));
  }

  private static String withoutStats(String body) {
    int from = body.indexOf(",\"stats\":{");
    int to = body.lastIndexOf("}}}") + 1;
    return body.substring(0, from) + body.substring(to);
  }

  /** Returns the names in an object, all levels, in order. */
  private static List<String> shape(JsonNode node) {
    var names = new ArrayList<String>();
    node.forEachEntry(
        (name, value) -> {
          names.add(name);
          names.addAll(shape(value));
        });
    return names;
  }

  private static JsonNode recording(String name) {
    try (InputStream in = RecordedAnswersTest.class.getResourceAsStream("loki-" + name + ".json")) {
      return MAPPER.readTree(Objects.requireNonNull(in, name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
