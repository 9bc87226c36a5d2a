// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Netty's response decoder, told which answers are to HEAD, and refusing what Netty repairs or
 * overlooks: an answer with both {@code Transfer-Encoding} and {@code Content-Length}, a transfer
 * coding besides {@code chunked}, which would be taken for the content, and any in HTTP/1.0 (RFC
 * 9112 section 6.1).
 */
final class StrictResponseDecoder extends HttpResponseDecoder {
  private final BooleanSupplier expected;
  private boolean headOnly;
  private boolean upgradeAsked;

  /**
   * Creates one.
   *
   * @param expected told that bytes came, before they are decoded; false drops them
   */
  StrictResponseDecoder(BooleanSupplier expected) {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(16 * 1024)
            .setMaxHeaderSize(1 << 20)
            .setMaxChunkSize(1 << 20)
            .setAllowDuplicateContentLengths(false));
    this.expected = expected;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) throws Exception {
    if (expected.getAsBoolean()) {
      super.channelRead(ctx, msg);
    } else {
      ReferenceCountUtil.release(msg);
    }
  }

  /** Says whether there are bytes behind what was decoded last. */
  boolean hasMore() {
    return actualReadableBytes() > 0;
  }

  /** Says what the next answer is to. */
  void expect(boolean head, boolean upgrade) {
    headOnly = head;
    upgradeAsked = upgrade;
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
    return headOnly || super.isContentAlwaysEmpty(message);
  }

  @Override
  protected boolean isSwitchingToNonHttp1Protocol(HttpResponse message) {
    return upgradeAsked && message.status().code() == 101;
  }

  @Override
  protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
    throw new IllegalArgumentException("both Transfer-Encoding and Content-Length");
  }
}
