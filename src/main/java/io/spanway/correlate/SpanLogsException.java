// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

/** No query can be made for a span; the message tells a person why, and what to do. */
public final class SpanLogsException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  SpanLogsException(int status, String message) {
    super(message, null, false, false);
    this.status = status;
  }

  /** The HTTP status: 404 when trace or span do not exist, 422 when the span has no usable tag. */
  public int status() {
    return status;
  }
}
