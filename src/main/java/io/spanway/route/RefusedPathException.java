// SPDX-License-Identifier: Apache-2.0
package io.spanway.route;

/** A path that is not forwarded, whatever upstream it is for. */
public final class RefusedPathException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  /** Creates one without a stack trace: it is an expected answer to bad input. */
  RefusedPathException(int status, String message) {
    super(message, null, false, false);
    this.status = status;
  }

  /** Returns the status to answer with: 400 for a malformed path, 403 for a forbidden one. */
  public int status() {
    return status;
  }

  /** Returns one line without anything of the client's in it. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
