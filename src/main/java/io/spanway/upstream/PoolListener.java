// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

/**
 * Learns what happens to an upstream's connections and replicas. Called on event loops; must not
 * block.
 */
public interface PoolListener {
  /** Learns nothing. */
  PoolListener NONE = new PoolListener() {};

  /** A connection was made. */
  default void connected() {}

  /** An attempt at a connection failed. */
  default void connectFailed() {}

  /** A connection that was made is closed. */
  default void disconnected() {}

  /** A replica was left out for failures. */
  default void ejected() {}

  /**
   * A read that one replica did not answer was to go to another.
   *
   * @param sent whether the budget allowed it
   */
  default void retried(boolean sent) {}

  /** A connection went from idle to busy, or was made for a request. */
  default void acquired() {}

  /** A connection went from busy to idle, or closed while busy. */
  default void released() {}
}
