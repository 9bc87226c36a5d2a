// SPDX-License-Identifier: Apache-2.0
package io.spanway.testing;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A Loki or Tempo made of a bare socket: a script says for each request which bytes go back, when,
 * and how the connection ends. It keeps what it got, byte for byte. One thread a connection.
 */
public final class FakeUpstream implements Closeable {
  /** What Spanway asks on its own account to see whether an upstream is there. */
  private static final Set<String> PROBES =
      Set.of(
          "/ready", "/loki/api/v1/status/buildinfo", "/api/echo", "/loki/api/v1/labels?since=6h");

  /** Answers one request. When it returns, the next request of the connection is read. */
  @FunctionalInterface
  public interface Script {
    /** Does what it likes with the connection; what it throws closes it. */
    void serve(Request request, Connection connection) throws Exception;
  }

  /** The head of a request as it came, line by line. */
  public record Request(int connection, String line, List<String> headers) {
    /** Returns the method. */
    public String method() {
      return line.substring(0, line.indexOf(' '));
    }

    /** Returns the target, byte for byte. */
    public String target() {
      return line.substring(line.indexOf(' ') + 1, line.lastIndexOf(' '));
    }

    /** Returns the values of all headers of that name, in order. */
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

  /** A connection that Spanway made. */
  public static final class Connection {
    private final int number;
    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private volatile boolean closedByPeer;

    private Connection(int number, Socket socket) throws IOException {
      this.number = number;
      this.socket = socket;
      this.in = socket.getInputStream();
      this.out = socket.getOutputStream();
    }

    /** Returns how many were made before it. */
    public int number() {
      return number;
    }

    /** Sends text, a byte for each character. */
    public void send(String text) throws IOException {
      send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Sends bytes. */
    public void send(byte[] bytes) throws IOException {
      out.write(bytes);
      out.flush();
    }

    /** Sends a whole answer with a length. */
    public void answer(int status, String body) throws IOException {
      send(
          "HTTP/1.1 "
              + status
              + " Fine\r\nContent-Type: text/plain\r\nContent-Length: "
              + body.length()
              + "\r\n\r\n"
              + body);
    }

    /** Reads one byte, or -1 at the end. */
    public int read() throws IOException {
      int b = in.read();
      closedByPeer |= b < 0;
      return b;
    }

    /** Reads exactly so many bytes as text. */
    public String read(int n) throws IOException {
      return new String(in.readNBytes(n), StandardCharsets.ISO_8859_1);
    }

    /** Reads up to and without the next CRLF. */
    public String readLine() throws IOException {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      for (int b = in.read(); b != '\n'; b = in.read()) {
        if (b < 0) {
          closedByPeer = true;
          throw new EOFException();
        }
        line.write(b);
      }
      String text = line.toString(StandardCharsets.ISO_8859_1);
      if (!text.endsWith("\r")) {
        throw new IOException("a bare LF was forwarded");
      }
      return text.substring(0, text.length() - 1);
    }

    /** Reads a request's body by its framing; trailers come behind a line of three dashes. */
    public String readBody(Request request) throws IOException {
      if ("chunked".equals(request.header("transfer-encoding"))) {
        StringBuilder body = new StringBuilder();
        while (true) {
          int size = Integer.parseInt(readLine(), 16);
          if (size == 0) {
            break;
          }
          body.append(read(size));
          readLine();
        }
        String separator = "---";
        for (String line = readLine(); !line.isEmpty(); line = readLine()) {
          body.append(separator).append(line);
          separator = ",";
        }
        return body.toString();
      }
      String length = request.header("content-length");
      return length == null ? "" : read(Integer.parseInt(length));
    }

    /** Waits for the other side to close, whatever it still sends. */
    public void awaitClosed() throws IOException {
      try {
        while (in.read() >= 0) {
          // Dropped.
        }
      } finally {
        closedByPeer = true;
      }
    }

    /** Says whether the other side was seen to close. */
    public boolean isClosedByPeer() {
      return closedByPeer;
    }

    /** Ends the sending side. */
    public void finish() throws IOException {
      socket.shutdownOutput();
    }

    /** Closes. */
    public void close() throws IOException {
      socket.close();
    }

    /** Closes with a reset. */
    public void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }

    /** Makes the kernel take little of what is sent before somebody reads it. */
    public Socket socket() {
      return socket;
    }
  }

  private final ServerSocket listening;
  private final AtomicInteger connections = new AtomicInteger();
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final Set<Connection> open = ConcurrentHashMap.newKeySet();
  private final List<Thread> threads = new CopyOnWriteArrayList<>();
  private final List<Throwable> mistakes = new CopyOnWriteArrayList<>();
  private volatile Script script =
      (request, connection) -> {
        connection.readBody(request);
        connection.answer(200, "fine\n");
      };

  /** Listens on a free port of the loopback. */
  public FakeUpstream() throws IOException {
    this(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  /** Listens at {@code address}. */
  public FakeUpstream(InetSocketAddress address) throws IOException {
    listening = new ServerSocket();
    listening.setReceiveBufferSize(64 * 1024);
    listening.bind(address, 512);
    start("fake-upstream", this::accept);
  }

  private void start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  /** Sets what happens to requests from now on. */
  public void script(Script next) {
    script = next;
  }

  /** Sets the exact bytes that answer every request, whose body is read before. */
  public void answers(String bytes) {
    script =
        (request, connection) -> {
          connection.readBody(request);
          connection.send(bytes);
        };
  }

  /** Returns its base URL. */
  public URI uri() {
    return URI.create("http://127.0.0.1:" + listening.getLocalPort());
  }

  /** Returns the requests that came, without Spanway's own probes. */
  public List<Request> requests() {
    return List.copyOf(requests);
  }

  /** Returns the only request that came. */
  public Request request() {
    List<Request> all = requests();
    if (all.size() != 1) {
      throw new AssertionError("came: " + all);
    }
    return all.get(0);
  }

  /** Returns how many connections are open. */
  public int openConnections() {
    return open.size();
  }

  /** Forgets the requests that came, and answers plainly again. */
  public void forget() {
    requests.clear();
  }

  /** Returns what went wrong inside scripts, as failed assertions do. */
  public List<Throwable> mistakes() {
    return List.copyOf(mistakes);
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket socket = listening.accept();
        socket.setTcpNoDelay(true);
        Connection connection = new Connection(connections.getAndIncrement(), socket);
        open.add(connection);
        start("fake-upstream-" + connection.number(), () -> serve(connection));
      } catch (IOException e) {
        // A client that left before it was welcome, or the end, which the loop sees.
      }
    }
  }

  private void serve(Connection connection) {
    try (Socket closing = connection.socket) {
      while (!closing.isClosed()) {
        Request request = head(connection);
        if (PROBES.contains(request.target()) && "spanway".equals(request.header("user-agent"))) {
          connection.answer(200, "{}");
        } else {
          requests.add(request);
          script.serve(request, connection);
        }
      }
    } catch (IOException e) {
      // The connection is over.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception | AssertionError e) {
      mistakes.add(e);
    } finally {
      open.remove(connection);
    }
  }

  private static Request head(Connection connection) throws IOException {
    String line = connection.readLine();
    List<String> headers = new ArrayList<>();
    for (String each = connection.readLine(); !each.isEmpty(); each = connection.readLine()) {
      headers.add(each);
    }
    return new Request(connection.number(), line, List.copyOf(headers));
  }

  @Override
  public void close() throws IOException {
    listening.close();
    // While it is still in the kernel's accept, the kernel takes connections, and it serves them.
    join(threads.get(0));
    for (Connection each : open) {
      each.close();
    }
    for (Thread each : threads) {
      each.interrupt();
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
