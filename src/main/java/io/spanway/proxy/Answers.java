// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;

/** Names and values of headers that Spanway's own answers carry. */
final class Answers {
  static final AsciiString X_SPANWAY_CACHE = AsciiString.cached("X-Spanway-Cache");
  static final AsciiString X_SPANWAY_REWRITE = AsciiString.cached("X-Spanway-Rewrite");
  static final AsciiString X_SPANWAY_QUERY = AsciiString.cached("X-Spanway-Query");
  static final AsciiString X_SPANWAY_WINDOW = AsciiString.cached("X-Spanway-Window");
  static final AsciiString X_SPANWAY_FILTERS = AsciiString.cached("X-Spanway-Filters");
  static final AsciiString X_SPANWAY_ENRICHED = AsciiString.cached("X-Spanway-Enriched");
  static final AsciiString X_SPANWAY_WARNING = AsciiString.cached("X-Spanway-Warning");

  static final String TEXT = "text/plain; charset=utf-8";
  static final String JSON = "application/json; charset=UTF-8";
  static final String GRPC = "application/grpc";
  static final String NDJSON = "application/x-ndjson";

  private Answers() {}

  /** Returns headers of an answer of ours. */
  static HttpHeaders headers(String contentType) {
    return DefaultHttpHeadersFactory.headersFactory()
        .newHeaders()
        .set(HttpHeaderNames.CONTENT_TYPE, contentType);
  }

  /**
   * Returns headers of an error: plain text, as Loki and Tempo write theirs, since Grafana shows
   * the body as it is.
   */
  static HttpHeaders errorHeaders() {
    return headers(TEXT).set("X-Content-Type-Options", "nosniff");
  }
}
