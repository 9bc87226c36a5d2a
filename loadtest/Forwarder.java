// SPDX-License-Identifier: Apache-2.0

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;

/**
 * Stands in front of Loki for both sides, and reads in its answers what they cost. What it adds to
 * the wall time it adds to both sides.
 */
final class Forwarder implements AutoCloseable {
  private static final Set<String> NOT_PASSED =
      Set.of("connection", "content-length", "host", "upgrade", "transfer-encoding", "expect");

  /** What Spanway asks by itself now and then, whether or not there are clients. */
  private static final Set<String> BACKGROUND =
      Set.of("/loki/api/v1/status/buildinfo", "/loki/api/v1/labels?since=6h");

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final ExecutorService threads = Executors.newFixedThreadPool(16);
  private final URI loki;
  private final HttpServer server;
  private Count count = new Count();

  /** What went to Loki. */
  static final class Count {
    int requests;
    int searches;
    long bytes;
    final List<String> paths = new ArrayList<>();
    final List<String> refused = new ArrayList<>();
    final List<String> queries = new ArrayList<>();
  }

  Forwarder(URI loki) throws IOException {
    this.loki = loki;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::forward);
    server.start();
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** What was counted since the last call. */
  synchronized Count take() {
    Count taken = count;
    count = new Count();
    return taken;
  }

  private void forward(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String target = exchange.getRequestURI().toString();
      var request =
          HttpRequest.newBuilder(URI.create(loki + target))
              .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
      exchange
          .getRequestHeaders()
          .forEach(
              (name, values) -> {
                if (!NOT_PASSED.contains(name.toLowerCase(Locale.ROOT))) {
                  values.forEach(value -> request.header(name, value));
                }
              });
      HttpResponse<byte[]> answer =
          client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      if (target.startsWith("/loki/api/v1/") && !BACKGROUND.contains(target)) {
        read(target, new String(body, StandardCharsets.UTF_8), answer);
      }
      for (String name : List.of("content-type", "content-encoding")) {
        answer
            .headers()
            .firstValue(name)
            .ifPresent(v -> exchange.getResponseHeaders().set(name, v));
      }
      byte[] bytes = answer.body();
      exchange.sendResponseHeaders(answer.statusCode(), bytes.length == 0 ? -1 : bytes.length);
      exchange.getResponseBody().write(bytes);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void read(String target, String form, HttpResponse<byte[]> answer) throws IOException {
    byte[] body = answer.body();
    if (answer.headers().firstValue("content-encoding").orElse("").equals("gzip")) {
      body = new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes();
    }
    boolean search = target.startsWith("/loki/api/v1/query");
    String query = search ? query(target.contains("query=") ? target : form) : "";
    JsonNode stats = Loki.json(body).path("data").path("stats").path("summary");
    synchronized (this) {
      count.requests++;
      count.paths.add(target.split("\\?")[0]);
      count.searches += search ? 1 : 0;
      count.bytes += stats.path("totalBytesProcessed").asLong(0);
      if (search) {
        count.queries.add(query);
      }
      if (answer.statusCode() != 200) {
        count.refused.add(
            answer.statusCode()
                + " "
                + new String(body, StandardCharsets.UTF_8).strip()
                + ": "
                + query);
      }
    }
  }

  private static String query(String parameters) {
    for (String parameter : parameters.substring(parameters.indexOf('?') + 1).split("&")) {
      if (parameter.startsWith("query=")) {
        return URLDecoder.decode(parameter.substring(6), StandardCharsets.UTF_8);
      }
    }
    return "";
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
