// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Locale;

/** One end of a WebSocket, byte by byte: nothing is checked, answered or put together. */
final class FrameSocket implements AutoCloseable {
  static final int TEXT = 1;
  static final int CLOSE = 8;
  static final int PING = 9;
  static final int PONG = 10;

  /**
   * A frame as it was on the wire.
   *
   * @param first FIN, the reserved bits and the opcode
   */
  @SuppressWarnings("ArrayRecordComponent") // Compared by what it shows.
  record Frame(int first, boolean masked, byte[] payload) {
    int opcode() {
      return first & 0xf;
    }

    String text() {
      return new String(payload, UTF_8);
    }

    /** Says what the frame is, for comparisons. */
    String shown() {
      return switch (opcode()) {
        case CLOSE ->
            payload.length < 2
                ? "close"
                : "close "
                    + (((payload[0] & 0xff) << 8) | (payload[1] & 0xff))
                    + " "
                    + new String(payload, 2, payload.length - 2, UTF_8);
        case PING -> "ping " + text();
        case PONG -> "pong " + text();
        default -> (first & 0x80) == 0 ? text() + "…" : text();
      };
    }
  }

  private static final byte[] MASK = {1, 2, 3, 4};

  private final Socket socket;
  private final boolean masks;
  private final DataInputStream in;
  private final DataOutputStream out;

  /**
   * Wraps a connection.
   *
   * @param masks whether what this end writes is masked, as a client's frames are
   */
  FrameSocket(Socket socket, boolean masks) throws IOException {
    this.socket = socket;
    this.masks = masks;
    socket.setSoTimeout(15_000);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
  }

  /** Reads an HTTP head, up to and with its empty line. */
  String readHead() throws IOException {
    var head = new StringBuilder();
    while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
      int b = in.read();
      if (b < 0) {
        throw new EOFException(head.toString());
      }
      head.append((char) b);
    }
    return head.toString();
  }

  byte[] readBytes(int n) throws IOException {
    return in.readNBytes(n);
  }

  FrameSocket raw(String text) throws IOException {
    return raw(text.getBytes(ISO_8859_1));
  }

  FrameSocket raw(byte[] bytes) throws IOException {
    out.write(bytes);
    return this;
  }

  void flush() throws IOException {
    out.flush();
  }

  /** Puts a frame behind what was written before. */
  FrameSocket add(int first, byte[] payload) throws IOException {
    out.write(first);
    int mark = masks ? 0x80 : 0;
    if (payload.length < 126) {
      out.write(mark | payload.length);
    } else if (payload.length < 65536) {
      out.write(mark | 126);
      out.writeShort(payload.length);
    } else {
      out.write(mark | 127);
      out.writeLong(payload.length);
    }
    if (masks) {
      out.write(MASK);
      for (int i = 0; i < payload.length; i++) {
        out.write(payload[i] ^ MASK[i & 3]);
      }
    } else {
      out.write(payload);
    }
    return this;
  }

  void send(int opcode, String payload) throws IOException {
    add(0x80 | opcode, payload.getBytes(UTF_8)).flush();
  }

  void sendClose(int code, String reason) throws IOException {
    var payload = new ByteArrayOutputStream();
    payload.write(code >> 8);
    payload.write(code & 0xff);
    payload.writeBytes(reason.getBytes(UTF_8));
    add(0x80 | CLOSE, payload.toByteArray()).flush();
  }

  Frame read() throws IOException {
    int first = in.readUnsignedByte();
    int second = in.readUnsignedByte();
    boolean masked = (second & 0x80) != 0;
    long length = second & 0x7f;
    if (length == 126) {
      length = in.readUnsignedShort();
    } else if (length == 127) {
      length = in.readLong();
    }
    byte[] mask = new byte[4];
    if (masked) {
      in.readFully(mask);
    }
    byte[] payload = in.readNBytes((int) length);
    if (payload.length < length) {
      throw new EOFException("in a frame");
    }
    for (int i = 0; i < payload.length; i++) {
      payload[i] ^= mask[i & 3];
    }
    return new Frame(first, masked, payload);
  }

  /** Reads a frame; "end" for the end of the connection. */
  String next() throws IOException {
    try {
      return read().shown();
    } catch (EOFException | SocketException e) {
      return "end";
    }
  }

  /** Answers a handshake that came; what is put behind it goes out with it. */
  FrameSocket accept(String head, String moreHeaders) throws IOException {
    return raw(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: "
            + acceptFor(header(head, "sec-websocket-key"))
            + "\r\n"
            + moreHeaders
            + "\r\n");
  }

  static String header(String head, String name) {
    return head.lines()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
        .map(line -> line.substring(name.length() + 1).strip())
        .findFirst()
        .orElse("");
  }

  /** RFC 6455 section 4.2.2. */
  static String acceptFor(String key) {
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      byte[] hash = sha1.digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(UTF_8));
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
