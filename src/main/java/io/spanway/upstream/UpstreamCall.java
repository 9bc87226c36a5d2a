// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

/** A request on its way. */
@FunctionalInterface
public interface UpstreamCall {
  /**
   * Gives the request up: its connection (with HTTP/2, its stream alone) is closed if it was sent,
   * its handler is not called any more. Harmless when it is over. Called on the event loop that
   * sent it.
   */
  void cancel();
}
