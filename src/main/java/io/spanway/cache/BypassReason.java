// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

/** Why the cache leaves a request alone. */
public enum BypassReason {
  /** The cache is switched off. */
  OFF("off"),
  /** Not an operation whose answers are cached: writes, tails, gRPC, rules, unknown paths. */
  OPERATION("operation"),
  /** Neither GET nor, where a form is read, POST of a form; or a GET with a body. */
  METHOD("method"),
  /** It is not certain who asks. */
  IDENTITY("identity unclear"),
  /** The client sent {@code Cache-Control: no-store}. */
  NO_STORE("no-store"),
  /** Grafana evaluates an alert rule, which must see what is there now. */
  ALERT("alert"),
  /** A range or conditional request: its answer is not the whole. */
  PARTIAL_REQUEST("range or conditional request"),
  /** The shared answer outgrew the largest entry. */
  TOO_LARGE("too large"),
  /** The shared fetch ended without an answer that others may have. */
  NOT_SHARED("not shared"),
  /** As much is held as may be: the answer is passed on and not kept. */
  MEMORY("memory");

  private final String text;
  private final String headerText;

  BypassReason(String text) {
    this.text = text;
    this.headerText = CacheStatus.BYPASS.id() + "; " + text;
  }

  /** Returns the reason in words. */
  public String text() {
    return text;
  }

  /** Returns the value of {@code X-Spanway-Cache}: {@code bypass; reason}. */
  public String headerText() {
    return headerText;
  }
}
