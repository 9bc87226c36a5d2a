// SPDX-License-Identifier: Apache-2.0
package io.spanway.admin;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.Bodies;
import io.spanway.http.BadTargetException;
import io.spanway.http.RequestHead;
import io.spanway.http.RequestTarget;
import io.spanway.http.ResponseHead;
import io.spanway.server.ServerExchange;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The web page and its data. Data comes from the data listener's own handler, for three paths and
 * GET alone, so that a page sees what its user would see there, under the same limits. Thread-safe.
 */
final class UiHandler {
  /** What the user typed in for the upstreams; a proxy's own credentials are not meant for them. */
  static final String AUTHORIZATION = "X-Spanway-Authorization";

  private static final String TENANT = "X-Scope-OrgID";
  private static final String FILES = "/ui";
  private static final String DATA = "/-/api/";
  private static final String TRACES = "traces/";
  private static final String LOGS = "/logs";
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String JSON = "application/json; charset=UTF-8";

  /** Nothing from elsewhere, nothing inline, no frame around it, no text taken for markup. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
          + " require-trusted-types-for 'script'; trusted-types 'none'";

  private final WebUi ui;
  private final UiGuard guard;
  private final UiFiles files = new UiFiles();

  UiHandler(WebUi ui) {
    this.ui = ui;
    this.guard = new UiGuard(ui.config());
  }

  /** Answers a request if it is for the page or its data; says whether it was. */
  boolean handles(ServerExchange exchange) {
    String path = exchange.request().target().path();
    boolean data = path.startsWith(DATA);
    if (guard.isOff() || !(data || path.equals(FILES) || path.startsWith(FILES + "/"))) {
      return false;
    }
    String method = exchange.request().method();
    if (!method.equals("GET") && (data || !method.equals("HEAD"))) {
      HttpHeaders headers = headers(TEXT);
      headers.set(HttpHeaderNames.ALLOW, data ? "GET" : "GET, HEAD");
      respond(exchange, 405, headers, "method not allowed\n");
    } else if (data) {
      answer(exchange, path.substring(DATA.length()));
    } else {
      file(exchange, path);
    }
    return true;
  }

  private void file(ServerExchange exchange, String path) {
    RequestHead head = exchange.request();
    String refusal = guard.refusal(head, exchange.remoteAddress());
    UiFiles.File file = files.at(path);
    if (refusal != null) {
      respond(exchange, 403, headers(TEXT), refusal + "\n");
    } else if (path.equals(FILES)) {
      HttpHeaders headers = headers(TEXT);
      String query = head.target().rawQuery();
      headers.set(HttpHeaderNames.LOCATION, query.isEmpty() ? "/ui/" : "/ui/?" + query);
      respond(exchange, 308, headers, "the page is at /ui/\n");
    } else if (file == null) {
      respond(exchange, 404, headers(TEXT), "the page has no such file\n");
    } else {
      HttpHeaders headers = headers(file.type());
      // Files go with a version: kept by browsers, and asked for again each time.
      headers.set(HttpHeaderNames.CACHE_CONTROL, "no-cache").set(HttpHeaderNames.ETAG, file.etag());
      boolean known = head.hasToken("If-None-Match", file.etag());
      if (!known) {
        // For HEAD too, whose answer has no body to tell its length by.
        headers.set(HttpHeaderNames.CONTENT_LENGTH, file.content().length);
      }
      exchange.respond(
          new ResponseHead(known ? 304 : 200, headers),
          known ? Bodies.empty() : Bodies.of(file.content()));
    }
  }

  private void answer(ServerExchange exchange, String name) {
    RequestHead head = exchange.request();
    String refusal = guard.dataRefusal(head, exchange.remoteAddress());
    if (refusal != null) {
      respond(exchange, 403, headers(TEXT), refusal + "\n");
      return;
    }
    if (name.equals("status")) {
      respond(exchange, 200, headers(JSON), ui.status().get());
      return;
    }
    String path = dataPath(name);
    if (path == null) {
      respond(exchange, 404, headers(TEXT), "the page has no such data\n");
      return;
    }
    try {
      String query = head.target().rawQuery();
      RequestTarget target = RequestTarget.parse(query.isEmpty() ? path : path + "?" + query);
      ui.data().handle(new PageExchange(exchange, new RequestHead("GET", target, identity(head))));
    } catch (BadTargetException e) {
      respond(exchange, 400, headers(TEXT), e.getMessage() + "\n");
    }
  }

  /** Returns the data listener's path for a name; null when the page has no business there. */
  private static @Nullable String dataPath(String name) {
    if (name.equals("logs") || name.equals("explain")) {
      return "/spanway/v1/" + name;
    }
    if (name.startsWith(TRACES) && name.endsWith(LOGS)) {
      String id = name.substring(TRACES.length(), Math.max(TRACES.length(), name.length() - 5));
      boolean plain =
          !id.isEmpty()
              && id.length() <= 64
              && id.chars().allMatch(c -> c < 0x80 && Character.isLetterOrDigit(c));
      return plain ? "/spanway/v1/" + name : null;
    }
    return null;
  }

  /**
   * Returns what is passed on: who asks, as typed in on the page. A cookie or the credentials of a
   * proxy before this listener are not meant for Loki and Tempo.
   */
  private static HttpHeaders identity(RequestHead head) {
    HttpHeaders passed = DefaultHttpHeadersFactory.headersFactory().newHeaders();
    passed.set(HttpHeaderNames.HOST, String.valueOf(head.header("Host")));
    passed.set(HttpHeaderNames.ACCEPT, "application/json");
    passed.add(TENANT, head.headerValues(TENANT));
    passed.add(HttpHeaderNames.AUTHORIZATION, head.headerValues(AUTHORIZATION));
    return passed;
  }

  private static HttpHeaders headers(String type) {
    HttpHeaders headers =
        DefaultHttpHeadersFactory.headersFactory()
            .newHeaders()
            .set(HttpHeaderNames.CONTENT_TYPE, type);
    protect(headers);
    return headers;
  }

  /** Sets what tells a browser how little it may do with an answer. */
  static void protect(HttpHeaders headers) {
    headers
        .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
        .set("Content-Security-Policy", POLICY)
        .set("X-Content-Type-Options", "nosniff")
        .set("Referrer-Policy", "no-referrer")
        .set("Cross-Origin-Opener-Policy", "same-origin")
        .set("Cross-Origin-Resource-Policy", "same-origin");
  }

  private static void respond(
      ServerExchange exchange, int status, HttpHeaders headers, String text) {
    exchange.respond(
        new ResponseHead(status, headers), Bodies.of(text.getBytes(StandardCharsets.UTF_8)));
  }
}
