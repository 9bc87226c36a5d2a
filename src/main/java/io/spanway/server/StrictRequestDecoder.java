// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;

/**
 * Netty's request decoder, made to refuse what Netty repairs: a message with both {@code
 * Transfer-Encoding} and {@code Content-Length} (RFC 9112 section 6.1 calls it an attempt at
 * smuggling), {@code Transfer-Encoding} in HTTP/1.0, and any coding but {@code chunked} alone: of
 * others Netty sees either no body at all or the coded one.
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
    List<String> codings = message.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
    if (!codings.isEmpty()
        && (codings.size() > 1
            || !codings.get(0).equalsIgnoreCase("chunked")
            || message.protocolVersion().compareTo(HttpVersion.HTTP_1_1) < 0)) {
      throw new IllegalArgumentException("a transfer coding other than chunked");
    }
    return super.isContentAlwaysEmpty(message);
  }
}
