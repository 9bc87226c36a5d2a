// SPDX-License-Identifier: Apache-2.0

import io.netty.buffer.ByteBuf;

/** Finds the ends of HTTP/1.1 answers in what comes, and keeps nothing of them. */
final class AnswerReader {
  private static final byte[] LENGTH = "content-length:".getBytes();
  private static final byte[] CODING = "transfer-encoding:".getBytes();

  private enum State {
    HEAD,
    BODY,
    CHUNK_HEAD,
    CHUNK,
    CHUNK_END,
    TRAILER
  }

  private State state = State.HEAD;
  private int line;
  private int column;
  private boolean maybeLength;
  private boolean maybeCoding;
  private boolean chunked;
  private int status;
  private int lastStatus;
  private long length;
  private long left;
  private long size;

  /** The status of the answer that ended last. */
  int status() {
    return lastStatus;
  }

  /** The bytes of its body. */
  long size() {
    return size;
  }

  /** Reads until the end of an answer or of the buffer; true at an answer's end. */
  boolean read(ByteBuf in) {
    while (in.isReadable()) {
      switch (state) {
        case HEAD -> {
          if (head(in) && begin()) {
            return true;
          }
        }
        case BODY, CHUNK -> {
          int take = (int) Math.min(left, in.readableBytes());
          in.skipBytes(take);
          left -= take;
          size += take;
          if (left == 0) {
            if (state == State.BODY) {
              return end();
            }
            state = State.CHUNK_END;
          }
        }
        case CHUNK_END -> {
          if (in.readByte() == '\n') {
            state = State.CHUNK_HEAD;
            left = 0;
          }
        }
        case CHUNK_HEAD -> chunkHead(in.readByte());
        case TRAILER -> {
          byte b = in.readByte();
          if (b == '\n') {
            if (column == 0) {
              return end();
            }
            column = 0;
          } else if (b != '\r') {
            column++;
          }
        }
      }
    }
    return false;
  }

  private void chunkHead(byte b) {
    if (b == '\n') {
      state = left == 0 ? State.TRAILER : State.CHUNK;
      column = 0;
    } else if (Character.digit(b, 16) >= 0 && column == 0) {
      left = left * 16 + Character.digit(b, 16);
    } else {
      column = 1;
    }
  }

  private boolean head(ByteBuf in) {
    int at = in.readerIndex();
    int end = in.writerIndex();
    while (at < end) {
      byte b = in.getByte(at++);
      if (b == '\n') {
        if (column == 0) {
          in.readerIndex(at);
          return true;
        }
        line++;
        column = 0;
        maybeLength = true;
        maybeCoding = true;
      } else if (b != '\r') {
        if (line == 0) {
          if (column >= 9 && column < 12) {
            status = status * 10 + b - '0';
          }
        } else if (maybeLength || maybeCoding) {
          field(b);
        }
        column++;
      }
    }
    in.readerIndex(at);
    return false;
  }

  private void field(byte b) {
    byte lower = b >= 'A' && b <= 'Z' ? (byte) (b + 32) : b;
    if (maybeLength) {
      if (column >= LENGTH.length) {
        length = b >= '0' && b <= '9' ? length * 10 + b - '0' : length;
      } else {
        maybeLength = lower == LENGTH[column];
      }
    }
    if (maybeCoding) {
      if (column == CODING.length - 1 && lower == ':') {
        chunked = true;
      }
      maybeCoding = column < CODING.length && lower == CODING[column];
    }
  }

  private boolean begin() {
    if (status < 200) {
      reset();
      return false;
    }
    size = 0;
    left = chunked ? 0 : length;
    column = 0;
    state = chunked ? State.CHUNK_HEAD : State.BODY;
    return state == State.BODY && left == 0 && end();
  }

  private boolean end() {
    lastStatus = status;
    reset();
    return true;
  }

  private void reset() {
    state = State.HEAD;
    line = 0;
    column = 0;
    status = 0;
    length = 0;
    chunked = false;
    maybeLength = false;
    maybeCoding = false;
  }
}
