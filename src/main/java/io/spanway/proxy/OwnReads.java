// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.http.QueryParameters;
import io.spanway.http.RequestHead;
import io.spanway.route.Operation;
import io.spanway.route.RouteMatch;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Questions to Loki that Spanway asks by itself, in the caller's name. */
final class OwnReads {
  /** Queries longer than this go as a form: proxies on the way may not take long targets. */
  private static final int MAX_TARGET = 8 * 1024;

  private OwnReads() {}

  /** Returns the read of other parameters in the place of a request's own; takes the headers. */
  static Read instead(Exchange exchange, QueryParameters parameters, HttpHeaders headers) {
    String path = exchange.match().path();
    String encoded = parameters.encode();
    boolean form = encoded.length() > MAX_TARGET;
    headers.remove(HttpHeaderNames.RANGE);
    headers.remove(HttpHeaderNames.CONTENT_LENGTH);
    headers.remove(HttpHeaderNames.CONTENT_TYPE);
    return new Read(
        exchange.match(),
        new RequestHead("GET", TraceLookup.target(path), headers),
        parameters,
        form ? path : path + "?" + encoded,
        form ? encoded.getBytes(StandardCharsets.US_ASCII) : new byte[0],
        () -> sent(headers, form),
        true,
        0);
  }

  /** Returns the read of {@code operation} at {@code path}; takes the headers. */
  static Read of(
      Operation operation,
      String path,
      QueryParameters parameters,
      HttpHeaders headers,
      long maxBytes) {
    String encoded = parameters.encode();
    boolean form = encoded.length() > MAX_TARGET;
    return new Read(
        new RouteMatch(operation, path, Map.of()),
        new RequestHead("GET", TraceLookup.target(path), headers),
        parameters,
        form ? path : path + "?" + encoded,
        form ? encoded.getBytes(StandardCharsets.US_ASCII) : new byte[0],
        () -> sent(headers, form),
        false,
        maxBytes);
  }

  private static HttpHeaders sent(HttpHeaders headers, boolean form) {
    HttpHeaders sent = headers.copy();
    if (form) {
      sent.set(HttpHeaderNames.CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    return sent;
  }

  /** Returns a read like {@code read} with other parameters, whose answer is collected. */
  static Read about(Read read, QueryParameters parameters, long maxBytes) {
    String path = read.match().path();
    String encoded = parameters.encode();
    boolean form = read.form().length > 0;
    return new Read(
        read.match(),
        read.head(),
        parameters,
        form ? path : path + "?" + encoded,
        form ? encoded.getBytes(StandardCharsets.US_ASCII) : new byte[0],
        read.headers(),
        false,
        maxBytes);
  }
}
