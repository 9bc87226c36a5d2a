// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

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

  /** Notes that nothing may be written any more. */
  void closing() {
    closed = true;
  }

  /** Tells whoever waits; the second call tells nobody. */
  void close() {
    closed = true;
    ExchangeEnd task = waiting;
    waiting = null;
    if (task != null) {
      task.closed(complete);
    }
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
