// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.Objects;

/**
 * A request on its way to an upstream: what is sent, not where. The upstream adds {@code Host}, its
 * path prefix and its own credentials.
 *
 * @param method the method
 * @param target path and query in origin form, starting with {@code /}, already encoded
 * @param headers end-to-end headers only, owned by the request
 */
public record OutboundRequest(String method, String target, HttpHeaders headers) {
  /** Refuses a target that would break the request line. */
  public OutboundRequest {
    Objects.requireNonNull(method, "method");
    Objects.requireNonNull(headers, "headers");
    if (target.isEmpty() || target.charAt(0) != '/') {
      throw new IllegalArgumentException("target: " + target + " (expected: origin form)");
    }
    for (int i = 0; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c <= ' ' || c == 0x7f) {
        throw new IllegalArgumentException(
            "target holds the character " + (int) c + " at " + i + " (expected: encoded)");
      }
    }
  }
}
