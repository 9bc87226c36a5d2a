// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks servers and reads what they answer. */
final class StoryClient {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /**
   * A JSON answer.
   *
   * @param micros how long it took, in microseconds
   */
  record Answer(HttpResponse<String> response, JsonNode json, long micros) {
    /** Returns a header of the answer, empty when it is absent. */
    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }
  }

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();
  private final LongSupplier nanoClock;

  StoryClient(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  /**
   * Asks as Grafana does, with its flag for categorised labels.
   *
   * @throws StoryException when the answer is not 200 with JSON
   */
  Answer get(String url) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url))
            .header("Accept", "application/json")
            .header("X-Loki-Response-Encoding-Flags", "categorize-labels")
            .timeout(PATIENCE)
            .build();
    long start = nanoClock.getAsLong();
    HttpResponse<String> response =
        http.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    long micros = TimeUnit.NANOSECONDS.toMicros(nanoClock.getAsLong() - start);
    StoryException.check(
        response.statusCode() == 200,
        url + " answered " + response.statusCode() + ": " + response.body().strip());
    try {
      return new Answer(response, MAPPER.readTree(response.body()), micros);
    } catch (JacksonException e) {
      throw new StoryException(url + " answered no JSON: " + e.getOriginalMessage());
    }
  }
}
