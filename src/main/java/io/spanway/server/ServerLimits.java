// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import java.time.Duration;

/**
 * Limits of a listener's connections.
 *
 * @param maxHead bytes of a request line and of headers, together
 * @param headTimeout from the first byte of a head to its end; TLS handshakes have it too
 * @param bodyTimeout the longest pause inside a request's body
 * @param idleTimeout the longest pause between requests
 * @param writeTimeout the longest time a client may take nothing of its answer
 * @param maxConnections open connections; 0 for no limit
 * @param maxBody bytes of a request's body; 0 for no limit
 * @param http2 what holds for HTTP/2 alone
 */
public record ServerLimits(
    int maxHead,
    Duration headTimeout,
    Duration bodyTimeout,
    Duration idleTimeout,
    Duration writeTimeout,
    int maxConnections,
    long maxBody,
    Http2Config http2) {

  /** Creates limits that leave the number of connections and the size of bodies open. */
  public ServerLimits(
      int maxHead,
      Duration headTimeout,
      Duration bodyTimeout,
      Duration idleTimeout,
      Duration writeTimeout) {
    this(maxHead, headTimeout, bodyTimeout, idleTimeout, writeTimeout, 0, 0, Http2Config.DEFAULT);
  }
}
