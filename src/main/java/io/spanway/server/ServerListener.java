// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.spanway.http.ProxyError;

/** Learns what happens to a listener's connections. Called on event loops; must not block. */
public interface ServerListener {
  /** Learns nothing. */
  ServerListener NONE = new ServerListener() {};

  /** A connection was accepted. */
  default void connectionOpened() {}

  /** A connection that was opened is closed. */
  default void connectionClosed() {}

  /** A request was answered, or its connection closed, before any handler saw it. */
  default void requestRefused(ProxyError error) {}
}
