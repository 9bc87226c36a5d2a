// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.spanway.body.BodySource;
import io.spanway.http.OutboundRequest;
import io.spanway.http.ProxyError;
import org.jspecify.annotations.Nullable;

/**
 * One request of a caller on its way through the pool and over a connection. A request that was
 * sent on a kept connection which the upstream had just closed is sent once more on a new one, if
 * it only reads and not a byte came back (RFC 9110 section 9.2.2).
 */
final class Http1Call implements UpstreamCall {
  private final ChannelPool pool;
  private final OutboundRequest request;
  private final BodySource body;
  private final ResponseHandler handler;
  private final boolean repeatable;
  private @Nullable UpstreamConnection connection;
  private boolean cancelled;
  private boolean repeated;

  Http1Call(ChannelPool pool, OutboundRequest request, BodySource body, ResponseHandler handler) {
    this.pool = pool;
    this.request = request;
    this.body = body;
    this.handler = handler;
    this.repeatable =
        body.length() == 0 && (request.method().equals("GET") || request.method().equals("HEAD"));
  }

  OutboundRequest request() {
    return request;
  }

  BodySource body() {
    return body;
  }

  ResponseHandler handler() {
    return handler;
  }

  boolean isCancelled() {
    return cancelled;
  }

  /** Says that only a connection that never carried a request will do. */
  boolean needsNewConnection() {
    return repeated;
  }

  /** Gets its connection. */
  void connected(UpstreamConnection to) {
    connection = to;
    to.send(this);
  }

  /** Gets none, or lost it before the answer. */
  void failed(UpstreamException failure, boolean stale) {
    connection = null;
    if (cancelled) {
      return;
    }
    if (stale && repeatable && !repeated && failure.error() == ProxyError.CONNECTION_TERMINATED) {
      repeated = true;
      pool.acquire(this);
      return;
    }
    body.cancel();
    handler.onFailure(failure);
  }

  @Override
  public void cancel() {
    if (cancelled) {
      return;
    }
    cancelled = true;
    UpstreamConnection on = connection;
    if (on != null) {
      on.cancel(this);
    } else {
      body.cancel();
      pool.forget(this);
    }
  }
}
