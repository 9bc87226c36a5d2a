// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

/** A request breaks the rules of HTTP/2 (RFC 9113 section 8.1.1); expected, so stackless. */
final class MalformedRequestException extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedRequestException(String message) {
    super(message, null, false, false);
  }
}
