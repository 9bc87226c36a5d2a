// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.Bodies;
import io.spanway.http.ResponseHead;
import io.spanway.server.ServerExchange;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** An answer of the demo's servers. */
final class DemoReply {
  private static final String TEXT = "text/plain; charset=utf-8";

  private final int status;
  private final @Nullable String contentType;
  private final byte[] body;

  /**
   * Creates an answer.
   *
   * @param contentType null for an answer without a body
   * @param body lent: it must not change
   */
  DemoReply(int status, @Nullable String contentType, byte[] body) {
    this.status = status;
    this.contentType = contentType;
    this.body = body;
  }

  static DemoReply json(String contentType, String body) {
    return new DemoReply(200, contentType, body.getBytes(StandardCharsets.UTF_8));
  }

  static DemoReply text(int status, String body) {
    return new DemoReply(status, TEXT, body.getBytes(StandardCharsets.UTF_8));
  }

  static DemoReply empty(int status) {
    return new DemoReply(status, null, new byte[0]);
  }

  /** Returns this answer with another status. */
  DemoReply withStatus(int other) {
    return new DemoReply(other, contentType, body);
  }

  /** Returns what Go's mux answers to paths that nobody handles. */
  static DemoReply notFound() {
    return text(404, "404 page not found\n");
  }

  /** Answers {@code exchange}. */
  void send(ServerExchange exchange) {
    HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
    if (contentType != null) {
      headers.set(HttpHeaderNames.CONTENT_TYPE, contentType);
      if (contentType.equals(TEXT)) {
        headers.set("X-Content-Type-Options", "nosniff");
      }
    }
    exchange.respond(new ResponseHead(status, headers), Bodies.of(body));
  }
}
