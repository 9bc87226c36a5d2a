// SPDX-License-Identifier: Apache-2.0

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks Loki's API as Grafana does, at Loki or at Spanway. */
final class Loki {
  private static final JsonMapper MAPPER = JsonMapper.shared();
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final URI base;

  Loki(URI base) {
    this.base = base;
  }

  /** A log query over a window in nanoseconds. */
  record Ask(String query, long start, long end, int limit, boolean forward) {}

  /** A line with all that Loki says about it. */
  record Row(long time, String line, Map<String, String> labels, Map<String, String> parsed) {}

  /** Rows in the order of the answer's direction; an empty object for anything but JSON. */
  static JsonNode json(byte[] body) {
    try {
      return MAPPER.readTree(body);
    } catch (JacksonException e) {
      return MAPPER.createObjectNode();
    }
  }

  List<Row> logs(Ask ask) throws IOException, InterruptedException {
    JsonNode result =
        get(
            "/loki/api/v1/query_range",
            "query",
            ask.query(),
            "start",
            Long.toString(ask.start()),
            "end",
            Long.toString(ask.end()),
            "limit",
            Integer.toString(ask.limit()),
            "direction",
            ask.forward() ? "forward" : "backward",
            "step",
            "60000ms");
    List<Row> rows = new ArrayList<>();
    for (JsonNode stream : result.path("data").path("result")) {
      for (JsonNode value : stream.path("values")) {
        Map<String, String> labels = new TreeMap<>();
        Map<String, String> parsed = new TreeMap<>();
        copy(stream.path("stream"), labels);
        copy(value.path(2).path("structuredMetadata"), labels);
        copy(value.path(2).path("parsed"), parsed);
        long time = Long.parseLong(value.path(0).asString());
        rows.add(new Row(time, value.path(1).asString(), labels, parsed));
      }
    }
    Comparator<Row> byTime = java.util.Comparator.comparingLong(Row::time);
    rows.sort(ask.forward() ? byTime : byTime.reversed());
    return rows;
  }

  private static void copy(JsonNode from, Map<String, String> to) {
    from.properties().forEach(e -> to.put(e.getKey(), e.getValue().asString()));
  }

  /** The samples of a metric query with a step of a minute: labels, then value by time. */
  Map<String, Map<Long, Long>> counts(String query, long start, long end)
      throws IOException, InterruptedException {
    JsonNode result =
        get(
            "/loki/api/v1/query_range",
            "query",
            query,
            "start",
            Long.toString(start),
            "end",
            Long.toString(end),
            "step",
            "60000ms");
    Map<String, Map<Long, Long>> all = new TreeMap<>();
    for (JsonNode series : result.path("data").path("result")) {
      Map<Long, Long> points =
          all.computeIfAbsent(series.path("metric").toString(), k -> new TreeMap<>());
      for (JsonNode value : series.path("values")) {
        points.put(value.path(0).asLong(), Long.parseLong(value.path(1).asString()));
      }
    }
    return all;
  }

  JsonNode get(String path, String... parameters) throws IOException, InterruptedException {
    StringBuilder target = new StringBuilder(base + path);
    for (int i = 0; i < parameters.length; i += 2) {
      target.append(i == 0 ? '?' : '&').append(parameters[i]).append('=');
      target.append(URLEncoder.encode(parameters[i + 1], StandardCharsets.UTF_8));
    }
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(target.toString()))
            .header("X-Loki-Response-Encoding-Flags", "categorize-labels")
            .header("X-Query-Tags", "Source=grafana")
            .header("Accept-Encoding", "gzip")
            .build();
    HttpResponse<byte[]> answer = CLIENT.send(request, HttpResponse.BodyHandlers.ofByteArray());
    byte[] body = answer.body();
    if (answer.headers().firstValue("content-encoding").orElse("").equals("gzip")) {
      body = new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes();
    }
    if (answer.statusCode() != 200) {
      String text = new String(body, StandardCharsets.UTF_8).strip();
      throw new IOException(
          answer.statusCode() + " " + text + " for " + String.join(" ", parameters));
    }
    return json(body);
  }

  /** Any text of this server, such as its metrics. */
  String text(String path) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(base + path)).build();
    return CLIENT.send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  /** Pushes; waits where Loki takes no more just now. */
  void push(String json, boolean gzip) throws IOException, InterruptedException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + "/loki/api/v1/push"))
            .header("Content-Type", "application/json");
    if (gzip) {
      var bytes = new ByteArrayOutputStream();
      try (var out = new GZIPOutputStream(bytes)) {
        out.write(body);
      }
      body = bytes.toByteArray();
      request.header("Content-Encoding", "gzip");
    }
    request.POST(HttpRequest.BodyPublishers.ofByteArray(body));
    while (true) {
      HttpResponse<String> answer =
          CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() / 100 == 2) {
        return;
      }
      if (answer.statusCode() != 429) {
        throw new IOException("push: " + answer.statusCode() + " " + answer.body());
      }
      Thread.sleep(500);
    }
  }

  static String quoted(String text) {
    return MAPPER.writeValueAsString(text);
  }
}
