// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.spanway.body.BodySource;
import io.spanway.http.ResponseHead;
import org.jspecify.annotations.Nullable;

/**
 * Gets an upstream's answer. Exactly one of {@code onResponse}, {@code onFailure} and {@code
 * onUpgrade} is called, on the event loop that sent the request, unless the call was cancelled.
 */
public interface ResponseHandler {
  /**
   * The request goes to a replica: the first time, or again. Its headers may still be changed. This
   * comes before any other call.
   *
   * @param former why the attempt before this one was given up, null for the first
   */
  default void onAttempt(Replica to, @Nullable UpstreamException former) {}

  /** An answer came that another replica, which is asked next, may do better than. */
  default void onPassedOver(int status) {}

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
