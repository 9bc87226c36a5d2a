// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

/** The client's connection ended before its request or its answer did; expected, so stackless. */
final class ClientGoneException extends Exception {
  private static final long serialVersionUID = 1L;

  ClientGoneException(String message) {
    super(message, null, false, false);
  }
}
