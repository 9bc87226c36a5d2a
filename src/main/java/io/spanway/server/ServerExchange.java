// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.spanway.body.BodySource;
import io.spanway.http.Forwarded;
import io.spanway.http.RequestHead;
import io.spanway.http.ResponseHead;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * One request of a client and the means to answer it, whatever HTTP version it came by. Confined to
 * its event loop. Exactly one of {@link #respond}, {@link #upgrade} and {@link #abort} is called.
 */
public interface ServerExchange {
  /** Returns the request's head. */
  RequestHead request();

  /**
   * Returns the request's body, which must be started or cancelled. Starting it sends {@code 100
   * Continue} where the client waits for one.
   */
  BodySource requestBody();

  /** Returns the event loop of the client's connection, on which everything happens. */
  EventLoop eventLoop();

  /** Returns the client's address. */
  SocketAddress remoteAddress();

  /** Says whether the client's connection is encrypted. */
  boolean isSecure();

  /** Returns what upstreams are told of the client's connection; made once for each. */
  default Forwarded forwarded() {
    return Forwarded.of(remoteAddress(), isSecure());
  }

  /**
   * Returns the certificate by which the client proved who it is when its connection was made, by
   * an authority of {@code server.tls.clientCaFile}; null if it showed none. The same object for
   * all requests of a connection.
   */
  @Nullable X509Certificate clientCertificate();

  /** Says whether the request came by HTTP/2, on which gRPC depends: by a stream of its own. */
  boolean isHttp2();

  /**
   * Answers. Framing is the exchange's business: {@code Content-Length} in the head is kept if
   * {@code body.length()} agrees or is unknown, else set from it; without a length the body is
   * chunked. For HEAD the head goes out as given and the body is cancelled.
   */
  void respond(ResponseHead head, BodySource body);

  /**
   * Answers 101 and gives up HTTP on this connection.
   *
   * @param tunnel the handler that gets every byte from now on and may write bytes
   */
  void upgrade(ResponseHead head, ChannelHandler tunnel);

  /** Breaks the exchange off: closes the connection (HTTP/1.1) or resets the stream. */
  void abort();

  /**
   * Runs {@code task} once when the exchange is over: after the response was written in full, or
   * when the client went away before. Told at once if it is over already.
   */
  void onClose(ExchangeEnd task);

  /** What is told when an exchange is over. */
  @FunctionalInterface
  interface ExchangeEnd {
    /**
     * Called once.
     *
     * @param complete whether the response was handed to the socket in full
     */
    void closed(boolean complete);
  }
}
