// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.spanway.http.ContentCoding;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.zip.Adler32;
import java.util.zip.CRC32;
import java.util.zip.Checksum;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Undoes gzip (RFC 1952, any number of members), zlib (RFC 1950) and bare deflate (RFC 1951). Gives
 * its output in pieces and keeps the compressed rest, so that a few bytes that inflate to very many
 * cost no memory; beyond a limit the body fails. An empty body is what it is: empty.
 */
public final class ContentDecoder implements BodyTransform {
  private static final int MAX_PIECE = 32 * 1024;
  private static final int MIN_PIECE = 512;

  private enum State {
    /** Before or in a gzip member's header. */
    GZIP_HEADER,
    /** Before it is known whether zlib's header is there. */
    ZLIB_HEADER,
    DATA,
    TRAILER,
    /** After a body that cannot be followed by another. */
    END
  }

  private final long maxBytes;
  private final Inflater inflater = new Inflater(true);
  private final GzipHeader header = new GzipHeader();
  private final boolean gzip;
  private @Nullable Checksum checksum;
  private State state;
  private @Nullable ByteBuf input;
  private boolean pending;
  private int firstByte = -1;
  private long trailer;
  private int trailerRead;
  private long memberBytes;
  private long bytes;

  private ContentDecoder(boolean gzip, long maxBytes) {
    this.gzip = gzip;
    this.state = gzip ? State.GZIP_HEADER : State.ZLIB_HEADER;
    this.checksum = gzip ? new CRC32() : null;
    this.maxBytes = maxBytes;
  }

  /** Returns a decoder of gzip that gives at most {@code maxBytes}. */
  public static ContentDecoder gzip(long maxBytes) {
    return new ContentDecoder(true, maxBytes);
  }

  /** Returns a decoder of zlib or bare deflate that gives at most {@code maxBytes}. */
  public static ContentDecoder deflate(long maxBytes) {
    return new ContentDecoder(false, maxBytes);
  }

  /** Returns the decoder for {@code coding}; null when nothing can or need be decoded. */
  public static @Nullable ContentDecoder of(ContentCoding coding, long maxBytes) {
    return switch (coding) {
      case GZIP -> gzip(maxBytes);
      case DEFLATE -> deflate(maxBytes);
      case IDENTITY, OTHER -> null;
    };
  }

  /**
   * {@inheritDoc}
   *
   * @throws BodyDecodingException when the bytes are not what they should be
   * @throws BodyTooLargeException when there are more than the limit
   */
  @Override
  public void accept(ByteBuf chunk, Consumer<ByteBuf> out) {
    input = chunk;
    if (hasMore()) {
      more(out);
    } else {
      dropInput();
    }
  }

  @Override
  public boolean hasMore() {
    ByteBuf rest = input;
    return pending || (rest != null && rest.isReadable());
  }

  @Override
  public void more(Consumer<ByteBuf> out) {
    ByteBuf from = input;
    if (from == null) {
      throw new IllegalStateException("more: there is none (expected: hasMore first)");
    }
    boolean gave = false;
    while (!gave && hasMore()) {
      switch (state) {
        case GZIP_HEADER -> {
          if (header.read(from)) {
            header.reset();
            beginMember();
          }
        }
        case ZLIB_HEADER -> from = zlibHeader(from);
        case DATA -> gave = inflate(from, out);
        case TRAILER -> trailer(from);
        case END -> throw new BodyDecodingException("bytes follow the end of the encoded body");
      }
    }
    if (!hasMore()) {
      dropInput();
    }
  }

  @Override
  public void finish(Consumer<ByteBuf> out) {
    boolean complete =
        switch (state) {
          case GZIP_HEADER -> header.isUntouched();
          case ZLIB_HEADER -> firstByte < 0;
          case DATA, TRAILER -> false;
          case END -> true;
        };
    discard();
    if (!complete) {
      throw new BodyDecodingException("the encoded body ends too early");
    }
  }

  @Override
  public void discard() {
    dropInput();
    pending = false;
    inflater.end();
  }

  private void dropInput() {
    ByteBuf held = input;
    if (held != null) {
      input = null;
      held.release();
    }
  }

  private void beginMember() {
    inflater.reset();
    memberBytes = 0;
    trailer = 0;
    trailerRead = 0;
    Checksum sum = checksum;
    if (sum != null) {
      sum.reset();
    }
    state = State.DATA;
  }

  /** Looks at two bytes: only zlib's header is a multiple of 31 of the right method. */
  private ByteBuf zlibHeader(ByteBuf from) {
    if (firstByte < 0) {
      firstByte = from.readUnsignedByte();
      return from;
    }
    int secondByte = from.getUnsignedByte(from.readerIndex());
    if ((firstByte & 0x0f) == 8 && (firstByte << 8 | secondByte) % 31 == 0) {
      if ((secondByte & 0x20) != 0) {
        throw new BodyDecodingException("the body needs a dictionary");
      }
      from.skipBytes(1);
      checksum = new Adler32();
      beginMember();
      return from;
    }
    ByteBuf whole = from.alloc().buffer(from.readableBytes() + 1);
    whole.writeByte(firstByte).writeBytes(from);
    from.release();
    input = whole;
    beginMember();
    return whole;
  }

  /** Gives one piece, if there is one; says whether it did. */
  private boolean inflate(ByteBuf from, Consumer<ByteBuf> out) {
    int readable = from.readableBytes();
    ByteBufAllocator allocator = from.alloc();
    int capacity =
        pending ? MAX_PIECE : (int) Math.max(MIN_PIECE, Math.min(MAX_PIECE, readable * 4L));
    ByteBuf piece = allocator.buffer(capacity, capacity);
    boolean handedOn = false;
    try {
      ByteBuffer target = piece.nioBuffer(0, capacity);
      inflater.setInput(from.nioBuffer());
      int count = inflater.inflate(target);
      from.skipBytes(readable - inflater.getRemaining());
      piece.writerIndex(count);
      pending = count == capacity && !inflater.finished();
      if (inflater.needsDictionary()) {
        throw new BodyDecodingException("the body needs a dictionary");
      }
      count(piece);
      if (inflater.finished()) {
        state = checksum == null ? State.END : State.TRAILER;
      }
      if (count == 0) {
        return false;
      }
      handedOn = true;
      out.accept(piece);
      return true;
    } catch (DataFormatException e) {
      throw new BodyDecodingException("the encoded body is damaged");
    } finally {
      if (!handedOn) {
        piece.release();
      }
    }
  }

  private void count(ByteBuf piece) {
    int count = piece.readableBytes();
    bytes += count;
    memberBytes += count;
    if (bytes > maxBytes) {
      throw new BodyTooLargeException(maxBytes);
    }
    Checksum sum = checksum;
    if (sum != null) {
      sum.update(piece.nioBuffer());
    }
  }

  private void trailer(ByteBuf from) {
    int length = gzip ? 8 : 4;
    while (trailerRead < length && from.isReadable()) {
      long next = from.readUnsignedByte();
      // gzip's numbers are little-endian, zlib's is big-endian.
      trailer = gzip ? trailer | next << (8 * trailerRead) : trailer << 8 | next;
      trailerRead++;
    }
    if (trailerRead < length) {
      return;
    }
    Checksum sum = checksum;
    boolean right =
        sum != null
            && sum.getValue() == (trailer & 0xffffffffL)
            && (!gzip || (memberBytes & 0xffffffffL) == trailer >>> 32);
    if (!right) {
      throw new BodyDecodingException("the encoded body is damaged: its checksum is wrong");
    }
    state = gzip ? State.GZIP_HEADER : State.END;
  }
}
