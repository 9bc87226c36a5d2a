// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HeadScannerTest {
  private static final String LINE_BLANK = "the request line begins with a blank";
  private static final String LINE_CONTROL = "the request line holds a control character";
  private static final String HEADER_BLANK = "a header line begins with a blank";

  /** Shows {@code head} to a scanner, {@code piece} bytes more each time; nothing is consumed. */
  private static @Nullable String scan(HeadScanner scanner, String head, int piece) {
    ByteBuf buffer = Unpooled.buffer();
    String problem = null;
    for (int i = 0; i < head.length() && problem == null; i += piece) {
      String next = head.substring(i, Math.min(head.length(), i + piece));
      buffer.writeCharSequence(next, StandardCharsets.ISO_8859_1);
      problem = scanner.scan(buffer);
    }
    return problem;
  }

  private static String text(String shown) {
    return shown
        .replace("~", "\r\n")
        .replace("_", " ")
        .replace("<HT>", "\t")
        .replace("<NUL>", "\0")
        .replace("<CR>", "\r")
        .replace("<LF>", "\n")
        .replace("<E9>", "\u00e9");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET_/_HTTP/1.1~Host:_a~~",
        "GET_/_HTTP/1.1~~_body",
        "~<LF>GET_/_HTTP/1.1~Host:_a~~",
        "GET_/_HTTP/1.1<LF>Host:_a<LF><LF>_body",
        "GET_/<E9>_HTTP/1.1~X:_<NUL><HT><E9>~~",
        "GET_/_HTTP/1.1~X:_a<CR>b~~",
        "GET_/_HTTP/1.1~<CR>X:_a~~_body",
        "GET_/_HTTP/1.1~X:_a",
      })
  void soundHead_passesHoweverItIsCut(String head) {
    for (int piece = 1; piece <= 40; piece++) {
      assertThat(scan(new HeadScanner(), text(head), piece)).as("pieces of %s", piece).isNull();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "_GET / HTTP/1.1~," + LINE_BLANK,
    "<NUL>GET / HTTP/1.1~," + LINE_BLANK,
    "~~_GET / HTTP/1.1~," + LINE_BLANK,
    "<E9>GET / HTTP/1.1~," + LINE_BLANK,
    "GET<HT>/ HTTP/1.1~," + LINE_CONTROL,
    "GET_/<NUL>_HTTP/1.1~," + LINE_CONTROL,
    "GET_/_HTTP/1.1~_X:_a~~," + HEADER_BLANK,
    "GET_/_HTTP/1.1~<HT>X:_a~~," + HEADER_BLANK,
    "GET_/_HTTP/1.1~X:_a~_b~~," + HEADER_BLANK,
    "GET_/_HTTP/1.1<LF>X:_a<LF><HT>b~~," + HEADER_BLANK,
  })
  void faultyHead_isToldHoweverItIsCut(String head, String problem) {
    for (int piece = 1; piece <= 40; piece++) {
      assertThat(scan(new HeadScanner(), text(head), piece))
          .as("pieces of %s", piece)
          .startsWith(problem);
    }
  }

  @Test
  void nextHead_isLookedAtFromItsStart() {
    String first = "POST / HTTP/1.1\r\nHost: a\r\n\r\n body";
    ByteBuf buffer = Unpooled.copiedBuffer(first, StandardCharsets.ISO_8859_1);
    HeadScanner scanner = new HeadScanner();

    assertThat(scanner.scan(buffer)).isNull();
    buffer.skipBytes(first.length());
    scanner.consumed(first.length());
    scanner.reset();
    buffer.writeCharSequence("GET / HTTP/1.1\r\n X: a\r\n", StandardCharsets.ISO_8859_1);

    assertThat(scanner.scan(buffer)).isEqualTo(HEADER_BLANK);
  }
}
