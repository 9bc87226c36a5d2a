// SPDX-License-Identifier: Apache-2.0
package io.spanway.route;

/** Which of the two upstreams a path belongs to, or neither. */
public enum BackendKind {
  /** Grafana Loki. */
  LOKI("loki"),
  /** Grafana Tempo. */
  TEMPO("tempo"),
  /** Answered by Spanway itself. */
  SPANWAY("spanway");

  private final String id;

  BackendKind(String id) {
    this.id = id;
  }

  /** Returns the name used in metrics, logs and messages. */
  public String id() {
    return id;
  }
}
