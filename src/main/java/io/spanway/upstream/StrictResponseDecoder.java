// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;

/**
 * Netty's response decoder, told which answers are to HEAD, and refusing what Netty repairs: an
 * answer with both {@code Transfer-Encoding} and {@code Content-Length}.
 */
final class StrictResponseDecoder extends HttpResponseDecoder {
  private boolean headOnly;
  private boolean upgradeAsked;

  StrictResponseDecoder() {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(16 * 1024)
            .setMaxHeaderSize(1 << 20)
            .setMaxChunkSize(1 << 20)
            .setAllowDuplicateContentLengths(false));
  }

  /** Says what the next answer is to. */
  void expect(boolean head, boolean upgrade) {
    headOnly = head;
    upgradeAsked = upgrade;
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpMessage message) {
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
