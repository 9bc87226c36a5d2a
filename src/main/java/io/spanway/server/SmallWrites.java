// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import org.jspecify.annotations.Nullable;

/**
 * Joins small buffers that are written one behind the other, as an answer's head and body are, so
 * that the socket gets one. What nobody waits for is kept until the next flush at the latest.
 */
final class SmallWrites extends ChannelOutboundHandlerAdapter {
  /** Up to here a copy costs less than another buffer for the socket. */
  private static final int MOST = 8 * 1024;

  private @Nullable ByteBuf kept;

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    ByteBuf before = kept;
    ByteBuf next = msg instanceof ByteBuf small && small.readableBytes() <= MOST ? small : null;
    if (before == null) {
      if (next != null && promise.isVoid()) {
        kept = next;
      } else {
        ctx.write(msg, promise);
      }
      return;
    }
    if (next == null || before.readableBytes() + next.readableBytes() > MOST) {
      give(ctx, ctx.voidPromise());
      write(ctx, msg, promise);
      return;
    }
    kept = joined(ctx, before, next);
    if (!promise.isVoid()) {
      give(ctx, promise);
    }
  }

  private static ByteBuf joined(ChannelHandlerContext ctx, ByteBuf first, ByteBuf second) {
    if (!second.isReadable()) {
      second.release();
      return first;
    }
    try {
      ByteBuf both = ctx.alloc().directBuffer(first.readableBytes() + second.readableBytes());
      return both.writeBytes(first).writeBytes(second);
    } finally {
      first.release();
      second.release();
    }
  }

  private void give(ChannelHandlerContext ctx, ChannelPromise promise) {
    ByteBuf given = kept;
    kept = null;
    if (given != null) {
      ctx.write(given, promise);
    }
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    give(ctx, ctx.voidPromise());
    ctx.flush();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    ByteBuf left = kept;
    kept = null;
    if (left != null) {
      left.release();
    }
  }
}
