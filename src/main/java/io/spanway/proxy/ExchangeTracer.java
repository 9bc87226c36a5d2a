// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.http.TraceContext;
import io.spanway.route.Operation;
import io.spanway.server.ServerExchange;

/** Records requests as spans of the traces that they belong to. Thread-safe. */
@FunctionalInterface
public interface ExchangeTracer {
  /** Records nothing. */
  ExchangeTracer NONE = (server, operation, came) -> ExchangeSpan.NONE;

  /**
   * A request arrived. Called on its event loop; must not block.
   *
   * @param came where the request is in its caller's trace, or in one that was made up for it
   * @return what records the request; {@link ExchangeSpan#NONE} when it is not to be recorded
   */
  ExchangeSpan begin(ServerExchange server, Operation operation, TraceContext came);
}
