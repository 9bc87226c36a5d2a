// SPDX-License-Identifier: Apache-2.0
package io.spanway.streams;

/** Says that bytes are not a {@code streams} answer as Loki sends it. Carries no stack trace. */
public final class StreamsFormatException extends Exception {
  private static final long serialVersionUID = 1L;

  StreamsFormatException(String message) {
    super(message, null, false, false);
  }
}
