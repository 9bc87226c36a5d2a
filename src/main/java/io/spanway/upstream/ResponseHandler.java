// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.spanway.body.BodySource;
import io.spanway.http.ResponseHead;

/**
 * Gets an upstream's answer. Exactly one of the methods is called, on the event loop that sent the
 * request, unless the call was cancelled.
 */
public interface ResponseHandler {
  /** The answer began. The body must be started or cancelled. */
  void onResponse(ResponseHead head, BodySource body);

  /** There is no answer. A failure after the head is told to the body's sink instead. */
  void onFailure(UpstreamException failure);

  /**
   * The upstream switched protocols, as the request had asked.
   *
   * @param head the 101 answer
   * @param tunnel the raw connection, taken over by the handler
   */
  default void onUpgrade(ResponseHead head, UpstreamTunnel tunnel) {
    tunnel.channel().close();
    onFailure(
        new UpstreamException(
            io.spanway.http.ProxyError.HTTP_PROTOCOL_ERROR, "switched protocols unasked"));
  }
}
