// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.http.OutboundRequest;
import io.spanway.http.TraceContext;
import io.spanway.route.Operation;
import org.jspecify.annotations.Nullable;

/** The record of one request. Confined to the request's event loop; must not block it. */
public interface ExchangeSpan {
  /** Records nothing. */
  ExchangeSpan NONE = new ExchangeSpan() {};

  /** Returns the span's own place in the trace, null when nothing is recorded. */
  default @Nullable TraceContext context() {
    return null;
  }

  /**
   * A request to an upstream is about to be made for this one.
   *
   * @param request what will be sent, lent: its {@code traceparent} may be set, now and before each
   *     attempt at it
   */
  default CallSpan call(Operation operation, OutboundRequest request) {
    return CallSpan.NONE;
  }

  /** The request is over. */
  default void end(ExchangeSummary summary) {}
}
