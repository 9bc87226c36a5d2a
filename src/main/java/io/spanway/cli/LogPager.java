// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import io.spanway.http.QueryParameters;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads all logs of a trace or span from the script API, page by page, forward in time. The next
 * page starts at the last timestamp, and what was printed already is left out: Loki's cursors are
 * times.
 */
final class LogPager {
  private static final int FIRST_LIMIT = 1000;
  private static final int LAST_LIMIT = 5000;

  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private final JsonMapper mapper = JsonMapper.builder().build();
  private final String url;
  private final @Nullable String tenant;
  private final QueryParameters base;
  private final Set<String> warned = new HashSet<>();

  LogPager(String url, @Nullable String tenant, String traceId, @Nullable String spanId) {
    this.url = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    this.tenant = tenant;
    QueryParameters parameters = QueryParameters.of("traceId", traceId, "direction", "forward");
    this.base = spanId == null ? parameters : parameters.with("spanId", spanId);
  }

  /** One log line. */
  record Line(long timestampNs, String line, String json) {
    /** With as many digits on each line, so that they stand in columns and sort. */
    private static final DateTimeFormatter TIME =
        new DateTimeFormatterBuilder().appendInstant(9).toFormatter(Locale.ROOT);

    /** Returns the line with its time in front, for people. */
    String text() {
      Instant time =
          Instant.ofEpochSecond(
              Math.floorDiv(timestampNs, 1_000_000_000L),
              Math.floorMod(timestampNs, 1_000_000_000L));
      return TIME.format(time) + " " + line;
    }
  }

  /** What one request brought. */
  private record Page(List<Line> lines, long endNs, boolean full) {}

  void run(Consumer<Line> lines, Consumer<String> warnings)
      throws IOException, InterruptedException {
    int limit = FIRST_LIMIT;
    QueryParameters asked = base;
    Set<String> printedAtLast = new HashSet<>();
    long last = Long.MIN_VALUE;
    while (true) {
      Page page = fetch(asked.with("limit", Integer.toString(limit)), warnings);
      int fresh = 0;
      for (Line line : page.lines()) {
        if (line.timestampNs() == last && printedAtLast.contains(line.json())) {
          continue;
        }
        if (line.timestampNs() != last) {
          last = line.timestampNs();
          printedAtLast.clear();
        }
        printedAtLast.add(line.json());
        lines.accept(line);
        fresh++;
      }
      if (!page.full()) {
        return;
      }
      if (fresh == 0) {
        if (limit >= LAST_LIMIT) {
          throw new CommandFailedException(
              1,
              page.lines().size()
                  + " lines or more carry the timestamp "
                  + last
                  + ", which is as many as one answer holds");
        }
        limit = LAST_LIMIT;
      }
      asked = base.with("start", Long.toString(last)).with("end", Long.toString(page.endNs()));
    }
  }

  private Page fetch(QueryParameters parameters, Consumer<String> warnings)
      throws IOException, InterruptedException {
    HttpRequest.Builder request;
    try {
      request = HttpRequest.newBuilder(URI.create(url + "/spanway/v1/logs?" + parameters.encode()));
    } catch (IllegalArgumentException e) {
      throw new CommandFailedException(2, "not a URL: " + url);
    }
    request.header("Accept", "application/x-ndjson").timeout(Duration.ofMinutes(5));
    if (tenant != null) {
      request.header("X-Scope-OrgID", tenant);
    }
    HttpResponse<String> response =
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new CommandFailedException(
          1, "answer " + response.statusCode() + ": " + response.body().strip());
    }
    // A page that is full says so, whatever limit this Spanway allows; there is another one then.
    boolean full = false;
    for (String warning : response.headers().allValues("X-Spanway-Warning")) {
      if (warning.startsWith("the limit of ")) {
        full = true;
      } else if (warned.add(warning)) {
        warnings.accept(warning);
      }
    }
    return new Page(lines(response.body()), endOf(response), full);
  }

  private List<Line> lines(String body) throws IOException {
    List<Line> lines = new ArrayList<>();
    for (String text : body.split("\n", -1)) {
      if (!text.isEmpty()) {
        try {
          JsonNode node = mapper.readTree(text);
          lines.add(
              new Line(
                  Long.parseLong(node.path("timestamp").asString()),
                  node.path("line").asString(),
                  text));
        } catch (JacksonException | NumberFormatException e) {
          throw new IOException("the answer is not what Spanway sends", e);
        }
      }
    }
    return lines;
  }

  private static long endOf(HttpResponse<?> response) {
    String window = response.headers().firstValue("X-Spanway-Window").orElse("");
    try {
      return Long.parseLong(window.substring(window.indexOf('/') + 1));
    } catch (NumberFormatException e) {
      throw new CommandFailedException(1, "the answer does not come from Spanway");
    }
  }
}
