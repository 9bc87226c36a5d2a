// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

/** How a line filter compares a line with its text. Regular expressions are not anchored. */
public enum LineFilterOp {
  CONTAINS("|="),
  NOT_CONTAINS("!="),
  MATCHES("|~"),
  NOT_MATCHES("!~"),
  PATTERN("|>"),
  NOT_PATTERN("!>");

  private final String text;

  LineFilterOp(String text) {
    this.text = text;
  }

  /** Returns the operator as LogQL writes it. */
  public String text() {
    return text;
  }

  /** Returns whether a line that fits is dropped rather than kept. */
  public boolean isNegative() {
    return this == NOT_CONTAINS || this == NOT_MATCHES || this == NOT_PATTERN;
  }
}
