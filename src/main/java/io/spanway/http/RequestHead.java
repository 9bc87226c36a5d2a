// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request as a client sent it: method, target and headers, without its body.
 *
 * <p>The headers are the client's, framing and hop-by-hop ones included; {@link HopByHopHeaders}
 * takes those out when an upstream request is made. A head is confined to its exchange's event
 * loop.
 */
public final class RequestHead {
  private final String method;
  private final RequestTarget target;
  private final HttpHeaders headers;

  /**
   * Creates a head.
   *
   * @param method the method, upper case, such as {@code GET}
   * @param target the parsed request target
   * @param headers the headers, lent: they are not copied
   */
  public RequestHead(String method, RequestTarget target, HttpHeaders headers) {
    this.method = Objects.requireNonNull(method, "method");
    this.target = Objects.requireNonNull(target, "target");
    this.headers = Objects.requireNonNull(headers, "headers");
  }

  /** Returns the method, such as {@code GET}. */
  public String method() {
    return method;
  }

  /** Returns the request target. */
  public RequestTarget target() {
    return target;
  }

  /** Returns the headers as they came; names compare without case. */
  public HttpHeaders headers() {
    return headers;
  }

  /** Returns the first value of the header {@code name}, or null when it is absent. */
  public @Nullable String header(String name) {
    return headers.get(name);
  }

  /** Returns all values of the header {@code name} in order; empty when it is absent. */
  public List<String> headerValues(CharSequence name) {
    // Most are absent, and only a value is worth a list.
    return headers.contains(name) ? headers.getAll(name) : List.of();
  }

  /** Says whether there is a header {@code name}. */
  public boolean hasHeader(String name) {
    return headers.contains(name);
  }

  /** Says whether {@code token} is among the comma-separated values of the header {@code name}. */
  public boolean hasToken(String name, String token) {
    return headers.containsValue(name, token, true);
  }

  @Override
  public String toString() {
    return method + " " + target.raw();
  }
}
