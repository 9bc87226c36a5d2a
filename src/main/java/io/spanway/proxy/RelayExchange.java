// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.BodySource;
import io.spanway.cache.ResponseCache;
import io.spanway.http.HopByHopHeaders;
import io.spanway.http.OutboundRequest;
import io.spanway.http.ResponseHead;
import io.spanway.identity.Caller;
import io.spanway.route.BackendKind;
import io.spanway.route.Operation;
import io.spanway.upstream.ResponseHandler;
import io.spanway.upstream.UpstreamCall;
import io.spanway.upstream.UpstreamException;

/** Passes a request on and its answer back, streaming, changed in nothing but the hop. */
final class RelayExchange {
  private final Upstreams upstreams;
  private final ResponseCache cache;
  private final OutboundHeaders outbound;
  private final AnswerChanges changes;

  RelayExchange(
      Upstreams upstreams, ResponseCache cache, OutboundHeaders outbound, AnswerChanges changes) {
    this.upstreams = upstreams;
    this.cache = cache;
    this.outbound = outbound;
    this.changes = changes;
  }

  /**
   * Runs the exchange.
   *
   * @param body the request's body, taken
   * @param annotate whether the answer is changed on its way
   */
  void run(Exchange exchange, BodySource body, boolean annotate) {
    HttpHeaders headers = outbound.forwarded(exchange);
    if (annotate) {
      // What is to be changed on the way must be readable.
      headers.remove(HttpHeaderNames.ACCEPT_ENCODING);
    }
    OutboundRequest request =
        new OutboundRequest(
            exchange.request().method(),
            exchange.request().target().withPath(exchange.match().path()),
            headers);
    Relay relay = new Relay(exchange, annotate);
    UpstreamCall call = upstreams.send(exchange, exchange.operation(), request, body, relay);
    exchange.onAbandon(call::cancel);
  }

  /** Says whether the request asks Loki to delete lines, or no longer to. */
  private static boolean deletes(Exchange exchange) {
    String method = exchange.request().method();
    return exchange.operation() == Operation.LOKI_DELETE
        && !method.equals("GET")
        && !method.equals("HEAD");
  }

  private void forget(Exchange exchange) {
    Caller caller = exchange.caller();
    if (caller.isClear() && upstreams.of(BackendKind.LOKI).tenant() == null) {
      cache.purgeTenant(caller.tenant());
    } else {
      // Answers are filed under the tenants that callers name, which need not be the one asked.
      cache.purgeAll();
    }
  }

  private final class Relay implements ResponseHandler {
    private final Exchange exchange;
    private final boolean annotate;

    Relay(Exchange exchange, boolean annotate) {
      this.exchange = exchange;
      this.annotate = annotate;
    }

    @Override
    public void onResponse(ResponseHead head, BodySource body) {
      HttpHeaders headers = head.headers();
      HopByHopHeaders.removeFrom(headers);
      if (deletes(exchange) && head.status() / 100 == 2) {
        // Before the answer: who reads after it must not see what is deleted.
        forget(exchange);
      }
      if (annotate && head.status() == 200) {
        changes.respond(exchange, new ResponseHead(head.status(), headers), body);
      } else {
        exchange.respond(new ResponseHead(head.status(), headers), body);
      }
    }

    @Override
    public void onFailure(UpstreamException failure) {
      exchange.reject(
          failure.error(),
          Upstreams.message(failure.error(), exchange.operation().backend()),
          String.valueOf(failure.getMessage()));
    }
  }
}
