// SPDX-License-Identifier: Apache-2.0
package io.spanway.testing;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A client made of a bare socket: sends exactly what it is given and reads answers by their
 * framing.
 */
public final class RawClient implements Closeable {
  private static final int PATIENCE_MILLIS = 20_000;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  /** An answer: its body is decoded from chunks, nothing else. */
  public record Answer(int status, List<String> headers, String body, List<String> trailers) {
    /** Returns the values of all headers of that name. */
    public List<String> all(String name) {
      String start = name.toLowerCase(Locale.ROOT) + ":";
      return headers.stream()
          .filter(each -> each.toLowerCase(Locale.ROOT).startsWith(start))
          .map(each -> each.substring(start.length()).strip())
          .toList();
    }

    /** Returns the value of the only header of that name, or null. */
    public String header(String name) {
      List<String> values = all(name);
      if (values.size() > 1) {
        throw new IllegalStateException(name + " came " + values.size() + " times: " + values);
      }
      return values.isEmpty() ? null : values.get(0);
    }
  }

  private RawClient(Socket socket) throws IOException {
    this.socket = socket;
    this.in = socket.getInputStream();
    this.out = socket.getOutputStream();
  }

  /** Connects. */
  public static RawClient to(InetSocketAddress address) throws IOException {
    return to(address, 0);
  }

  /** Connects with a receive buffer of so many bytes, 0 for the platform's own. */
  public static RawClient to(InetSocketAddress address, int receiveBuffer) throws IOException {
    Socket socket = new Socket();
    if (receiveBuffer > 0) {
      socket.setReceiveBufferSize(receiveBuffer);
    }
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
    socket.connect(address, PATIENCE_MILLIS);
    return new RawClient(socket);
  }

  /** Talks by a connection that stands, such as an encrypted one. */
  public static RawClient over(Socket socket) throws IOException {
    socket.setSoTimeout(PATIENCE_MILLIS);
    return new RawClient(socket);
  }

  /** Sends text, a byte for each character. */
  public RawClient send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Sends bytes. */
  public RawClient send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
    return this;
  }

  /** Sends a GET and reads its answer. */
  public Answer get(String target, String... headers) throws IOException {
    send("GET " + target + " HTTP/1.1\r\nHost: spanway\r\n" + lines(headers) + "\r\n");
    return answer();
  }

  private static String lines(String... headers) {
    StringBuilder lines = new StringBuilder();
    for (String each : headers) {
      lines.append(each).append("\r\n");
    }
    return lines.toString();
  }

  /** Reads an answer to anything but HEAD. */
  public Answer answer() throws IOException {
    return answer(false);
  }

  /** Reads an answer to HEAD. */
  public Answer headOnly() throws IOException {
    return answer(true);
  }

  private Answer answer(boolean headOnly) throws IOException {
    String line = readLine();
    int status = Integer.parseInt(line.substring(9, 12));
    List<String> headers = new ArrayList<>();
    for (String each = readLine(); !each.isEmpty(); each = readLine()) {
      headers.add(each);
    }
    Answer head = new Answer(status, headers, "", List.of());
    if (headOnly || status < 200 || status == 204 || status == 304) {
      return head;
    }
    if ("chunked".equals(head.header("transfer-encoding"))) {
      return chunked(head);
    }
    String length = head.header("content-length");
    return new Answer(
        status, headers, length == null ? rest() : read(Integer.parseInt(length)), List.of());
  }

  private Answer chunked(Answer head) throws IOException {
    StringBuilder body = new StringBuilder();
    for (int size = size(); size > 0; size = size()) {
      body.append(read(size));
      readLine();
    }
    List<String> trailers = new ArrayList<>();
    for (String each = readLine(); !each.isEmpty(); each = readLine()) {
      trailers.add(each);
    }
    return new Answer(head.status(), head.headers(), body.toString(), trailers);
  }

  private int size() throws IOException {
    return Integer.parseInt(readLine(), 16);
  }

  /** Reads one line without its CRLF. */
  public String readLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("closed after: " + line);
      }
      line.write(b);
    }
    String text = line.toString(StandardCharsets.ISO_8859_1);
    return text.substring(0, text.length() - 1);
  }

  /** Reads exactly so many bytes. */
  public String read(int n) throws IOException {
    byte[] bytes = in.readNBytes(n);
    if (bytes.length < n) {
      throw new EOFException("closed after " + bytes.length + " of " + n + " bytes");
    }
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Reads and drops so many bytes. */
  public void skip(long n) throws IOException {
    byte[] buffer = new byte[256 * 1024];
    for (long left = n; left > 0; ) {
      int got = in.read(buffer, 0, (int) Math.min(left, buffer.length));
      if (got < 0) {
        throw new EOFException("closed with " + left + " of " + n + " bytes missing");
      }
      left -= got;
    }
  }

  /** Reads to the end of the connection. */
  public String rest() throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  /** Reads what still comes; says whether the connection ended by a reset. */
  public boolean endsInReset() throws IOException {
    try {
      while (in.read() >= 0) {
        // Dropped.
      }
      return false;
    } catch (SocketException e) {
      return true;
    }
  }

  /** Ends the sending side. */
  public void finish() throws IOException {
    socket.shutdownOutput();
  }

  /** Returns the socket. */
  public Socket socket() {
    return socket;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
