// SPDX-License-Identifier: Apache-2.0

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** HTTP/1.1 by hand on one socket: strict about what comes, so that a cut answer shows as cut. */
final class ChaosWire implements AutoCloseable {
  /** No byte for so long is no answer at all. */
  static final int PATIENCE_MILLIS = 20_000;

  private final Socket socket;
  private final InputStream in;

  /** An answer that came whole by its framing, decoded. */
  record Answer(int status, Map<String, String> headers, byte[] body) {
    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  /** Nothing came for as long as anybody waits. */
  static final class Silence extends IOException {
    private static final long serialVersionUID = 1;

    Silence(String message) {
      super(message);
    }
  }

  /** What came is no HTTP. */
  static final class Malformed extends IOException {
    private static final long serialVersionUID = 1;

    Malformed(String message) {
      super(message);
    }
  }

  private ChaosWire(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream(), 16_384);
  }

  static ChaosWire to(URI server) throws IOException {
    return to(server, 0);
  }

  static ChaosWire to(URI server, int receiveBuffer) throws IOException {
    Socket socket = new Socket();
    try {
      if (receiveBuffer > 0) {
        socket.setReceiveBufferSize(receiveBuffer);
      }
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getPort()), 5000);
      return new ChaosWire(socket);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  Socket socket() {
    return socket;
  }

  static String request(String method, String target, ChaosTruth.Question q, String more) {
    return method
        + " "
        + target
        + " HTTP/1.1\r\nHost: spanway\r\nX-Scope-OrgID: t"
        + q.tenant()
        + "\r\nAuthorization: Bearer c"
        + q.credential()
        + "\r\n"
        + more
        + "\r\n";
  }

  void send(String text) throws IOException {
    send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  int read() throws IOException {
    try {
      return in.read();
    } catch (SocketTimeoutException e) {
      throw new Silence("no byte for " + socket.getSoTimeout() + " ms");
    }
  }

  private int readOr() throws IOException {
    int b = read();
    if (b < 0) {
      throw new EOFException("cut");
    }
    return b;
  }

  byte[] read(int n) throws IOException {
    byte[] bytes = new byte[n];
    int at = 0;
    while (at < n) {
      try {
        int more = in.read(bytes, at, n - at);
        if (more < 0) {
          throw new EOFException("cut after " + at + " of " + n);
        }
        at += more;
      } catch (SocketTimeoutException e) {
        throw new Silence("no byte for " + socket.getSoTimeout() + " ms after " + at + " of " + n);
      }
    }
    return bytes;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = readOr(); b != '\n'; b = readOr()) {
      if (line.length() > 20_000) {
        throw new Malformed("a line without end: " + line.substring(0, 200));
      }
      line.append((char) b);
    }
    if (line.length() == 0 || line.charAt(line.length() - 1) != '\r') {
      throw new Malformed("a bare LF: " + line);
    }
    return line.substring(0, line.length() - 1);
  }

  /** Reads the next final answer. */
  Answer answer() throws IOException {
    while (true) {
      String first = line();
      if (!first.startsWith("HTTP/1.1 ") || first.length() < 12) {
        throw new Malformed("not a status line: " + first);
      }
      int status = Integer.parseInt(first.substring(9, 12));
      Map<String, String> headers = new HashMap<>();
      for (String line = line(); !line.isEmpty(); line = line()) {
        int colon = line.indexOf(':');
        if (colon < 1) {
          throw new Malformed("not a header: " + line);
        }
        headers.put(
            line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      }
      if (status == 101) {
        return new Answer(status, headers, new byte[0]);
      }
      if (status / 100 != 1) {
        return new Answer(status, headers, decoded(headers, body(status, headers)));
      }
    }
  }

  private byte[] body(int status, Map<String, String> headers) throws IOException {
    if (status == 204 || status == 304) {
      return new byte[0];
    }
    if ("chunked".equalsIgnoreCase(headers.get("transfer-encoding"))) {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      while (true) {
        String line = line();
        int size;
        try {
          size = Integer.parseInt(line, 16);
        } catch (NumberFormatException e) {
          throw new Malformed("not a chunk's size: " + line);
        }
        if (size == 0) {
          while (!line().isEmpty()) {
            // A trailer.
          }
          return body.toByteArray();
        }
        body.write(read(size));
        if (!line().isEmpty()) {
          throw new Malformed("a chunk without its end");
        }
      }
    }
    String length = headers.get("content-length");
    if (length == null) {
      throw new Malformed("an answer without framing: " + status + " " + headers);
    }
    return read(Integer.parseInt(length));
  }

  private static byte[] decoded(Map<String, String> headers, byte[] body) throws IOException {
    if (!"gzip".equals(headers.get("content-encoding")) || body.length == 0) {
      return body;
    }
    try (var in = new GZIPInputStream(new ByteArrayInputStream(body))) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new Malformed("whole by its framing, but not by gzip: " + e.getMessage());
    }
  }

  /** Closes with a reset. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
