// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.spanway.body.BodySource;
import io.spanway.http.OutboundRequest;
import io.spanway.http.ProxyError;
import io.spanway.http.ResponseHead;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One request of a caller on its way to a replica. Confined to its event loop. It goes to another
 * replica in three cases only:
 *
 * <ul>
 *   <li>Nothing of it was processed: no connection could be made, or the upstream said so (a stream
 *       refused, or beyond the last one of a GOAWAY) and its body is still whole. Each replica is
 *       tried once, all within the time for one connection. An only replica is asked twice where a
 *       connection to it went away.
 *   <li>It was sent on a kept connection which the upstream had just closed, only reads, and not a
 *       byte came back (RFC 9110 section 9.2.2); once, on a new connection.
 *   <li>It was sent, only reads, and there was no answer, or one that says that the replica cannot:
 *       once, to another replica that is well, within the budget of {@link RetryPolicy}.
 * </ul>
 */
final class ClientCall implements UpstreamCall {
  private final LoopClient client;
  private final OutboundRequest request;
  private final BodySource body;
  private final ResponseHandler handler;
  private final boolean repeatable;
  private final @Nullable Replica pinned;
  private long deadline;
  private List<Replica> tried = List.of();
  private @Nullable Replica replica;
  private @Nullable CallTarget target;
  private boolean attempted;
  private boolean bodyTaken;
  private boolean cancelled;
  private boolean repeated;
  private boolean refused;

  ClientCall(
      LoopClient client,
      @Nullable Replica pinned,
      OutboundRequest request,
      BodySource body,
      ResponseHandler handler) {
    this.client = client;
    this.pinned = pinned;
    this.request = request;
    this.body = body;
    this.handler = handler;
    this.deadline = client.nextDeadline();
    this.repeatable =
        body.length() == 0 && (request.method().equals("GET") || request.method().equals("HEAD"));
  }

  OutboundRequest request() {
    return request;
  }

  /** Returns the body for the one who sends it, after which there is no second attempt with it. */
  BodySource takeBody() {
    bodyTaken = body.length() != 0;
    return body;
  }

  /** Takes {@link #takeBody} back: it was not started after all. */
  void bodyIsWhole() {
    bodyTaken = false;
  }

  ResponseHandler handler() {
    return handler;
  }

  /** Has an answer, which is passed on unless another replica may do better. */
  void answered(ResponseHead head, BodySource answer) {
    if (client.retries().isFailure(head.status()) && mayRetry()) {
      answer.cancel();
      over();
      handler.onPassedOver(head.status());
      retry(
          new UpstreamException(
              ProxyError.CONNECTION_TERMINATED,
              "one replica answered " + head.status() + ", and no other could be asked"));
    } else {
      handler.onResponse(head, answer);
    }
  }

  private boolean mayRetry() {
    boolean may =
        !cancelled
            && !repeated
            && pinned == null
            && repeatable
            && client.retries().isOn()
            && !request.headers().contains(HttpHeaderNames.UPGRADE)
            && client.replicas().hasOther(tried);
    if (!may) {
      return false;
    }
    boolean within = client.retries().take();
    client.retried(within);
    return within;
  }

  private void retry(UpstreamException failure) {
    repeated = true;
    deadline = client.nextDeadline();
    next(failure);
  }

  boolean isCancelled() {
    return cancelled;
  }

  /** Says that only a connection that never carried a request will do. */
  boolean needsNewConnection() {
    return repeated;
  }

  /** Returns until when it may wait for a connection. */
  long deadline() {
    return deadline;
  }

  /**
   * Returns how long a connection may take: what is left, and half of it where another replica is
   * there to be tried after this one.
   */
  long connectNanos() {
    long left = Math.max(1, deadline - client.nanos());
    return pinned == null && client.replicas().all().size() > tried.size() ? left / 2 : left;
  }

  /** Sends it on its way. */
  void start() {
    client.retries().sent();
    next(null);
  }

  /**
   * Goes to the next replica.
   *
   * @param failure why not to the one before; null for the first
   */
  private void next(@Nullable UpstreamException failure) {
    Replica to = pinned == null ? client.replicas().pick(tried) : tried.isEmpty() ? pinned : null;
    if (to == null) {
      // Nobody is where the names said.
      client.forgetNames();
      end(
          failure == null
              ? new UpstreamException(ProxyError.DNS_ERROR, client.names() + " does not resolve")
              : failure);
      return;
    }
    tried = tried.isEmpty() ? new ArrayList<>(2) : tried;
    tried.add(to);
    replica = to;
    to.begin();
    handler.onAttempt(to, attempted ? failure : null);
    attempted = true;
    client.pool(to).acquire(this);
  }

  /** Waits at, or is sent by, {@code where}. */
  void at(@Nullable CallTarget where) {
    target = where;
  }

  /** Got no connection. Nothing of it was sent. */
  void notConnected(UpstreamException failure) {
    over();
    if (cancelled) {
      return;
    }
    if (client.nanos() - deadline < 0) {
      next(failure);
    } else {
      end(failure);
    }
  }

  /** Was sent, and not processed, says the upstream. */
  void notProcessed(UpstreamException failure) {
    if (bodyTaken) {
      failed(failure);
      return;
    }
    over();
    if (cancelled) {
      return;
    }
    // How long it was under way says nothing of how long a connection takes.
    deadline = client.nextDeadline();
    if (!refused && isTriedEverywhere()) {
      tried = List.of();
    }
    refused = true;
    next(failure);
  }

  private boolean isTriedEverywhere() {
    return pinned != null || tried.containsAll(client.replicas().all());
  }

  /** Lost a kept connection before any byte of an answer. */
  void stale(UpstreamException failure) {
    over();
    if (cancelled) {
      return;
    }
    if (!repeatable || repeated) {
      end(failure);
      return;
    }
    repeated = true;
    deadline = client.nextDeadline();
    if (isTriedEverywhere()) {
      tried = List.of();
    }
    next(failure);
  }

  /** Has no answer. */
  void failed(UpstreamException failure) {
    over();
    if (failure.error() == ProxyError.CONNECTION_TERMINATED && mayRetry()) {
      retry(failure);
    } else if (!cancelled) {
      end(failure);
    }
  }

  private void end(UpstreamException failure) {
    body.cancel();
    handler.onFailure(failure);
  }

  /** Is on no connection any more. */
  void over() {
    target = null;
    Replica was = replica;
    if (was != null) {
      replica = null;
      was.end();
    }
  }

  @Override
  public void cancel() {
    if (cancelled) {
      return;
    }
    cancelled = true;
    CallTarget on = target;
    if (on != null) {
      on.cancel(this);
    } else {
      body.cancel();
    }
    over();
  }
}
