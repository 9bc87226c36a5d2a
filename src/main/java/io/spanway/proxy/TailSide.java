// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.util.ReferenceCountUtil;
import io.spanway.server.DrainEvent;
import java.io.IOException;

/** One connection of a {@link TailTunnel}: reads its frames and tells the tunnel. */
abstract class TailSide extends ChannelInboundHandlerAdapter {
  private static final String DECODER = "tail-decoder";
  private static final String PULSE = "tail-pulse";

  /** The largest frame of a client: Loki ignores what clients say. */
  static final int MAX_CLIENT_FRAME = 128 << 10;

  final TailTunnel tunnel;

  private TailSide(TailTunnel tunnel) {
    this.tunnel = tunnel;
  }

  /** Puts the codec before this handler. */
  final void codec(ChannelHandlerContext ctx, boolean fromClient, int maxFrame) {
    WebSocketDecoderConfig config =
        WebSocketDecoderConfig.newBuilder()
            .expectMaskedFrames(fromClient)
            .allowMaskMismatch(false)
            .allowExtensions(false)
            .maxFramePayloadLength(maxFrame)
            // The tunnel does it, which has two sides to tell.
            .closeOnProtocolViolation(false)
            .build();
    before(ctx, DECODER, new WebSocket13FrameDecoder(config));
    before(ctx, "tail-encoder", new WebSocket13FrameEncoder(!fromClient));
  }

  static void before(ChannelHandlerContext ctx, String name, ChannelHandler handler) {
    ctx.pipeline().addBefore(ctx.name(), name, handler);
  }

  @Override
  public final void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (msg instanceof WebSocketFrame frame) {
      read(frame);
    } else {
      // Bytes behind what broke the protocol.
      ReferenceCountUtil.release(msg);
    }
  }

  @Override
  public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof CorruptedWebSocketFrameException corrupted) {
      // What follows is read only so that the close frame is not destroyed by a reset.
      ctx.pipeline().remove(DECODER);
      broken(corrupted.closeStatus(), String.valueOf(corrupted.getMessage()));
    } else if (cause instanceof TooLongFrameException) {
      broken(WebSocketCloseStatus.MESSAGE_TOO_BIG, "a message in fragments is too large");
    } else if (cause instanceof IOException) {
      ctx.close();
    } else {
      broken(WebSocketCloseStatus.INTERNAL_SERVER_ERROR, String.valueOf(cause));
    }
  }

  abstract void read(WebSocketFrame frame);

  abstract void broken(WebSocketCloseStatus status, String why);

  static final class OfClient extends TailSide {
    OfClient(TailTunnel tunnel) {
      super(tunnel);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      before(
          ctx,
          PULSE,
          new TailPulse(tunnel.limits().idleTimeout(), tunnel::pingClient, tunnel::clientSilent));
      codec(ctx, true, MAX_CLIENT_FRAME);
      tunnel.clientJoined(ctx.channel());
    }

    @Override
    void read(WebSocketFrame frame) {
      tunnel.fromClient(frame);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      tunnel.clientReadComplete();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      tunnel.clientGone();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event == DrainEvent.INSTANCE) {
        tunnel.drain();
      }
    }

    @Override
    void broken(WebSocketCloseStatus status, String why) {
      tunnel.broken(true, status, why);
    }
  }

  static final class OfUpstream extends TailSide {
    OfUpstream(TailTunnel tunnel) {
      super(tunnel);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      before(
          ctx,
          PULSE,
          new TailPulse(
              tunnel.limits().idleTimeout(), tunnel::pingUpstream, tunnel::upstreamSilent));
      int maxMessage = (int) tunnel.limits().maxMessage().bytes();
      codec(ctx, false, maxMessage);
      // Messages are annotated, dropped and told of whole. Loki's old tail sends them in fragments.
      before(ctx, "tail-messages", new WebSocketFrameAggregator(maxMessage));
    }

    @Override
    void read(WebSocketFrame frame) {
      tunnel.fromUpstream(frame);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      tunnel.upstreamReadComplete();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      tunnel.upstreamWritable();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      tunnel.upstreamGone();
    }

    @Override
    void broken(WebSocketCloseStatus status, String why) {
      tunnel.broken(false, status, why);
    }
  }
}
