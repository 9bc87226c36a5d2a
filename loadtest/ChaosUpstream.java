// SPDX-License-Identifier: Apache-2.0

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;

/** A replica of Loki and Tempo that answers the truth, or behaves as badly as it is told to. */
final class ChaosUpstream implements AutoCloseable {
  /** How it is for a while. */
  enum Mood {
    WELL,
    SICK,
    SLOW,
    DOWN
  }

  private static final String[] FAULTS = {
    "stall", "stall in the body", "drip", "reset before the head", "reset in the head",
    "reset in the body", "close in the body", "too much", "a second answer", "bad chunk size",
    "chunks without end", "two lengths", "429", "500", "503", "garbage", "early hints",
    "close without answer", "huge head", "gzip cut short"
  };

  private static final String[] SLOW = {"stall", "stall in the body", "drip"};

  private final int number;
  private final long seed;
  private final ChaosTally tally;
  private final int port;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Set<String> pushes;
  private final AtomicLong requests = new AtomicLong();
  private volatile Mood mood = Mood.WELL;
  private volatile boolean closed;
  private ServerSocket server;

  ChaosUpstream(int number, long seed, ChaosTally tally, Set<String> pushes) throws IOException {
    this.number = number;
    this.seed = seed;
    this.tally = tally;
    this.pushes = pushes;
    this.server = listen(0);
    this.port = server.getLocalPort();
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + port);
  }

  private ServerSocket listen(int at) throws IOException {
    ServerSocket made = new ServerSocket();
    made.setReuseAddress(true);
    made.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), at), 200);
    ChaosTally.thread("upstream-" + number, () -> accept(made));
    return made;
  }

  private void accept(ServerSocket from) {
    while (!from.isClosed()) {
      try {
        Socket socket = from.accept();
        open.add(socket);
        ChaosTally.thread("upstream-connection", () -> serve(socket));
      } catch (IOException e) {
        // Closed, or the next one is better.
      }
    }
  }

  synchronized void mood(Mood now) throws IOException {
    if (closed || now == mood) {
      return;
    }
    if (now == Mood.DOWN) {
      tally.thrown("upstream: refuses");
      server.close();
      for (Socket each : open) {
        each.close();
      }
    } else if (mood == Mood.DOWN) {
      server = listen(port);
    }
    mood = now;
  }

  int connections() {
    return open.size();
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      while (answer(socket, in)) {
        // The next one.
      }
    } catch (IOException | RuntimeException e) {
      if (e instanceof RuntimeException && !(e instanceof UncheckedIOException)) {
        tally.failure("upstream", "cannot read a request: " + e);
      }
    } finally {
      open.remove(socket);
    }
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException();
      }
      line.append((char) b);
    }
    return line.toString().stripTrailing();
  }

  private boolean answer(Socket socket, InputStream in) throws IOException {
    String first = line(in);
    String[] words = first.split(" ");
    if (words.length != 3 || !words[2].equals("HTTP/1.1")) {
      tally.failure("upstream", "got no request line: '" + first + "'");
      return false;
    }
    Map<String, String> headers = new HashMap<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    byte[] sent = body(headers, in);
    Random random = new Random(seed * 31 + number * 1_000_003L + requests.incrementAndGet());
    String fault = fault(random);
    OutputStream out = socket.getOutputStream();
    if (headers.containsKey("upgrade")) {
      tail(words[1], headers, socket, out, random, fault);
      return false;
    }
    if (words[0].equals("POST") && words[1].startsWith("/loki/api/v1/push")) {
      checkPush(headers, sent);
      if (fault.isEmpty()) {
        out.write("HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        return true;
      }
    }
    String target = words[1];
    if (headers.getOrDefault("content-type", "").startsWith("application/x-www-form")) {
      target += (target.indexOf('?') < 0 ? "?" : "&") + new String(sent, StandardCharsets.UTF_8);
    }
    boolean folded = !headers.containsKey("x-loki-response-encoding-flags");
    ChaosTruth.Question question = null;
    try {
      question =
          ChaosTruth.read(
              target, headers.get("x-scope-orgid"), headers.get("authorization"), folded);
    } catch (IllegalArgumentException e) {
      tally.came("upstream: what a client's nonsense was passed on as");
    }
    byte[] body;
    String type = "application/json; charset=UTF-8";
    String who = headers.get("x-scope-orgid") + " " + headers.get("authorization");
    if (question != null) {
      body = ChaosTruth.body(question);
      type = ChaosTruth.contentType(question);
    } else if (words[1].startsWith("/loki/api/v1/push")) {
      body = ("pushed for " + who + "\n").getBytes();
    } else {
      // Only Spanway itself asks something else: whether anybody is there.
      body = "{\"status\":\"success\",\"version\":\"3.4.0\",\"data\":[\"app\"]}\n".getBytes();
    }
    boolean gzip =
        headers.getOrDefault("accept-encoding", "").contains("gzip") && random.nextInt(3) == 0;
    if (fault.equals("gzip cut short")) {
      if (question != null && !question.kind().equals("plain")) {
        // Whole by its length. What Spanway does not look into it may pass on like that.
        byte[] cut = zipped(body);
        body = java.util.Arrays.copyOf(cut, cut.length - 9 - random.nextInt(cut.length / 2));
        return new Reply(socket, out, random, who, type, body, true).send("");
      }
      fault = "";
    }
    return new Reply(socket, out, random, who, type, gzip ? zipped(body) : body, gzip).send(fault);
  }

  private String fault(Random random) {
    Mood now = mood;
    int percent = now == Mood.WELL ? 0 : now == Mood.SICK ? 60 : 50;
    if (random.nextInt(100) >= percent) {
      return "";
    }
    String[] from = now == Mood.SLOW ? SLOW : FAULTS;
    String fault = from[random.nextInt(from.length)];
    tally.thrown("upstream: " + fault);
    return fault;
  }

  private static byte[] zipped(byte[] body) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (var zip = new GZIPOutputStream(bytes)) {
      zip.write(body);
    }
    return bytes.toByteArray();
  }

  private static byte[] body(Map<String, String> headers, InputStream in) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    if ("chunked".equals(headers.get("transfer-encoding"))) {
      while (true) {
        int size = Integer.parseInt(line(in), 16);
        if (size == 0) {
          while (!line(in).isEmpty()) {
            // A trailer.
          }
          return body.toByteArray();
        }
        exactly(in, size, body);
        line(in);
      }
    }
    exactly(in, Integer.parseInt(headers.getOrDefault("content-length", "0")), body);
    return body.toByteArray();
  }

  private static void exactly(InputStream in, int n, ByteArrayOutputStream to) throws IOException {
    byte[] bytes = in.readNBytes(n);
    if (bytes.length < n) {
      throw new EOFException();
    }
    to.write(bytes);
  }

  /** A push that came whole must be what its client sent, of that tenant, and come once. */
  private void checkPush(Map<String, String> headers, byte[] body) {
    CRC32 crc = new CRC32();
    crc.update(body);
    String[] told = headers.getOrDefault("x-push", "").split(" ");
    if (told.length != 3
        || !told[1].equals(Long.toString(crc.getValue()))
        || !told[2].equals(headers.get("x-scope-orgid"))) {
      tally.failure("push", "came changed: " + headers + " with " + body.length + " bytes");
    } else if (!pushes.add(told[0])) {
      tally.failure("push", "came twice: " + told[0]);
    }
  }

  /** Frames of one line each, numbered. */
  private void tail(
      String target,
      Map<String, String> headers,
      Socket socket,
      OutputStream out,
      Random random,
      String fault)
      throws IOException {
    if (fault.equals("503") || fault.equals("500") || fault.equals("429")) {
      out.write(
          ("HTTP/1.1 " + fault + " No\r\nContent-Length: 0\r\n\r\n")
              .getBytes(StandardCharsets.ISO_8859_1));
      return;
    }
    try {
      String accept =
          Base64.getEncoder()
              .encodeToString(
                  MessageDigest.getInstance("SHA-1")
                      .digest(
                          (headers.get("sec-websocket-key")
                                  + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
                              .getBytes(StandardCharsets.ISO_8859_1)));
      out.write(
          ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  + "Sec-WebSocket-Accept: "
                  + accept
                  + "\r\n\r\n")
              .getBytes(StandardCharsets.ISO_8859_1));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    ChaosTally.thread("upstream-tail", () -> drain(socket));
    String who = headers.get("x-scope-orgid") + " " + headers.get("authorization") + " " + target;
    int last = fault.isEmpty() ? Integer.MAX_VALUE : 1 + random.nextInt(20);
    for (int n = 0; !socket.isClosed(); n++) {
      if (n == last) {
        switch (fault) {
          case "garbage" -> out.write(new byte[] {(byte) 0xFF, (byte) 0xFF, 1, 2, 3});
          case "reset in the body" -> socket.setSoLinger(true, 0);
          case "close in the body" -> out.write(new byte[] {(byte) 0x81, 126, 4, 0, 'x'});
          default -> pause(1000);
        }
        return;
      }
      out.write(frame(tailMessage(who, n)));
      pause(100);
    }
  }

  static String tailMessage(String who, int n) {
    String id = HexFormat.of().toHexDigits(who.hashCode() * 31L + n);
    return "{\"streams\":[{\"stream\":{\"app\":\"tail\"},\"values\":[[\"17000000000000"
        + (10_000 + n)
        + "\",\"who="
        + who
        + " seq="
        + n
        + " trace_id="
        + id
        + id
        + "\"]]}]}";
  }

  static byte[] frame(String text) {
    byte[] payload = text.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(0x81);
    if (payload.length < 126) {
      frame.write(payload.length);
    } else {
      frame.write(126);
      frame.write(payload.length >> 8);
      frame.write(payload.length);
    }
    frame.writeBytes(payload);
    return frame.toByteArray();
  }

  private static void drain(Socket socket) {
    try {
      while (socket.getInputStream().read() >= 0) {
        // Pings, and a close.
      }
      socket.close();
    } catch (IOException e) {
      // It is over.
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** One answer, in whatever way. */
  private final class Reply {
    private final Socket socket;
    private final OutputStream out;
    private final Random random;
    private final String who;
    private final String type;
    private final byte[] body;
    private final boolean gzip;

    Reply(
        Socket socket,
        OutputStream out,
        Random random,
        String who,
        String type,
        byte[] body,
        boolean gzip) {
      this.socket = socket;
      this.out = out;
      this.random = random;
      this.who = who;
      this.type = type;
      this.body = body;
      this.gzip = gzip;
    }

    private void write(String text) throws IOException {
      out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private String head(String framing) {
      return "HTTP/1.1 200 OK\r\nContent-Type: "
          + type
          + "\r\n"
          + (gzip ? "Content-Encoding: gzip\r\n" : "")
          + framing
          + "\r\n\r\n";
    }

    private String length() {
      return "Content-Length: " + body.length;
    }

    /** Sends it; says whether the connection can be used again. */
    boolean send(String fault) throws IOException {
      int some = random.nextInt(body.length);
      switch (fault) {
        case "" -> {
          return good();
        }
        case "stall" -> awaitClose();
        case "stall in the body" -> {
          write(head(length()));
          out.write(body, 0, some);
          awaitClose();
        }
        case "drip" -> {
          drip();
          return true;
        }
        case "reset before the head" -> socket.setSoLinger(true, 0);
        case "reset in the head" -> {
          write("HTTP/1.1 200 OK\r\nContent-Ty");
          socket.setSoLinger(true, 0);
        }
        case "reset in the body" -> {
          write(head(length()));
          out.write(body, 0, some);
          pause(random.nextInt(50));
          socket.setSoLinger(true, 0);
        }
        case "close in the body" -> {
          write(head(length()));
          out.write(body, 0, some);
        }
        case "too much" -> {
          surplus("and more that nobody asked for\r\n\r\n");
          pause(200);
        }
        case "a second answer" -> {
          surplus(
              "HTTP/1.1 200 OK\r\nContent-Type: "
                  + type
                  + "\r\nContent-Length: 8\r\n\r\nforeign\n");
          pause(random.nextInt(500));
          return true;
        }
        case "bad chunk size" -> {
          write(head("Transfer-Encoding: chunked"));
          chunk(0, some);
          write("zz\r\n");
          out.write(body, some, body.length - some);
          pause(200);
        }
        case "chunks without end" -> {
          write(head("Transfer-Encoding: chunked"));
          chunk(0, some);
        }
        case "two lengths" -> {
          write(head("Content-Length: 5\r\n" + length()));
          out.write(body);
          pause(200);
        }
        case "429", "500", "503" -> {
          String text = "fake " + fault + " for " + who + "\n";
          write(
              "HTTP/1.1 "
                  + fault
                  + " No\r\nContent-Type: text/plain\r\nRetry-After: 1\r\nContent-Length: "
                  + text.length()
                  + "\r\n\r\n"
                  + text);
          return true;
        }
        case "garbage" -> {
          byte[] bytes = new byte[1 + random.nextInt(3000)];
          random.nextBytes(bytes);
          out.write(bytes);
        }
        case "early hints" -> {
          for (int i = 0; i < 30; i++) {
            write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
          }
          return good();
        }
        case "huge head" -> {
          write("HTTP/1.1 200 OK\r\nX-Much: " + "m".repeat(2_000_000) + "\r\n" + length() + "\r\n\r\n");
          out.write(body);
        }
        default -> {
          // "close without answer".
        }
      }
      return false;
    }

    private boolean good() throws IOException {
      switch (random.nextInt(4)) {
        case 0 -> {
          write(head("Transfer-Encoding: chunked"));
          int some = random.nextInt(body.length);
          chunk(0, some);
          chunk(some, body.length - some);
          write("0\r\n\r\n");
        }
        case 1 -> {
          write(head(length() + "\r\nConnection: close"));
          out.write(body);
          return false;
        }
        default -> {
          write(head(length()));
          out.write(body);
        }
      }
      return true;
    }

    /**
     * Sends more than an answer, at once: what comes later, when the next request may be on its way,
     * no reader of HTTP/1.1 can tell from the next answer.
     */
    private void surplus(String more) throws IOException {
      var all = new ByteArrayOutputStream();
      all.writeBytes(head(length()).getBytes(StandardCharsets.ISO_8859_1));
      all.writeBytes(body);
      all.writeBytes(more.getBytes(StandardCharsets.ISO_8859_1));
      out.write(all.toByteArray());
    }

    private void chunk(int from, int n) throws IOException {
      if (n > 0) {
        write(Integer.toHexString(n) + "\r\n");
        out.write(body, from, n);
        write("\r\n");
      }
    }

    /** A byte at a time for two seconds, then the rest. */
    private void drip() throws IOException {
      byte[] head = head(length()).getBytes(StandardCharsets.ISO_8859_1);
      byte[] all = new byte[head.length + body.length];
      System.arraycopy(head, 0, all, 0, head.length);
      System.arraycopy(body, 0, all, head.length, body.length);
      int at = Math.max(0, random.nextInt(all.length) - 20);
      out.write(all, 0, at);
      for (int i = 0; i < 20 && at < all.length; i++) {
        pause(100);
        out.write(all, at++, 1);
      }
      out.write(all, at, all.length - at);
    }

    private void awaitClose() throws IOException {
      socket.setSoTimeout(30_000);
      while (socket.getInputStream().read() >= 0) {
        // Spanway gives up first.
      }
    }
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    server.close();
    for (Socket each : open) {
      each.close();
    }
  }
}
