// SPDX-License-Identifier: Apache-2.0
package io.spanway.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * As much of Redis as a cache needs, with what may go wrong: it may be silent, close, answer
 * nonsense, and what it keeps may be changed. A thread for each connection.
 */
public final class FakeRedis implements AutoCloseable {
  /** What it does with commands. */
  public enum Mood {
    /** Answers. */
    WELL,
    /** Reads and says nothing until it is well again. */
    SILENT,
    /** Closes the connection. */
    CLOSING,
    /** Answers with bytes that are not of its protocol. */
    TALKING_NONSENSE
  }

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Kept(byte[] value, long untilNanos) {}

  private final ServerSocket server;
  private final String password;
  private final Map<String, Kept> values = new ConcurrentHashMap<>();
  private final Map<String, Map<String, byte[]>> hashes = new ConcurrentHashMap<>();
  private final List<String> received = new CopyOnWriteArrayList<>();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile Mood mood = Mood.WELL;
  private volatile CountDownLatch well = new CountDownLatch(0);
  private volatile boolean closed;

  private FakeRedis(String password) throws IOException {
    this.password = password;
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    thread(this::accept);
  }

  /** Starts one that lets everybody in. */
  public static FakeRedis start() {
    return start("");
  }

  /** Starts one with a password. */
  public static FakeRedis start(String password) {
    try {
      return new FakeRedis(password);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns its URL. */
  public String url() {
    return "redis://127.0.0.1:" + server.getLocalPort();
  }

  /** Has it behave so from now on. */
  public void be(Mood now) {
    CountDownLatch before = well;
    well = new CountDownLatch(now == Mood.SILENT ? 1 : 0);
    mood = now;
    before.countDown();
  }

  /** Returns how many answers it keeps. */
  public int kept() {
    return values.size();
  }

  /** Changes all answers that it keeps. */
  public void change(UnaryOperator<byte[]> how) {
    values.replaceAll((key, kept) -> new Kept(how.apply(kept.value()), kept.untilNanos()));
  }

  /** Returns the longest time that an answer is still kept, in milliseconds. */
  public long longestMs() {
    return values.values().stream().mapToLong(FakeRedis::leftMs).max().orElse(0);
  }

  /** Forgets which purges there were, and nothing else, as a failover may. */
  public void loseHashes() {
    hashes.clear();
  }

  /** Returns every word that it was sent, as text. */
  public List<String> received() {
    return received;
  }

  /** Closes all connections; others may be made. */
  public void hangUp() {
    sockets.forEach(FakeRedis::close);
  }

  @Override
  public void close() {
    closed = true;
    be(Mood.CLOSING);
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    hangUp();
  }

  private void accept() {
    while (!closed) {
      try {
        Socket socket = server.accept();
        sockets.add(socket);
        thread(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      boolean[] in3 = {false, password.isEmpty()};
      List<byte[]> command = command(in);
      while (command != null) {
        for (byte[] word : command) {
          received.add(text(word));
        }
        switch (mood) {
          case CLOSING -> {
            return;
          }
          case TALKING_NONSENSE -> out.write("HTTP/1.1 400 Bad\r\n\r\n".getBytes(LATIN));
          case SILENT, WELL -> {
            if (!well.await(30, TimeUnit.SECONDS)) {
              return;
            }
            out.write(answer(command, in3));
          }
        }
        out.flush();
        command = command(in);
      }
    } catch (IOException e) {
      // The other side, or the test, has hung up.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      sockets.remove(socket);
    }
  }

  /**
   * Answers a command; {@code state} is whether RESP3 is spoken and whether the caller is known.
   */
  private byte[] answer(List<byte[]> command, boolean[] state) throws IOException {
    String name = text(command.get(0)).toUpperCase(Locale.ROOT);
    if (name.equals("HELLO")) {
      state[0] = command.size() > 1 && text(command.get(1)).equals("3");
      for (int i = 2; i + 2 < command.size(); i++) {
        if (text(command.get(i)).equalsIgnoreCase("AUTH")) {
          state[1] |= text(command.get(i + 2)).equals(password);
        }
      }
      return state[1]
          ? map(state[0], new LinkedHashMap<>(Map.of("server", bytes("fake"))))
          : line("-WRONGPASS invalid username-password pair or user is disabled.");
    }
    if (name.equals("AUTH")) {
      state[1] |= text(command.get(command.size() - 1)).equals(password);
      return line(state[1] ? "+OK" : "-WRONGPASS invalid password");
    }
    if (!state[1]) {
      return line("-NOAUTH Authentication required.");
    }
    return switch (name) {
      case "CLIENT", "SELECT" -> line("+OK");
      case "PING" -> line("+PONG");
      case "GETRANGE" -> range(command);
      case "PTTL" -> {
        Kept kept = values.get(text(command.get(1)));
        yield line(":" + (kept == null ? -2 : leftMs(kept)));
      }
      case "SET" -> {
        long ms = Long.parseLong(text(command.get(4)));
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
        values.put(text(command.get(1)), new Kept(command.get(2), until));
        yield line("+OK");
      }
      case "DEL" -> line(":" + (hashes.remove(text(command.get(1))) == null ? 0 : 1));
      case "HGETALL" -> map(state[0], hashes.getOrDefault(text(command.get(1)), Map.of()));
      case "HSETNX" -> {
        byte[] before = hash(command).putIfAbsent(text(command.get(2)), command.get(3));
        yield line(before == null ? ":1" : ":0");
      }
      case "HSET" -> {
        for (int i = 2; i < command.size(); i += 2) {
          hash(command).put(text(command.get(i)), command.get(i + 1));
        }
        yield line(":1");
      }
      default -> line("-ERR unknown command '" + name + "'");
    };
  }

  private Map<String, byte[]> hash(List<byte[]> command) {
    return hashes.computeIfAbsent(text(command.get(1)), key -> new ConcurrentHashMap<>());
  }

  private byte[] range(List<byte[]> command) throws IOException {
    Kept kept = values.get(text(command.get(1)));
    if (kept == null || leftMs(kept) <= 0) {
      return line("$0\r\n");
    }
    int end = (int) Math.min(kept.value().length, Long.parseLong(text(command.get(3))) + 1);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(line("$" + end));
    out.write(kept.value(), 0, end);
    out.write(line(""));
    return out.toByteArray();
  }

  private static byte[] map(boolean in3, Map<String, byte[]> of) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(line(in3 ? "%" + of.size() : "*" + 2 * of.size()));
    for (Map.Entry<String, byte[]> each : of.entrySet()) {
      out.write(line("$" + each.getKey().length() + "\r\n" + each.getKey()));
      out.write(line("$" + each.getValue().length + "\r\n" + text(each.getValue())));
    }
    return out.toByteArray();
  }

  private static List<byte[]> command(InputStream in) throws IOException {
    String head = readLine(in);
    if (head.isEmpty()) {
      return null;
    }
    List<byte[]> words = new ArrayList<>();
    for (int i = Integer.parseInt(head.substring(1)); i > 0; i--) {
      int length = Integer.parseInt(readLine(in).substring(1));
      words.add(in.readNBytes(length));
      in.skipNBytes(2);
    }
    return words;
  }

  private static String readLine(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  private static long leftMs(Kept kept) {
    return TimeUnit.NANOSECONDS.toMillis(kept.untilNanos() - System.nanoTime());
  }

  private static final java.nio.charset.Charset LATIN = StandardCharsets.ISO_8859_1;

  private static byte[] line(String text) {
    return (text + "\r\n").getBytes(LATIN);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(LATIN);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, LATIN);
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It was closing anyway.
    }
  }

  private static void thread(Runnable task) {
    Thread thread = new Thread(task, "fake-redis");
    thread.setDaemon(true);
    thread.start();
  }
}
