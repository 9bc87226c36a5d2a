// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Finds out that nobody is at the other end of a tail's connection any more, of which a network
 * need not tell. Who has not sent a byte for half the time is sent a ping, and is gone when it has
 * not sent one after the other half either; a client that is merely slow still takes bytes.
 */
final class TailPulse extends IdleStateHandler {
  private final Runnable ping;
  private final Runnable gone;
  private boolean asked;
  private int waiting;
  private long progress;

  /**
   * Creates one.
   *
   * @param ping sends a ping
   * @param gone is told when there is no sign of life
   */
  TailPulse(Duration timeout, Runnable ping, Runnable gone) {
    super(Math.max(1, timeout.toNanos() / 2), 0, 0, TimeUnit.NANOSECONDS);
    this.ping = ping;
    this.gone = gone;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) throws Exception {
    asked = false;
    super.channelRead(ctx, msg);
  }

  @Override
  protected void channelIdle(ChannelHandlerContext ctx, IdleStateEvent event) {
    Channel channel = ctx.channel();
    boolean taken = hasTaken(channel);
    if (!channel.config().isAutoRead()) {
      // It may have said something; nobody looks.
      asked = false;
    } else if (!asked || taken) {
      asked = true;
      ping.run();
    } else {
      gone.run();
    }
  }

  /** Says whether the other end has taken some of what waited for it when this was asked last. */
  private boolean hasTaken(Channel channel) {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    Object first = buffer == null ? null : buffer.current();
    int nowWaiting = System.identityHashCode(first);
    long nowProgress = first == null || buffer == null ? 0 : buffer.currentProgress();
    boolean taken = waiting != 0 && (nowWaiting != waiting || nowProgress != progress);
    waiting = nowWaiting;
    progress = nowProgress;
    return taken;
  }
}
