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
final class HeadScanner {
  /** Goes on over all but controls that no request line may hold, and over its end. */
  private static final ByteProcessor PLAIN = b -> b >= ' ' || b < 0 || b == '\r';

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
    int end = buffer.writerIndex();
    int i = buffer.readerIndex() + ahead;
    while (i < end && at != At.END && problem == null) {
      i = look(buffer, i, end);
    }
    ahead = end - buffer.readerIndex();
    return problem;
  }

  /** Notes that the decoder took so many bytes off the front. */
  void consumed(int bytes) {
    ahead = Math.max(0, ahead - bytes);
  }

  /** Looks at the byte at {@code i} and those behind it that are of the same kind. */
  private int look(ByteBuf buffer, int i, int end) {
    switch (at) {
      case START -> {
        // Empty lines before a request line are to be skipped (RFC 9112 section 2.2).
        byte b = buffer.getByte(i);
        if (b == '\r' || b == '\n') {
          return i + 1;
        }
        at = At.REQUEST_LINE;
        if (b <= ' ') {
          problem = "the request line begins with a blank or a control character";
        }
        return i;
      }
      case REQUEST_LINE -> {
        int control = buffer.forEachByte(i, end - i, PLAIN);
        if (control < 0) {
          return end;
        }
        if (buffer.getByte(control) == '\n') {
          at = At.LINE_START;
        } else {
          problem = "the request line holds a control character";
        }
        return control + 1;
      }
      case LINE_START -> {
        byte b = buffer.getByte(i);
        if (b == ' ' || b == '\t') {
          problem = "a header line begins with a blank";
        } else if (b == '\n') {
          at = At.END;
        } else {
          at = b == '\r' ? At.EMPTY_LINE : At.LINE;
        }
        return i + 1;
      }
      case LINE -> {
        int feed = buffer.indexOf(i, end, (byte) '\n');
        if (feed < 0) {
          return end;
        }
        at = At.LINE_START;
        return feed + 1;
      }
      case EMPTY_LINE -> {
        at = buffer.getByte(i) == '\n' ? At.END : At.LINE;
        return i + 1;
      }
      case END -> {
        return end;
      }
    }
    throw new IllegalStateException("at: " + at);
  }
}
