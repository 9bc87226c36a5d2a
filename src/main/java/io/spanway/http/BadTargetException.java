// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

/** A request target or form that cannot be read; the message is one line, fit for a client. */
public final class BadTargetException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Creates one without a stack trace: it is an expected answer to bad input. */
  public BadTargetException(String message) {
    super(message, null, false, false);
  }
}
