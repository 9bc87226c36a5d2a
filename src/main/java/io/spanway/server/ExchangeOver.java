// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.spanway.body.BodySource;
import io.spanway.server.ServerExchange.ExchangeEnd;
import org.jspecify.annotations.Nullable;

/** The end of an exchange, and who waits for it. Confined to the exchange's event loop. */
final class ExchangeOver {
  private boolean closed;
  private boolean complete;
  private @Nullable ExchangeEnd waiting;

  /** Says whether the exchange is over. */
  boolean isClosed() {
    return closed;
  }

  /** Notes that the answer went out whole. */
  void complete() {
    complete = true;
  }

  /**
   * Ends the exchange: stops what still flows, and tells whoever waits. The second call does
   * nothing.
   *
   * @param answer what the rest of the answer would come from, null for nothing
   * @param request the request's body
   */
  void close(@Nullable BodySource answer, ArrivingBody request, Throwable cause) {
    if (closed) {
      return;
    }
    closed = true;
    if (answer != null) {
      answer.cancel();
    }
    // First, so that whoever gave up what he was at is not told again that it failed.
    ExchangeEnd task = waiting;
    waiting = null;
    if (task != null) {
      task.closed(complete);
    }
    request.fail(cause);
    request.cancel();
  }

  /** Runs {@code task} once the exchange is over. */
  void then(ExchangeEnd task) {
    if (closed) {
      task.closed(complete);
      return;
    }
    ExchangeEnd first = waiting;
    waiting =
        first == null
            ? task
            : done -> {
              first.closed(done);
              task.closed(done);
            };
  }
}
