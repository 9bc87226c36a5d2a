// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.ReferenceCountUtil;
import io.spanway.body.Bodies;
import io.spanway.body.BodySource;
import io.spanway.http.HopByHopHeaders;
import io.spanway.http.OutboundRequest;
import io.spanway.http.ResponseHead;
import io.spanway.upstream.ResponseHandler;
import io.spanway.upstream.UpstreamCall;
import io.spanway.upstream.UpstreamException;
import io.spanway.upstream.UpstreamTunnel;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Loki's tail: the handshake is forwarded, and after 101 bytes go both ways as they come. An answer
 * other than 101 is an ordinary answer.
 */
final class TailExchange {
  private final Upstreams upstreams;
  private final OutboundHeaders outbound;

  TailExchange(Upstreams upstreams, OutboundHeaders outbound) {
    this.upstreams = upstreams;
    this.outbound = outbound;
  }

  void run(Exchange exchange) {
    HttpHeaders from = exchange.request().headers();
    HttpHeaders headers = outbound.forwarded(exchange);
    headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
    headers.set(HttpHeaderNames.UPGRADE, from.get(HttpHeaderNames.UPGRADE, "websocket"));
    String query = exchange.request().target().rawQuery();
    String path = exchange.match().path();
    OutboundRequest request =
        new OutboundRequest(
            exchange.request().method(), query.isEmpty() ? path : path + "?" + query, headers);
    exchange.requestBody().cancel();
    UpstreamCall call =
        upstreams.send(exchange, exchange.operation(), request, Bodies.empty(), new Tail(exchange));
    exchange.onAbandon(call::cancel);
  }

  private static final class Tail implements ResponseHandler {
    private final Exchange exchange;

    Tail(Exchange exchange) {
      this.exchange = exchange;
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
    public void onUpgrade(ResponseHead head, UpstreamTunnel tunnel) {
      if (exchange.isOver()) {
        tunnel.channel().close();
        return;
      }
      HttpHeaders headers = HopByHopHeaders.copyEndToEnd(head.headers(), Set.of());
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
      headers.set(
          HttpHeaderNames.UPGRADE, head.headers().get(HttpHeaderNames.UPGRADE, "websocket"));
      Pipe toUpstream = new Pipe(tunnel.channel());
      exchange.upgrade(new ResponseHead(101, headers), toUpstream);
      Channel client = toUpstream.own();
      if (client == null) {
        tunnel.channel().close();
        return;
      }
      tunnel.start(new Pipe(client));
    }
  }

  /** Writes what its channel reads to the other side, and closes the other side after its own. */
  private static final class Pipe extends ChannelInboundHandlerAdapter {
    private final Channel other;
    private @Nullable Channel own;

    Pipe(Channel other) {
      this.other = other;
    }

    @Nullable Channel own() {
      return own;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      own = ctx.channel();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      if (!other.isActive()) {
        ReferenceCountUtil.release(msg);
        return;
      }
      other.write(msg, other.voidPromise());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      other.flush();
      if (!other.isWritable()) {
        ctx.channel().config().setAutoRead(false);
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      if (ctx.channel().isWritable()) {
        other.config().setAutoRead(true);
      }
      ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      other
          .writeAndFlush(io.netty.buffer.Unpooled.EMPTY_BUFFER)
          .addListener(ChannelFutureListener.CLOSE);
      ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
