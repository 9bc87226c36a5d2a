// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

/** Answers requests. Called on the event loop of the exchange and must not block it. */
@FunctionalInterface
public interface RequestHandler {
  /** Answers {@code exchange}, now or later. */
  void handle(ServerExchange exchange);
}
