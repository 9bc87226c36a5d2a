// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An HTTP/2 server made of a bare socket, which does nothing by itself but read frames: a script
 * gets each and sends what it likes. One thread a connection.
 */
final class RawHttp2Peer implements Closeable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;
  static final int END_STREAM = 1;
  static final int ACK = 1;
  static final int END_HEADERS = 4;

  /** {@code :status: 200}. */
  static final byte[] OK = {(byte) 0x88};

  private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger ended = new AtomicInteger();
  private final List<Frame> frames = new CopyOnWriteArrayList<>();
  private final byte[] settings;
  private final Script script;

  /** Does something about a frame. */
  @FunctionalInterface
  interface Script {
    void got(Frame frame, Connection connection) throws IOException;
  }

  /** One frame, its payload as text of a byte for each character. */
  record Frame(int connection, int type, int flags, int stream, String payload) {
    boolean isHead() {
      return type == HEADERS;
    }

    boolean isAck() {
      return (flags & ACK) != 0;
    }
  }

  /** One connection of a client. */
  static final class Connection {
    private final OutputStream out;

    private Connection(OutputStream out) {
      this.out = out;
    }

    void send(int type, int flags, int stream, byte[] payload) throws IOException {
      out.write(frame(type, flags, stream, payload));
      out.flush();
    }

    /** Sends the same frame many times, as fast as it goes. */
    void flood(int times, int type, int flags, int stream, byte[] payload) throws IOException {
      byte[] one = frame(type, flags, stream, payload);
      ByteArrayOutputStream some = new ByteArrayOutputStream();
      for (int i = 0; i < times; i++) {
        some.writeBytes(one);
      }
      out.write(some.toByteArray());
      out.flush();
    }

    /** Answers with an empty 200. */
    void answer(int stream) throws IOException {
      send(HEADERS, END_HEADERS | END_STREAM, stream, OK);
    }
  }

  /**
   * Listens on a free port.
   *
   * @param settings the payload of its first SETTINGS
   */
  RawHttp2Peer(byte[] settings, Script script) throws IOException {
    this.settings = settings;
    this.script = script;
    start("raw-http2", this::accept);
  }

  private static void start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  int port() {
    return listening.getLocalPort();
  }

  /** Returns how many connections were made. */
  int connections() {
    return connections.get();
  }

  /** Returns how many of them are over. */
  int ended() {
    return ended.get();
  }

  /** Returns the frames of a type that came. */
  List<Frame> came(int type) {
    return frames.stream().filter(each -> each.type() == type).toList();
  }

  /** Returns four bytes. */
  static byte[] bytes(int... numbers) {
    ByteBuffer to = ByteBuffer.allocate(4 * numbers.length);
    for (int each : numbers) {
      to.putInt(each);
    }
    return to.array();
  }

  /** Returns a field of a head, not compressed. */
  static byte[] field(String name, String value) {
    ByteArrayOutputStream to = new ByteArrayOutputStream();
    to.write(0);
    to.write(name.length());
    to.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
    to.write(value.length());
    to.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
    return to.toByteArray();
  }

  private static byte[] frame(int type, int flags, int stream, byte[] payload) {
    return ByteBuffer.allocate(9 + payload.length)
        .put((byte) (payload.length >> 16))
        .putShort((short) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket socket = listening.accept();
        socket.setTcpNoDelay(true);
        sockets.add(socket);
        int number = connections.getAndIncrement();
        start("raw-http2-" + number, () -> serve(number, socket));
      } catch (IOException e) {
        // The end, which the loop sees.
      }
    }
  }

  private void serve(int number, Socket socket) {
    try (Socket closing = socket) {
      DataInputStream in = new DataInputStream(closing.getInputStream());
      Connection connection = new Connection(closing.getOutputStream());
      in.readNBytes(24);
      connection.send(SETTINGS, 0, 0, settings);
      while (true) {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        byte[] payload = new byte[length];
        in.readFully(payload);
        Frame frame =
            new Frame(
                number, type, flags, stream, new String(payload, StandardCharsets.ISO_8859_1));
        frames.add(frame);
        if (type == SETTINGS && !frame.isAck()) {
          connection.send(SETTINGS, ACK, 0, new byte[0]);
        }
        script.got(frame, connection);
      }
    } catch (IOException e) {
      // The connection is over.
    } finally {
      ended.incrementAndGet();
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket each : sockets) {
      each.close();
    }
  }
}
