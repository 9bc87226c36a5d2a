// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.http.ProxyError;
import io.spanway.http.TraceContext;
import io.spanway.route.BackendKind;
import io.spanway.route.Operation;

/** Learns what happens to requests. Called on event loops; must not block. */
public interface ExchangeListener {
  /** Learns nothing. */
  ExchangeListener NONE = new ExchangeListener() {};

  /** A request arrived. */
  default void started(Operation operation) {}

  /** A request that had started is over. */
  default void finished(ExchangeSummary summary) {}

  /**
   * A request that left Spanway got its head or failed, also one made on Spanway's own account.
   *
   * @param status the answer's status, or the status that stands for the failure
   * @param trace the place in the trace of what was done for the request
   */
  default void upstreamRequest(
      BackendKind upstream, Operation operation, int status, long nanos, TraceContext trace) {}

  /** Something went wrong, whether or not the client was told. */
  default void error(ProxyError error) {}

  /** A request was not taken on. */
  default void refused(AdmissionRefusal why) {}

  /**
   * A query was looked at for rewriting.
   *
   * @param rule the rule, such as {@code grafana-g4}
   * @param outcome {@code rewritten}, {@code found}, {@code empty}, {@code failed}
   */
  default void rewrite(String rule, String outcome) {}

  /**
   * A frame of a tail was not passed on, because its client is too slow.
   *
   * @param entries how many log entries were in it, 0 when that cannot be told
   */
  default void tailDropped(int entries) {}

  /**
   * A caller was not let in.
   *
   * @param reason why: one of a closed set, fit for a metric label
   */
  default void authRefused(String reason) {}
}
