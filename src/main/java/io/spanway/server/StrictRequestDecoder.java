// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpVersion;

/**
 * Netty's request decoder, made to refuse what Netty repairs: a message with both {@code
 * Transfer-Encoding} and {@code Content-Length} (RFC 9112 section 6.1 calls it an attempt at
 * smuggling), and {@code Transfer-Encoding} in HTTP/1.0.
 */
final class StrictRequestDecoder extends HttpRequestDecoder {
  private final Runnable bytesArrived;

  StrictRequestDecoder(int maxHead, Runnable bytesArrived) {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(maxHead)
            .setMaxHeaderSize(maxHead)
            .setMaxChunkSize(1 << 20)
            .setInitialBufferSize(256)
            .setAllowDuplicateContentLengths(false));
    this.bytesArrived = bytesArrived;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) throws Exception {
    bytesArrived.run();
    super.channelRead(ctx, msg);
  }

  @Override
  protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
    throw new IllegalArgumentException("both Transfer-Encoding and Content-Length");
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpMessage message) {
    if (message.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)
        && message.protocolVersion().compareTo(HttpVersion.HTTP_1_1) < 0) {
      throw new IllegalArgumentException("Transfer-Encoding in HTTP/1.0");
    }
    return super.isContentAlwaysEmpty(message);
  }
}
