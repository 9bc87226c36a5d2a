// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.Bodies;
import io.spanway.body.BodyCollector;
import io.spanway.body.BodySource;
import io.spanway.http.BadTargetException;
import io.spanway.http.QueryParameters;
import io.spanway.http.RequestHead;
import io.spanway.http.ResponseHead;
import io.spanway.server.RequestHandler;
import io.spanway.server.ServerExchange;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * An in-memory Loki with the sample data, as far as Grafana's Explore and Spanway use Loki:
 * queries, labels, series, statistics, tail, and pushes of JSON. What it does not do it says with a
 * 400 or, for whole endpoints, Loki's 404. Thread-safe; what is pushed is shared by all event
 * loops.
 */
public final class DemoLoki implements RequestHandler {
  private static final String API = "/loki/api/v1/";
  private static final String FORM = "application/x-www-form-urlencoded";
  private static final int MAX_BODY = 4 << 20;
  // RFC 6455 section 1.3.
  private static final String WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private static final String BUILD_INFO =
      "{\"version\":\"3.4.6\",\"revision\":\"demo\",\"branch\":\"\",\"buildUser\":\"\","
          + "\"buildDate\":\"\",\"goVersion\":\"\"}\n";

  private final LogStore store;
  private final LokiApi api;
  private final InstantSource clock;

  /**
   * Creates a Loki.
   *
   * @param clock what {@code now} is for windows without an end
   */
  public DemoLoki(DemoData data, InstantSource clock) {
    this.store = new LogStore(data.entries());
    this.api = new LokiApi(store);
    this.clock = clock;
  }

  @Override
  public void handle(ServerExchange exchange) {
    RequestHead request = exchange.request();
    String path = request.target().path();
    switch (request.method()) {
      case "GET", "HEAD" -> {
        exchange.requestBody().cancel();
        if (path.equals(API + "tail")) {
          tail(exchange);
        } else {
          answer(exchange, path, QueryParameters.empty());
        }
      }
      case "POST" -> BodyCollector.collect(exchange.requestBody(), MAX_BODY, post(exchange, path));
      default -> {
        exchange.requestBody().cancel();
        DemoReply.empty(405).send(exchange);
      }
    }
  }

  private BodyCollector.Callback post(ServerExchange exchange, String path) {
    return new BodyCollector.Callback() {
      @Override
      public void complete(ByteBuf body, HttpHeaders trailers) {
        byte[] bytes = Bodies.bytes(body);
        if (path.equals(API + "push")) {
          push(exchange, bytes);
        } else {
          form(exchange, path, bytes);
        }
      }

      @Override
      public void tooLarge(BodySource whole) {
        whole.cancel();
        DemoReply.text(413, "the demo takes bodies of 4 MiB\n").send(exchange);
      }

      @Override
      public void failed(Throwable cause) {
        exchange.abort();
      }
    };
  }

  private void push(ServerExchange exchange, byte[] body) {
    String coding = exchange.request().header("Content-Encoding");
    String type = exchange.request().header("Content-Type");
    try {
      if (coding != null || type == null || !type.startsWith("application/json")) {
        throw RefusedException.notInTheDemo("pushes other than plain JSON");
      }
      store.add(PushBody.read(body));
      DemoReply.empty(204).send(exchange);
    } catch (RefusedException e) {
      DemoReply.text(400, e.getMessage() + "\n").send(exchange);
    }
  }

  private void form(ServerExchange exchange, String path, byte[] body) {
    String type = exchange.request().header("Content-Type");
    // Go reads a form only when it is called one.
    String form =
        type != null && type.startsWith(FORM) ? new String(body, StandardCharsets.UTF_8) : "";
    try {
      answer(exchange, path, QueryParameters.parse(form));
    } catch (BadTargetException e) {
      DemoReply.text(400, String.valueOf(e.getMessage())).send(exchange);
    }
  }

  private void answer(ServerExchange exchange, String path, QueryParameters form) {
    DemoReply reply;
    try {
      QueryParameters parameters = form.then(exchange.request().target().query());
      reply = reply(exchange.request(), path, parameters);
    } catch (RefusedException e) {
      reply = DemoReply.text(400, e.getMessage());
    } catch (BadTargetException e) {
      reply = DemoReply.text(400, String.valueOf(e.getMessage()));
    }
    reply.send(exchange);
  }

  private DemoReply reply(RequestHead request, String path, QueryParameters parameters)
      throws RefusedException {
    if (path.equals("/ready")) {
      return DemoReply.text(200, "ready\n");
    }
    if (!path.startsWith(API)) {
      return DemoReply.notFound();
    }
    long now = now();
    String endpoint = path.substring(API.length());
    String[] parts = endpoint.split("/", -1);
    if (parts.length == 3 && parts[0].equals("label") && parts[2].equals("values")) {
      return api.labelValues(parts[1], parameters, now);
    }
    return switch (endpoint) {
      case "query_range" -> api.queryRange(parameters, now, isCategorized(request));
      case "query" -> api.query(parameters, now);
      case "labels", "label" -> api.labels(parameters, now);
      case "series" -> api.series(parameters, now);
      case "index/stats" -> api.indexStats(parameters, now);
      case "detected_fields" -> api.detectedFields(parameters, now);
      case "format_query" -> api.formatQuery(parameters);
      case "status/buildinfo" -> DemoReply.json("application/json", BUILD_INFO);
      default -> DemoReply.notFound();
    };
  }

  private void tail(ServerExchange exchange) {
    RequestHead request = exchange.request();
    String key = request.header("Sec-WebSocket-Key");
    if (key == null || !request.headers().containsValue("Upgrade", "websocket", true)) {
      DemoReply.text(400, "Bad Request\n").send(exchange);
      return;
    }
    try {
      TailHandler tunnel = api.tail(request.target().query(), now(), isCategorized(request));
      HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
      headers.set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET);
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
      headers.set(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT, accept(key));
      exchange.upgrade(new ResponseHead(101, headers), tunnel);
    } catch (RefusedException e) {
      DemoReply.text(400, e.getMessage()).send(exchange);
    } catch (BadTargetException e) {
      DemoReply.text(400, String.valueOf(e.getMessage())).send(exchange);
    }
  }

  private static String accept(String key) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1")
              .digest((key + WEBSOCKET_GUID).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-1", e);
    }
  }

  /** Loki compares the flags without trimming them, and only in the header's first line. */
  private static boolean isCategorized(RequestHead request) {
    String flags = request.header("X-Loki-Response-Encoding-Flags");
    return flags != null && List.of(flags.split(",", -1)).contains("categorize-labels");
  }

  private long now() {
    Instant now = clock.instant();
    return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
  }
}
