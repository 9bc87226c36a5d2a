// SPDX-License-Identifier: Apache-2.0
package io.spanway.admin;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.Bodies;
import io.spanway.http.BadTargetException;
import io.spanway.http.ResponseHead;
import io.spanway.server.RequestHandler;
import io.spanway.server.ServerExchange;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers on the admin listener, which the data port never leads to. Thread-safe. */
public final class AdminHandler implements RequestHandler {
  private static final Logger LOG = LoggerFactory.getLogger(AdminHandler.class);
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String JSON = "application/json; charset=UTF-8";
  private static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";

  private static final String OPEN_METRICS =
      "application/openmetrics-text; version=1.0.0; charset=utf-8";

  private final AdminPages pages;
  private final UiHandler ui;

  /** Creates the handler of the given pages. */
  public AdminHandler(AdminPages pages, WebUi ui) {
    this.pages = pages;
    this.ui = new UiHandler(ui);
  }

  @Override
  public void handle(ServerExchange exchange) {
    exchange.requestBody().cancel();
    try {
      if (!ui.handles(exchange)) {
        answer(exchange);
      }
    } catch (RuntimeException e) {
      LOG.warn("the admin page {} failed", exchange.request().target().path(), e);
      respond(exchange, 500, TEXT, "the page failed; the log says why\n");
    }
  }

  private void answer(ServerExchange exchange) {
    String method = exchange.request().method();
    String path = exchange.request().target().path();
    boolean reads = method.equals("GET") || method.equals("HEAD");
    if (path.equals("/-/cache") && method.equals("DELETE")) {
      purge(exchange);
      return;
    }
    if (path.equals("/-/reload") && method.equals("POST")) {
      reload(exchange);
      return;
    }
    switch (path) {
      case "/metrics",
          "/healthz",
          "/readyz",
          "/-/version",
          "/-/config",
          "/-/cache",
          "/-/reload",
          "/-/doctor" -> {
        if (!reads) {
          wrongMethod(exchange, allowed(path));
          return;
        }
      }
      default -> {
        respond(exchange, 404, TEXT, "nothing is served at this path of the admin listener\n");
        return;
      }
    }
    switch (path) {
      case "/metrics" -> metrics(exchange);
      case "/healthz" -> respond(exchange, 200, TEXT, "ok\n");
      case "/readyz" -> {
        Readiness readiness = pages.readiness().get();
        String text = String.join("\n", readiness.lines()) + "\n";
        respond(exchange, readiness.ready() ? 200 : 503, TEXT, text);
      }
      case "/-/version" -> respond(exchange, 200, JSON, pages.version().get());
      case "/-/config" -> respond(exchange, 200, TEXT, pages.config().get());
      case "/-/reload" -> respond(exchange, 200, JSON, pages.reloads().last());
      case "/-/doctor" -> examine(exchange);
      default -> respond(exchange, 200, JSON, pages.cache().get());
    }
  }

  private void metrics(ServerExchange exchange) {
    String accept = exchange.request().header("Accept");
    if (accept != null && accept.contains("application/openmetrics-text")) {
      respond(exchange, 200, OPEN_METRICS, pages.openMetrics().get());
    } else {
      respond(exchange, 200, METRICS, pages.metrics().get());
    }
  }

  private void examine(ServerExchange exchange) {
    String accept = exchange.request().header("Accept");
    boolean json = accept != null && accept.contains("application/json");
    boolean begun =
        pages
            .doctor()
            .examine(
                json,
                page ->
                    exchange
                        .eventLoop()
                        .execute(() -> respond(exchange, 200, json ? JSON : TEXT, page)));
    if (!begun) {
      respond(exchange, 503, TEXT, "an examination is under way: try again\n");
    }
  }

  private static String allowed(String path) {
    return switch (path) {
      case "/-/cache" -> "GET, HEAD, DELETE";
      case "/-/reload" -> "GET, HEAD, POST";
      default -> "GET, HEAD";
    };
  }

  private void reload(ServerExchange exchange) {
    String site = exchange.request().header("Sec-Fetch-Site");
    if (site != null && !site.equals("same-origin") && !site.equals("none")) {
      respond(exchange, 403, TEXT, "this is not for pages of other origins\n");
      return;
    }
    boolean begun =
        pages
            .reloads()
            .reload(
                outcome ->
                    exchange
                        .eventLoop()
                        .execute(
                            () ->
                                respond(
                                    exchange, outcome.good() ? 200 : 422, TEXT, outcome.text())));
    if (!begun) {
      respond(exchange, 409, TEXT, "this Spanway was started without a file\n");
    }
  }

  private void purge(ServerExchange exchange) {
    try {
      String tenant = exchange.request().target().query().first("tenant");
      respond(exchange, 200, JSON, pages.purge().apply(tenant == null ? "" : tenant));
    } catch (BadTargetException | IllegalArgumentException e) {
      respond(exchange, 400, TEXT, e.getMessage() + "\n");
    }
  }

  private static void wrongMethod(ServerExchange exchange, String allowed) {
    String text = "method not allowed (expected: " + allowed + ")\n";
    respond(exchange, 405, headers(TEXT).set(HttpHeaderNames.ALLOW, allowed), text);
  }

  private static HttpHeaders headers(String type) {
    return DefaultHttpHeadersFactory.headersFactory()
        .newHeaders()
        .set(HttpHeaderNames.CONTENT_TYPE, type)
        .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
        .set("X-Content-Type-Options", "nosniff");
  }

  private static void respond(ServerExchange exchange, int status, String type, String text) {
    respond(exchange, status, headers(type), text);
  }

  private static void respond(
      ServerExchange exchange, int status, HttpHeaders headers, String text) {
    exchange.respond(
        new ResponseHead(status, headers), Bodies.of(text.getBytes(StandardCharsets.UTF_8)));
  }
}
