// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.http.HopByHopHeaders;
import io.spanway.http.Via;
import java.util.Set;

/** Headers of requests to upstreams. */
final class OutboundHeaders {
  private final Via via;
  private final Set<String> identity;

  /**
   * Creates them.
   *
   * @param identity lower-case names of headers that say who asks
   */
  OutboundHeaders(Via via, Set<String> identity) {
    this.via = via;
    this.identity = identity;
  }

  Via via() {
    return via;
  }

  /** Returns the client's end-to-end headers and what a proxy adds to them. */
  HttpHeaders forwarded(Exchange exchange) {
    HttpHeaders from = exchange.request().headers();
    HttpHeaders to = HopByHopHeaders.copyEndToEnd(from, identity);
    if (exchange.caller().name() != null) {
      // Not what the client says of itself, but what Spanway knows of it.
      exchange.caller().applyTo(to);
    }
    exchange.server().forwarded().addTo(to, from.get(HttpHeaderNames.HOST));
    via.addTo(to, exchange.server().isHttp2());
    exchange.trace().writeTo(to);
    return to;
  }

  /** Returns headers of a request that Spanway makes itself, in the caller's name. */
  HttpHeaders own(Exchange exchange, String accept) {
    HttpHeaders to = DefaultHttpHeadersFactory.headersFactory().newHeaders();
    exchange.caller().applyTo(to);
    to.set(HttpHeaderNames.ACCEPT, accept);
    to.set(HttpHeaderNames.USER_AGENT, "spanway");
    // Whoever wants to see what is there now wants it of every step.
    to.set(HttpHeaderNames.CACHE_CONTROL, exchange.request().headerValues("Cache-Control"));
    via.addTo(to);
    exchange.trace().writeTo(to);
    return to;
  }
}
