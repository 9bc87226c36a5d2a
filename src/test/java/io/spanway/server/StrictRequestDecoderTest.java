// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StrictRequestDecoderTest {
  private static final String BODY = " \r\n folded\r\n\tand\u0000so on\r\n\r\n x";
  private static final String REQUESTS =
      ("\r\nPOST /a HTTP/1.1\r\nHost: s\r\nContent-Length: " + BODY.length() + "\r\n\r\n" + BODY)
          + "GET /b HTTP/1.1\r\nHost: s\r\n\r\n"
          + ("PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
              + Integer.toHexString(BODY.length())
              + "\r\n"
              + BODY
              + "\r\n0\r\nX-After: y\r\n\r\n")
          + "GET /d HTTP/1.1\r\nHost: s\r\n\r\n";

  /** Feeds {@code bytes} in pieces; returns targets and bodies, or what is wrong. */
  private static List<String> decode(String bytes, int piece) {
    EmbeddedChannel channel = new EmbeddedChannel(new StrictRequestDecoder(8192, () -> {}));
    for (int i = 0; i < bytes.length(); i += piece) {
      channel.writeInbound(
          Unpooled.copiedBuffer(
              bytes.substring(i, Math.min(bytes.length(), i + piece)),
              StandardCharsets.ISO_8859_1));
    }
    List<String> seen = new ArrayList<>();
    StringBuilder body = new StringBuilder();
    for (Object each = channel.readInbound(); each != null; each = channel.readInbound()) {
      if (each instanceof HttpRequest request) {
        seen.add(
            request.decoderResult().isFailure()
                ? String.valueOf(request.decoderResult().cause().getMessage())
                : request.uri());
      }
      if (each instanceof HttpContent content) {
        body.append(content.content().toString(StandardCharsets.ISO_8859_1));
        content.release();
      }
    }
    seen.add(body.toString());
    channel.finishAndReleaseAll();
    return seen;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 64, 10_000})
  void soundRequests_passHoweverTheyAreCutAndWhateverTheirBodiesHold(int piece) {
    assertThat(decode(REQUESTS, piece)).containsExactly("/a", "/b", "/c", "/d", BODY + BODY);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 64, 10_000})
  void foldedHeaderInALaterRequest_isRefusedHoweverItIsCut(int piece) {
    assertThat(
            decode(
                REQUESTS + "GET /e HTTP/1.1\r\nX: a\r\n b\r\n\r\nGET /f HTTP/1.1\r\n\r\n", piece))
        .containsExactly("/a", "/b", "/c", "/d", "a header line begins with a blank", BODY + BODY);
  }
}
