// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

/** How a number, duration or size is compared; {@code =} and {@code ==} are the same. */
public enum CompareOp {
  EQ("=="),
  NEQ("!="),
  GT(">"),
  GTE(">="),
  LT("<"),
  LTE("<=");

  private final String text;

  CompareOp(String text) {
    this.text = text;
  }

  /** Returns the operator as LogQL writes it. */
  public String text() {
    return text;
  }
}
