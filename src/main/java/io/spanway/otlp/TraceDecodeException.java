// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

/** A body that is not a trace, or larger than we read; the message is one line. */
public final class TraceDecodeException extends Exception {
  private static final long serialVersionUID = 1L;

  TraceDecodeException(String message) {
    super(oneLine(message), null, false, false);
  }

  private static String oneLine(String message) {
    var line = new StringBuilder();
    for (int i = 0; i < message.length() && i < 300; i++) {
      char c = message.charAt(i);
      line.append(c < ' ' || c == 0x7f ? ' ' : c);
    }
    return line.toString();
  }
}
