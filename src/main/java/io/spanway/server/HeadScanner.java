// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.buffer.ByteBuf;
import io.netty.util.ByteProcessor;
import org.jspecify.annotations.Nullable;

/**
 * Looks through the bytes of a request's head for what Netty's decoder repairs before anybody can
 * see it: blanks and controls before or inside the request line (RFC 9112 section 3), and lines
 * that begin with a blank, be it a folded header (section 5.2) or one before the first (section
 * 2.2). Each byte is looked at once, however small the pieces are.
 */
final class HeadScanner implements ByteProcessor {
  private enum At {
    START,
    REQUEST_LINE,
    LINE_START,
    LINE,
    EMPTY_LINE,
    END
  }

  private At at = At.START;
  private int ahead;
  private @Nullable String problem;

  /** Starts with the next head, which begins at the next byte that is not consumed. */
  void reset() {
    at = At.START;
    ahead = 0;
  }

  /**
   * Looks at what is new in {@code buffer}, which is lent.
   *
   * @return what is wrong with it, or null
   */
  @Nullable String scan(ByteBuf buffer) {
    int from = buffer.readerIndex() + ahead;
    int length = buffer.writerIndex() - from;
    if (at != At.END && length > 0) {
      buffer.forEachByte(from, length, this);
      ahead += length;
    }
    return problem;
  }

  /** Notes that the decoder took so many bytes off the front. */
  void consumed(int bytes) {
    ahead = Math.max(0, ahead - bytes);
  }

  @Override
  public boolean process(byte b) {
    switch (at) {
      case START -> {
        // Empty lines before a request line are to be skipped (RFC 9112 section 2.2).
        if (b != '\r' && b != '\n') {
          at = At.REQUEST_LINE;
          if (b <= ' ') {
            problem = "the request line begins with a blank or a control character";
          }
        }
      }
      case REQUEST_LINE -> {
        if (b == '\n') {
          at = At.LINE_START;
        } else if (b >= 0 && b < ' ' && b != '\r') {
          problem = "the request line holds a control character";
        }
      }
      case LINE_START -> {
        if (b == ' ' || b == '\t') {
          problem = "a header line begins with a blank";
        } else if (b == '\n') {
          at = At.END;
        } else {
          at = b == '\r' ? At.EMPTY_LINE : At.LINE;
        }
      }
      case LINE -> {
        if (b == '\n') {
          at = At.LINE_START;
        }
      }
      case EMPTY_LINE -> at = b == '\n' ? At.END : At.LINE;
      case END -> {
        return false;
      }
    }
    return problem == null && at != At.END;
  }
}
