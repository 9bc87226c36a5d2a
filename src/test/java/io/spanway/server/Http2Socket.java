// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A client that writes and reads HTTP/2 frame by frame, and does nothing by itself. */
final class Http2Socket implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;
  static final int END = 1;
  static final int END_HEADERS = 4;

  private final Socket socket;
  private final OutputStream out;
  private final DataInputStream in;
  private final DefaultHttp2HeadersDecoder hpack = new DefaultHttp2HeadersDecoder(false, 1 << 20);

  /** What came; {@code headers} are there for a HEADERS frame. */
  @SuppressWarnings("ArrayRecordComponent")
  record Frame(int type, int flags, int stream, byte[] payload, @Nullable Http2Headers headers) {
    boolean ends() {
      return (flags & END) != 0;
    }

    String text() {
      return new String(payload, StandardCharsets.UTF_8);
    }

    /** Returns the number at {@code at}, such as an error code. */
    int number(int at) {
      return ByteBuffer.wrap(payload).getInt(at);
    }
  }

  Http2Socket(Socket socket, int initialWindow) throws IOException {
    this.socket = socket;
    this.out = socket.getOutputStream();
    this.in = new DataInputStream(socket.getInputStream());
    out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    byte[] setting = ByteBuffer.allocate(6).putShort((short) 4).putInt(initialWindow).array();
    send(SETTINGS, 0, 0, setting);
  }

  Http2Socket(Socket socket) throws IOException {
    this(socket, 65_535);
  }

  void send(int type, int flags, int stream, byte[] payload) throws IOException {
    int n = payload.length;
    ByteBuffer frame = ByteBuffer.allocate(9 + n);
    frame.put((byte) (n >> 16)).putShort((short) n).put((byte) type).put((byte) flags);
    out.write(frame.putInt(stream).put(payload).array());
  }

  void request(int stream, boolean end, String method, String path, String... headers)
      throws IOException {
    send(HEADERS, END_HEADERS | (end ? END : 0), stream, block(head(method, path), block(headers)));
  }

  void window(int stream, int more) throws IOException {
    send(WINDOW_UPDATE, 0, stream, ByteBuffer.allocate(4).putInt(more).array());
  }

  static byte[] head(String method, String path) {
    return block(":method", method, ":scheme", "http", ":path", path, ":authority", "a");
  }

  static byte[] block(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  static byte[] block(String... headers) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    for (int i = 0; i < headers.length; i++) {
      if (i % 2 == 0) {
        block.write(0);
      }
      int left = headers[i].length();
      block.write(Math.min(left, 127));
      if (left >= 127) {
        for (left -= 127; left >= 128; left >>>= 7) {
          block.write((left & 0x7f) | 0x80);
        }
        block.write(left);
      }
      block.writeBytes(headers[i].getBytes(StandardCharsets.ISO_8859_1));
    }
    return block.toByteArray();
  }

  /** Returns the next frame, null at the end of the connection. */
  @Nullable Frame next() throws IOException {
    int first = in.read();
    if (first < 0) {
      return null;
    }
    int length = (first << 16) | in.readUnsignedShort();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    byte[] payload = in.readNBytes(length);
    return new Frame(type, flags, stream, payload, type == HEADERS ? decode(payload) : null);
  }

  private Http2Headers decode(byte[] payload) throws IOException {
    ByteBuf bytes = Unpooled.wrappedBuffer(payload);
    try {
      return hpack.decodeHeaders(1, bytes);
    } catch (Http2Exception e) {
      throw new IOException(e);
    } finally {
      bytes.release();
    }
  }

  /** Returns the next frame of a type. */
  Frame until(int type) throws IOException {
    for (Frame frame = next(); frame != null; frame = next()) {
      if (frame.type() == type) {
        return frame;
      }
    }
    throw new IOException("the connection ended before a frame of type " + type);
  }

  /** Reads to the end of the connection. */
  void untilClosed() throws IOException {
    try {
      in.skipNBytes(Long.MAX_VALUE);
    } catch (java.io.EOFException | java.net.SocketException e) {
      // Also a reset: what was on its way to the server when it closed.
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
