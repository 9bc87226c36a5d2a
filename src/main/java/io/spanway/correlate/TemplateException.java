// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

/** A custom query that cannot be used; the message names the place in it. */
final class TemplateException extends Exception {
  private static final long serialVersionUID = 1L;

  TemplateException(String message) {
    super(message, null, false, false);
  }

  /** At an offset of {@code text}; lines and columns count from 1. */
  static TemplateException at(String text, int offset, String message) {
    int line = 1;
    int lineStart = 0;
    for (int i = 0; i < offset; i++) {
      if (text.charAt(i) == '\n') {
        line++;
        lineStart = i + 1;
      }
    }
    int column = text.codePointCount(lineStart, offset) + 1;
    return new TemplateException("line " + line + ", column " + column + ": " + message);
  }
}
