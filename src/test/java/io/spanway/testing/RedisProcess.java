// SPDX-License-Identifier: Apache-2.0
package io.spanway.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A real {@code redis-server} or {@code valkey-server} in a directory of its own, where there is
 * one.
 */
public final class RedisProcess implements AutoCloseable {
  private final Path folder;
  private final Process process;
  private final int port;
  private final String password;

  private RedisProcess(Path folder, Process process, int port, String password) {
    this.folder = folder;
    this.process = process;
    this.port = port;
    this.password = password;
  }

  /** Skips the test where no server is installed; fails it where one is required. */
  public static void assumeInstalled() {
    boolean found = !find().isEmpty();
    if ("required".equals(System.getenv("SPANWAY_TEST_REDIS"))) {
      assertThat(found).as("redis-server is on the PATH").isTrue();
    }
    assumeTrue(found, "no redis-server on the PATH");
  }

  private static String find() {
    for (String folder : System.getenv("PATH").split(File.pathSeparator, -1)) {
      for (String name : List.of("redis-server", "valkey-server")) {
        Path server = Path.of(folder, name);
        if (Files.isExecutable(server)) {
          return server.toString();
        }
      }
    }
    return "";
  }

  /**
   * Starts one.
   *
   * @param folder where it may write
   * @param more more options, as on its command line
   */
  public static RedisProcess start(Path folder, String password, String... more)
      throws IOException {
    return start(folder, freePort(), password, more);
  }

  private static RedisProcess start(Path folder, int port, String password, String... more)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(find(), "--port", "" + port));
    command.addAll(List.of("--bind", "127.0.0.1", "--dir", folder.toString(), "--save", ""));
    if (!password.isEmpty()) {
      command.addAll(List.of("--requirepass", password));
    }
    command.addAll(List.of(more));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("redis-" + port + ".log").toFile())
            .start();
    RedisProcess redis = new RedisProcess(folder, process, port, password);
    await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .until(() -> redis.ask("PING") != null);
    return redis;
  }

  /** Returns a port that is free now. */
  public static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Returns its port. */
  public int port() {
    return port;
  }

  /** Returns its URL. */
  public String url() {
    return "redis://127.0.0.1:" + port;
  }

  /** Sends a command, and returns the first line of the answer and, of a text, the text. */
  public String ask(String... words) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(5_000);
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      if (!password.isEmpty()) {
        send(socket, "AUTH", password);
        in.readLine();
      }
      send(socket, words);
      String line = in.readLine();
      StringBuilder text = new StringBuilder(line);
      int length = line.startsWith("$") ? Integer.parseInt(line.substring(1)) : 0;
      for (int i = 0; i < length; i++) {
        text.append((char) in.read());
      }
      return text.toString();
    }
  }

  private static void send(Socket socket, String... words) throws IOException {
    StringBuilder command = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      command.append("$").append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    socket.getOutputStream().write(command.toString().getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Starts another at the port of this one, which has ended. */
  public RedisProcess again() throws IOException {
    return start(folder, port, password);
  }

  /** Ends it at once, as a crash does. */
  public void kill() {
    process.destroyForcibly();
    try {
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    kill();
  }
}
