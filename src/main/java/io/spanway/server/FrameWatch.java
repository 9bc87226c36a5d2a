// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the heads of HTTP/2 frames before the codec gets them: knows what has begun and not
 * ended, which the codec tells nobody, and stops a client that sends too many frames of a kind. The
 * codec's own limits are a second line.
 *
 * <p><b>Reference counting.</b> Buffers are passed on, or released when the connection is cut.
 */
final class FrameWatch extends ChannelInboundHandlerAdapter {
  private static final int PREFACE = 24;
  private static final int HEAD = 9;
  private static final int DATA = 0x0;
  private static final int HEADERS = 0x1;
  private static final int RST_STREAM = 0x3;
  private static final int WINDOW_UPDATE = 0x8;
  private static final int CONTINUATION = 0x9;
  private static final int END_HEADERS = 0x4;

  /** A large head comes in full frames; many small ones only cost. */
  private static final int SMALL = 8 * 1024;

  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final Http2Config limits;
  private final Http2FrontendHandler connection;
  private int prefaceLeft = PREFACE;
  private int headBytes;
  private int length;
  private int type;
  private int flags;
  private int stream;
  private int payloadLeft;
  private boolean inBlock;
  private int continuations;
  private long begun;
  private long lastRead;
  private long windowStart = System.nanoTime();
  private int resets;
  private int controls;
  private boolean cut;

  FrameWatch(Http2Config limits, Http2FrontendHandler connection) {
    this.limits = limits;
    this.connection = connection;
  }

  /** Returns since when a frame other than DATA, or a header block, is unfinished; 0 for none. */
  long unfinishedSince() {
    return inData() ? 0 : begun;
  }

  /** Returns when the last bytes of a DATA frame came that is still unfinished; 0 for none. */
  long dataSeen(int streamId) {
    return inData() && stream == streamId ? lastRead : 0;
  }

  private boolean inData() {
    return payloadLeft > 0 && type == DATA;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (!(msg instanceof ByteBuf bytes)) {
      ctx.fireChannelRead(msg);
      return;
    }
    if (cut) {
      bytes.release();
      return;
    }
    lastRead = System.nanoTime();
    CloseReason reason = scan(bytes);
    if (reason == null) {
      ctx.fireChannelRead(bytes);
    } else {
      cut = true;
      bytes.release();
      connection.calm(reason);
    }
  }

  private @Nullable CloseReason scan(ByteBuf bytes) {
    int at = bytes.readerIndex();
    int end = bytes.writerIndex();
    while (at < end) {
      if (begun == 0) {
        begun = lastRead;
      }
      if (prefaceLeft > 0) {
        int taken = Math.min(prefaceLeft, end - at);
        prefaceLeft -= taken;
        at += taken;
        ended(prefaceLeft == 0);
      } else if (payloadLeft > 0) {
        int taken = Math.min(payloadLeft, end - at);
        payloadLeft -= taken;
        at += taken;
        ended(payloadLeft == 0);
      } else {
        head(bytes.getUnsignedByte(at++));
        if (headBytes == HEAD) {
          headBytes = 0;
          CloseReason reason = frame();
          if (reason != null) {
            return reason;
          }
          payloadLeft = length;
          ended(length == 0);
        }
      }
    }
    return null;
  }

  private void head(int b) {
    switch (headBytes++) {
      case 0 -> length = b;
      case 1, 2 -> length = length << 8 | b;
      case 3 -> type = b;
      case 4 -> flags = b;
      case 5 -> stream = b & 0x7f;
      default -> stream = stream << 8 | b;
    }
  }

  private void ended(boolean whole) {
    if (whole && !inBlock) {
      begun = 0;
    }
  }

  /** Judges a frame by its head. */
  private @Nullable CloseReason frame() {
    switch (type) {
      case DATA, WINDOW_UPDATE -> {
        return null;
      }
      case HEADERS -> {
        inBlock = (flags & END_HEADERS) == 0;
        continuations = 0;
        return null;
      }
      case CONTINUATION -> {
        inBlock &= (flags & END_HEADERS) == 0;
        continuations += length < SMALL ? 1 : 0;
        return continuations > limits.maxContinuations() ? CloseReason.CONTINUATION : null;
      }
      default -> {
        return rate();
      }
    }
  }

  private @Nullable CloseReason rate() {
    if (lastRead - windowStart > WINDOW_NANOS) {
      windowStart = lastRead;
      resets = 0;
      controls = 0;
    }
    if (type == RST_STREAM) {
      return ++resets > limits.maxResets() ? CloseReason.RESETS : null;
    }
    return ++controls > limits.maxControlFrames() ? CloseReason.FLOOD : null;
  }
}
