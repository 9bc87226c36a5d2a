// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.annotate.TailFrames;
import io.spanway.body.Bodies;
import io.spanway.body.BodySource;
import io.spanway.http.HopByHopHeaders;
import io.spanway.http.OutboundRequest;
import io.spanway.http.ProxyError;
import io.spanway.http.ResponseHead;
import io.spanway.upstream.ResponseHandler;
import io.spanway.upstream.UpstreamCall;
import io.spanway.upstream.UpstreamException;
import io.spanway.upstream.UpstreamTunnel;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Loki's tail: the handshake is forwarded as it came, but for extensions, and after 101 a {@link
 * TailTunnel} passes the frames. An answer other than 101 is an ordinary answer.
 */
final class TailExchange {
  private static final String PATH = "/loki/api/v1/tail";
  private static final String LEGACY_PATH = "/api/prom/tail";

  private final Upstreams upstreams;
  private final OutboundHeaders outbound;
  private final @Nullable TailFrames annotator;
  private final TailConfig limits;
  private final AllowedOrigins origins;

  /**
   * Creates it.
   *
   * @param annotator puts derived fields into text frames, null when none are configured
   */
  TailExchange(
      Upstreams upstreams,
      OutboundHeaders outbound,
      @Nullable TailFrames annotator,
      TailConfig limits) {
    this.upstreams = upstreams;
    this.outbound = outbound;
    this.annotator = annotator;
    this.limits = limits;
    this.origins = new AllowedOrigins(limits.allowedOrigins());
  }

  /** Runs an exchange whose request is a WebSocket handshake. */
  void run(Exchange exchange) {
    if (!origins.permits(exchange.request().headerValues("origin"))) {
      exchange.reject(
          ProxyError.HTTP_REQUEST_DENIED,
          "pages of this origin may not tail (tail.allowedOrigins has those that may)",
          "an Origin that is not in tail.allowedOrigins");
      return;
    }
    HttpHeaders headers = outbound.forwarded(exchange);
    headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
    headers.set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET);
    // Compressed frames could be neither annotated nor named when they are dropped.
    headers.remove(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS);
    String query = exchange.request().target().rawQuery();
    String path = exchange.match().path();
    OutboundRequest request =
        new OutboundRequest(
            exchange.request().method(), query.isEmpty() ? path : path + "?" + query, headers);
    exchange.requestBody().cancel();
    TailFrames fields = annotatorFor(path);
    UpstreamCall call =
        upstreams.send(
            exchange, exchange.operation(), request, Bodies.empty(), new Tail(exchange, fields));
    exchange.onAbandon(call::cancel);
  }

  /** Returns what annotates the frames of a path; null where their shape is another. */
  private @Nullable TailFrames annotatorFor(String path) {
    TailFrames frames = annotator;
    if (frames == null || path.equals(PATH)) {
      return frames;
    }
    return path.equals(LEGACY_PATH) ? frames.legacy() : null;
  }

  private final class Tail implements ResponseHandler {
    private final Exchange exchange;
    private final @Nullable TailFrames fields;

    Tail(Exchange exchange, @Nullable TailFrames fields) {
      this.exchange = exchange;
      this.fields = fields;
    }

    @Override
    public void onResponse(ResponseHead head, BodySource body) {
      HttpHeaders headers = HopByHopHeaders.copyEndToEnd(head.headers(), Set.of());
      exchange.respond(new ResponseHead(head.status(), headers), body);
    }

    @Override
    public void onFailure(UpstreamException failure) {
      exchange.reject(
          failure.error(),
          Upstreams.message(failure.error(), exchange.operation().backend()),
          String.valueOf(failure.getMessage()));
    }

    @Override
    public void onUpgrade(ResponseHead head, UpstreamTunnel upstream) {
      if (exchange.isOver()) {
        upstream.channel().close();
        return;
      }
      HttpHeaders from = head.headers();
      if (!from.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)
          || from.contains(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS)) {
        upstream.channel().close();
        ProxyError error = ProxyError.HTTP_PROTOCOL_ERROR;
        exchange.reject(
            error,
            Upstreams.message(error, exchange.operation().backend()),
            "the upstream switched to what was not asked for");
        return;
      }
      HttpHeaders headers = HopByHopHeaders.copyEndToEnd(from, Set.of());
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
      headers.set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET);
      TailTunnel tunnel = new TailTunnel(exchange, upstream.channel(), fields, limits);
      exchange.upgrade(new ResponseHead(101, headers), tunnel.clientSide());
      upstream.start(tunnel.upstreamSide());
      tunnel.start();
    }
  }
}
