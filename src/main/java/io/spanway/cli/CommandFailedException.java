// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

/** A command cannot do what it was asked for; the message is what the user reads. */
final class CommandFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  CommandFailedException(int exitCode, String message) {
    super(message, null, false, false);
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }
}
