// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import java.io.Serial;

/**
 * A text is not LogQL, or not LogQL that this parser knows. The message has the form of Loki's own.
 * It carries no stack trace, since any request may cause it.
 */
public final class LogqlSyntaxException extends Exception {

  @Serial private static final long serialVersionUID = 1L;

  private final int offset;

  private LogqlSyntaxException(String message, int offset) {
    super(message, null, false, false);
    this.offset = offset;
  }

  /** Returns the error at a place in the text; lines and columns count from 1. */
  static LogqlSyntaxException at(String text, int offset, String message) {
    int line = 1;
    int lineStart = 0;
    for (int i = 0; i < offset; i++) {
      if (text.charAt(i) == '\n') {
        line++;
        lineStart = i + 1;
      }
    }
    int column = text.codePointCount(lineStart, offset) + 1;
    return new LogqlSyntaxException(
        "parse error at line " + line + ", col " + column + ": " + message, offset);
  }

  /** Returns an error of the query as a whole. */
  static LogqlSyntaxException general(String message) {
    return new LogqlSyntaxException("parse error : " + message, -1);
  }

  /** Returns the error's UTF-16 offset in the text, or -1 if it concerns the whole query. */
  public int offset() {
    return offset;
  }
}
