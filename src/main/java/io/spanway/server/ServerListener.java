// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.spanway.http.ProxyError;

/** Learns what happens to a listener's connections. Called on event loops; must not block. */
public interface ServerListener {
  /** Learns nothing. */
  ServerListener NONE = new ServerListener() {};

  /** A connection speaks {@code protocol} from now on; it was accepted, or spoke another before. */
  default void connectionOpened(ClientProtocol protocol) {}

  /** A connection that spoke {@code protocol} is closed, or speaks another now. */
  default void connectionClosed(ClientProtocol protocol) {}

  /** A connection, or one stream of HTTP/2, is closed though its client wanted it on. */
  default void connectionCut(CloseReason reason) {}

  /** Certificates changed on disk and were taken up ({@code loaded}), or cannot be used. */
  default void certificatesReloaded(boolean loaded) {}

  /** A request was answered, or its connection closed, before any handler saw it. */
  default void requestRefused(ProxyError error) {}
}
