// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.http.ProxyError;
import java.util.Locale;

/** Why a request is not taken on. A closed set, so that it can be a metric label. */
public enum AdmissionRefusal {
  /** The caller asks more often than it may. */
  RATE(ProxyError.CALLER_LIMIT_REACHED, "too many requests a second from this caller", "rate"),
  /** The caller has as many requests under way as it may, and as many wait as can. */
  CALLER_IN_FLIGHT(
      ProxyError.CALLER_LIMIT_REACHED,
      "too many requests of this caller at once",
      "maxInFlightPerCaller"),
  /** The caller has as many tails as it may. */
  CALLER_TAILS(
      ProxyError.CALLER_LIMIT_REACHED, "too many tails of this caller", "maxTailsPerCaller"),
  /** As many requests are under way and wait as can. */
  QUEUE_FULL(ProxyError.OVERLOADED, "Spanway has too many requests: try again", "maxInFlight"),
  /** It has waited for as long as it may. */
  QUEUE_TIMEOUT(
      ProxyError.OVERLOADED, "Spanway has too many requests: waited in vain", "queue.timeout"),
  /** There are as many tails as can be. */
  TAILS(ProxyError.OVERLOADED, "Spanway has too many tails: try again", "maxTails"),
  /** Tails are the first that must wait for better times. */
  TAILS_UNDER_PRESSURE(
      ProxyError.OVERLOADED,
      "Spanway is too busy for another tail: try again",
      "maxInFlight, or maxMemory,"),
  /** As many bytes are held as can be. */
  MEMORY(ProxyError.OVERLOADED, BudgetedBody.FULL, "maxMemory");

  private final ProxyError error;
  private final String message;
  private final String key;

  AdmissionRefusal(ProxyError error, String message, String key) {
    this.error = error;
    this.message = message;
    this.key = key;
  }

  /** Returns the metric's label, such as {@code queue_full}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  ProxyError error() {
    return error;
  }

  /** Returns what the client is told. */
  String message() {
    return message;
  }

  /** Returns what the log is told. */
  String why() {
    return "limits." + key + " is reached, or nearly";
  }
}
