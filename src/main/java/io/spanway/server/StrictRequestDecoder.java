// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;

/**
 * Netty's request decoder, made to refuse what Netty repairs: a message with both {@code
 * Transfer-Encoding} and {@code Content-Length} (RFC 9112 section 6.1 calls it an attempt at
 * smuggling), {@code Transfer-Encoding} in HTTP/1.0, and any coding but {@code chunked} alone: of
 * others Netty sees either no body at all or the coded one. What is repaired before it can be seen
 * is the {@link HeadScanner}'s.
 */
final class StrictRequestDecoder extends HttpRequestDecoder {
  private final Runnable bytesArrived;
  private final HeadScanner scanner = new HeadScanner();
  private boolean inHead = true;
  private boolean refused;

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
  protected void decode(ChannelHandlerContext ctx, ByteBuf buffer, List<Object> out)
      throws Exception {
    if (refused) {
      buffer.skipBytes(buffer.readableBytes());
      return;
    }
    String problem = inHead ? scanner.scan(buffer) : null;
    if (problem != null) {
      refused = true;
      buffer.skipBytes(buffer.readableBytes());
      out.add(refusal(problem));
      return;
    }
    int from = buffer.readerIndex();
    int had = out.size();
    super.decode(ctx, buffer, out);
    scanner.consumed(buffer.readerIndex() - from);
    for (int i = had; i < out.size(); i++) {
      inHead = out.get(i) instanceof LastHttpContent;
      if (inHead) {
        scanner.reset();
      }
    }
  }

  private static HttpRequest refusal(String problem) {
    HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
    request.setDecoderResult(DecoderResult.failure(new IllegalArgumentException(problem)));
    return request;
  }

  @Override
  protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
    throw new IllegalArgumentException("both Transfer-Encoding and Content-Length");
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpMessage message) {
    HttpHeaders headers = message.headers();
    if (headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
      List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
      if (codings.size() > 1
          || !codings.get(0).equalsIgnoreCase("chunked")
          || message.protocolVersion().compareTo(HttpVersion.HTTP_1_1) < 0) {
        throw new IllegalArgumentException("a transfer coding other than chunked");
      }
    }
    return super.isContentAlwaysEmpty(message);
  }
}
