// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import io.netty.buffer.ByteBuf;

/** Reads past the header of a gzip member (RFC 1952 section 2.3), however it is cut in chunks. */
final class GzipHeader {
  private static final int FIXED = 10;
  private static final int HEADER_CRC = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;
  private static final int RESERVED = 0xe0;

  private int at;
  private int flags;
  private int extraLength = -1;
  private int extraRead;

  /** Says whether nothing of a header was read yet. */
  boolean isUntouched() {
    return at == 0;
  }

  /** Gets ready for the next member. */
  void reset() {
    at = 0;
    flags = 0;
    extraLength = -1;
    extraRead = 0;
  }

  /** Reads on; says whether the header is complete. */
  boolean read(ByteBuf input) {
    while (at < FIXED) {
      if (!input.isReadable()) {
        return false;
      }
      fixed(at++, input.readUnsignedByte());
    }
    return extra(input) && text(input, NAME) && text(input, COMMENT) && crc(input);
  }

  private void fixed(int index, int value) {
    boolean valid =
        switch (index) {
          case 0 -> value == 0x1f;
          case 1 -> value == 0x8b;
          case 2 -> value == 8;
          case 3 -> (value & RESERVED) == 0;
          default -> true;
        };
    if (!valid) {
      throw new BodyDecodingException("the body is not gzip");
    }
    if (index == 3) {
      flags = value;
    }
  }

  private boolean extra(ByteBuf input) {
    if ((flags & EXTRA) == 0) {
      return true;
    }
    while (extraRead < 2) {
      if (!input.isReadable()) {
        return false;
      }
      int value = input.readUnsignedByte();
      extraLength = extraRead == 0 ? value : extraLength | value << 8;
      extraRead++;
    }
    int skipped = Math.min(extraLength, input.readableBytes());
    input.skipBytes(skipped);
    extraLength -= skipped;
    if (extraLength > 0) {
      return false;
    }
    flags &= ~EXTRA;
    return true;
  }

  private boolean text(ByteBuf input, int flag) {
    if ((flags & flag) == 0) {
      return true;
    }
    int length = input.bytesBefore((byte) 0);
    if (length < 0) {
      input.skipBytes(input.readableBytes());
      return false;
    }
    input.skipBytes(length + 1);
    flags &= ~flag;
    return true;
  }

  private boolean crc(ByteBuf input) {
    if ((flags & HEADER_CRC) == 0) {
      return true;
    }
    while (at < FIXED + 2) {
      if (!input.isReadable()) {
        return false;
      }
      input.skipBytes(1);
      at++;
    }
    return true;
  }
}
