// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.channel.Channel;
import java.util.List;

/**
 * What a client of an upstream needs to know.
 *
 * @param name what users call it: {@code loki} or {@code tempo}
 * @param urls where it is; every address of each name is a replica
 * @param protocol what is spoken
 * @param timeouts how long it may take
 * @param health when a replica is left out
 * @param tls how {@code https} URLs are connected to
 * @param maxConnections connections per event loop and replica
 * @param maxWaiting calls per event loop and replica that may wait for a connection
 * @param channelType the transport's socket type
 * @param retries when a read is sent twice
 */
public record UpstreamSettings(
    String name,
    List<UpstreamAddress> urls,
    Protocol protocol,
    UpstreamTimeouts timeouts,
    UpstreamHealth health,
    UpstreamTls tls,
    int maxConnections,
    int maxWaiting,
    Class<? extends Channel> channelType,
    UpstreamRetries retries) {
  /** A version of HTTP. */
  public enum Protocol {
    /** HTTP/1.1, one call at a time on each connection. */
    HTTP1,
    /** HTTP/2, for gRPC: by prior knowledge in clear text, by ALPN with TLS. */
    HTTP2
  }

  /** Copies the list. */
  public UpstreamSettings {
    urls = List.copyOf(urls);
  }

  /** Returns the same upstream's settings for {@code other}. */
  public UpstreamSettings with(Protocol other) {
    return new UpstreamSettings(
        name, urls, other, timeouts, health, tls, maxConnections, maxWaiting, channelType, retries);
  }
}
