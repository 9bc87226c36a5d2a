// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;

/**
 * What a client of an upstream needs to know.
 *
 * @param name what users call it: {@code loki} or {@code tempo}
 * @param address where it is
 * @param timeouts how long it may take
 * @param maxConnections connections per event loop
 * @param maxWaiting calls per event loop that may wait for a connection
 * @param channelType the transport's socket type
 */
public record UpstreamSettings(
    String name,
    UpstreamAddress address,
    UpstreamTimeouts timeouts,
    int maxConnections,
    int maxWaiting,
    Class<? extends Channel> channelType) {
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(64 * 1024, 256 * 1024);

  Bootstrap bootstrap(EventLoop loop) {
    return new Bootstrap()
        .group(loop)
        .channel(channelType)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.SO_KEEPALIVE, true)
        .option(
            ChannelOption.CONNECT_TIMEOUT_MILLIS,
            (int) Math.min(Integer.MAX_VALUE, timeouts.connect().toMillis()))
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
        .option(
            ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(512, 8192, 262144));
  }
}
