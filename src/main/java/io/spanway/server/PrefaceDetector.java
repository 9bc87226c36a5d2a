// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Tells HTTP/2 with prior knowledge (RFC 9113 section 3.3) from HTTP/1.1 by a connection's first
 * bytes, and goes. What is not HTTP/2 passes byte for byte. While the bytes may still become
 * either, they are held, and the time-out for a request's head runs.
 *
 * <p><b>Reference counting.</b> At most the preface is held; it is released with the connection.
 */
final class PrefaceDetector extends ChannelInboundHandlerAdapter {
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final Frontend frontend;
  private final Http1FrontendHandler http1;
  private @Nullable ByteBuf held;

  PrefaceDetector(Frontend frontend, Http1FrontendHandler http1) {
    this.frontend = frontend;
    this.http1 = http1;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (!(msg instanceof ByteBuf arrived)) {
      ctx.fireChannelRead(msg);
      return;
    }
    ByteBuf first = held;
    ByteBuf bytes = arrived;
    if (first != null) {
      held = null;
      bytes = ctx.alloc().buffer(first.readableBytes() + arrived.readableBytes());
      bytes.writeBytes(first).writeBytes(arrived);
      first.release();
      arrived.release();
    }
    int length = Math.min(bytes.readableBytes(), PREFACE.length);
    int same = 0;
    while (same < length && bytes.getByte(bytes.readerIndex() + same) == PREFACE[same]) {
      same++;
    }
    if (same == length && length < PREFACE.length) {
      held = bytes;
      http1.bytesArrived();
      return;
    }
    if (same == length) {
      Http2FrontendHandler.takeOver(ctx.pipeline(), frontend);
    }
    pass(ctx, bytes);
  }

  private void pass(ChannelHandlerContext ctx, ByteBuf bytes) {
    // While this one is still there: its context is the one that leads on.
    ctx.fireChannelRead(bytes);
    if (!ctx.isRemoved()) {
      ctx.pipeline().remove(this);
    }
  }

  /** Also when the connection ends, or TLS has agreed on a protocol. */
  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    ByteBuf rest = held;
    held = null;
    if (rest != null) {
      rest.release();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    ByteBuf rest = held;
    held = null;
    if (rest != null) {
      // A head that was never finished, as the HTTP/1.1 decoder sees it.
      ctx.fireChannelRead(rest);
    }
    ctx.fireChannelInactive();
  }
}
