// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;

/**
 * The head of a response: status and headers, without its body. Informational (1xx) answers other
 * than 101 never become one.
 *
 * @param status the status code, 101 or 200 to 999
 * @param headers the headers, owned by the head: whoever passes it on may change them
 */
public record ResponseHead(int status, HttpHeaders headers) {
  /** Checks the status. */
  public ResponseHead {
    if (status < 101 || status > 999) {
      throw new IllegalArgumentException("status: " + status + " (expected: 101 to 999)");
    }
  }

  /**
   * Returns the {@code Content-Length} of {@link #headers}, -1 where none or no number is there.
   */
  public long contentLength() {
    try {
      return Long.parseLong(headers.get(HttpHeaderNames.CONTENT_LENGTH, "-1"));
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
