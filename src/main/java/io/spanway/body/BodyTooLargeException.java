// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

/** A body holds more bytes, decoded, than are allowed. */
final class BodyTooLargeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates one without a stack trace: it is an expected answer to bad input. */
  public BodyTooLargeException(long limit) {
    super("the decoded body is larger than " + limit + " bytes", null, false, false);
  }
}
