// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.spanway.cache.ModelLoki;
import io.spanway.http.BadTargetException;
import io.spanway.http.QueryParameters;
import io.spanway.streams.Direction;
import io.spanway.streams.StreamsAnswer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A Loki of one tenant on a port of its own, which remembers what it was asked. */
final class ModelServer implements AutoCloseable {
  /** What it was asked. */
  record Question(long startNs, long endNs, int limit) {
    long lengthNs() {
      return endNs - startNs;
    }
  }

  private final HttpServer server;
  private final ModelLoki model;
  private final List<Question> asked = new ArrayList<>();
  private int failing;
  private String instead = "";

  ModelServer(long seed) {
    model = new ModelLoki(new Random(seed));
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    server.createContext("/loki/api/v1/query_range", this::handle);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  synchronized void push(long ns) {
    model.push(ns, 0);
  }

  /** Has it fail with a status; 0 to answer. */
  synchronized void fail(int status) {
    failing = status;
  }

  /** Has it give another answer; empty for its own. */
  synchronized void answerInstead(String body) {
    instead = body;
  }

  /** Returns what it was asked since the last call. */
  synchronized List<Question> asked() {
    List<Question> all = List.copyOf(asked);
    asked.clear();
    return all;
  }

  /** Answers without being asked. */
  synchronized StreamsAnswer answer(long start, long end, int limit, Direction direction) {
    return model.answer(start, end, limit, direction, false, -1, 0, 1);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      QueryParameters parameters = parameters(exchange);
      long start = Long.parseLong(String.valueOf(parameters.first("start")));
      long end = Long.parseLong(String.valueOf(parameters.first("end")));
      int limit = Integer.parseInt(String.valueOf(parameters.first("limit")));
      boolean forward = "forward".equals(parameters.first("direction"));
      byte[] body;
      int status;
      synchronized (this) {
        asked.add(new Question(start, end, limit));
        status = failing == 0 ? 200 : failing;
        Direction direction = forward ? Direction.FORWARD : Direction.BACKWARD;
        body =
            failing > 0
                ? "no\n".getBytes(StandardCharsets.UTF_8)
                : instead.isEmpty()
                    ? answer(start, end, limit, direction).write()
                    : instead.getBytes(StandardCharsets.UTF_8);
      }
      exchange.getResponseHeaders().set("Content-Type", "application/json; charset=UTF-8");
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    } catch (BadTargetException e) {
      throw new IOException(e);
    }
  }

  private static QueryParameters parameters(HttpExchange exchange)
      throws IOException, BadTargetException {
    String query = exchange.getRequestURI().getRawQuery();
    String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    return QueryParameters.parse(form).then(QueryParameters.parse(query == null ? "" : query));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
