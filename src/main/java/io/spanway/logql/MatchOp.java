// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

/** How a label's value is compared with a string. Regular expressions match the whole value. */
public enum MatchOp {
  EQ("="),
  NEQ("!="),
  RE("=~"),
  NRE("!~");

  private final String text;

  MatchOp(String text) {
    this.text = text;
  }

  /** Returns the operator as LogQL writes it. */
  public String text() {
    return text;
  }

  /** Returns whether the right-hand side is a regular expression. */
  public boolean isRegex() {
    return this == RE || this == NRE;
  }

  /** Returns whether the matcher asks for what does <em>not</em> fit. */
  public boolean isNegative() {
    return this == NEQ || this == NRE;
  }
}
