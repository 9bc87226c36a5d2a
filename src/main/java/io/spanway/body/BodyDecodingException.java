// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

/** A body is not encoded as its headers say, or ends too early. */
final class BodyDecodingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates one without a stack trace: it is an expected answer to bad input. */
  public BodyDecodingException(String message) {
    super(message, null, false, false);
  }
}
