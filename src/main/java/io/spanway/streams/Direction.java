// SPDX-License-Identifier: Apache-2.0
package io.spanway.streams;

/** The order of a log answer by time: Loki's {@code direction} parameter. */
public enum Direction {
  /** Oldest first. */
  FORWARD("forward"),
  /** Newest first; what Loki takes when nothing is asked. */
  BACKWARD("backward");

  private final String text;

  Direction(String text) {
    this.text = text;
  }

  /** Returns the parameter's value as Loki writes it. */
  public String text() {
    return text;
  }
}
