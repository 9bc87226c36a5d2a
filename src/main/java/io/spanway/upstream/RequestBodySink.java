// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.LastHttpContent;
import io.spanway.body.BodySink;
import io.spanway.body.BodySource;

/** Writes a request's body to its upstream. */
final class RequestBodySink implements BodySink {
  private final UpstreamConnection connection;
  private final Channel channel;
  private final BodySource source;
  private final long length;
  private long written;
  private long pending;
  private boolean over;

  RequestBodySink(UpstreamConnection connection, BodySource source, long length) {
    this.connection = connection;
    this.channel = connection.channel();
    this.source = source;
    this.length = length;
  }

  @Override
  public void write(ByteBuf chunk) {
    if (over) {
      chunk.release();
      return;
    }
    written += chunk.readableBytes();
    channel.write(chunk, channel.voidPromise());
  }

  @Override
  public void flush() {
    channel.flush();
  }

  @Override
  public void end(HttpHeaders trailers) {
    if (over) {
      return;
    }
    over = true;
    if (length >= 0 && written != length) {
      connection.requestBroken();
      return;
    }
    LastHttpContent last = LastHttpContent.EMPTY_LAST_CONTENT;
    if (length < 0 && !trailers.isEmpty()) {
      last = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER);
      last.trailingHeaders().set(trailers);
    }
    channel.writeAndFlush(last, channel.voidPromise());
    connection.requestEnded();
  }

  @Override
  public void fail(Throwable cause) {
    if (!over) {
      over = true;
      connection.requestBroken();
    }
  }

  @Override
  public boolean isWritable() {
    return channel.isWritable();
  }

  /** Says whether the upstream took anything since the last time that this was asked. */
  boolean progressed() {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    long now = buffer == null ? 0 : buffer.totalPendingWriteBytes() + buffer.currentProgress();
    boolean changed = now != pending;
    pending = now;
    return changed;
  }

  void writable() {
    source.resume();
  }

  /** The call is over before its body is. */
  void drop() {
    over = true;
    source.cancel();
  }
}
