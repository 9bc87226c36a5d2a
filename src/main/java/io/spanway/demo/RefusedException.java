// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

/** A request that the demo answers with 400; the message is its body. */
final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Creates one without a stack trace: it is an expected answer to bad input. */
  RefusedException(String message) {
    super(message, null, false, false);
  }

  /** Creates one with the message of what found the request bad. */
  RefusedException(Exception found) {
    this(String.valueOf(found.getMessage()));
  }

  /** Creates the answer to what real servers do and the demo does not. */
  static RefusedException notInTheDemo(String what) {
    return new RefusedException("the demo does not do " + what);
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
