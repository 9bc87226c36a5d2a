// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server in a process of its own, with a file that has what it prints. */
final class Peer implements AutoCloseable {
  private final Process process;
  private final Path output;
  private int port;
  private int adminPort;

  private Peer(Process process, Path output, int port) {
    this.process = process;
    this.output = output;
    this.port = port;
  }

  /** Starts a program that will listen on a port; {@link #await} waits until it does. */
  static Peer start(Path output, int port, List<String> before, List<String> command)
      throws IOException {
    return start(output, port, before, command, "");
  }

  static Peer start(
      Path output, int port, List<String> before, List<String> command, String javaOptions)
      throws IOException {
    var all = new ArrayList<>(before);
    all.addAll(command);
    // Appended, so that emptying the file does not leave a hole.
    var builder =
        new ProcessBuilder(all)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
    String given = System.getenv("SPANWAY_JAVA_OPTS");
    builder
        .environment()
        .put("SPANWAY_JAVA_OPTS", javaOptions + (given == null ? "" : " " + given));
    Process process = builder.start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(process)));
    return new Peer(process, output, port);
  }

  /** A port that nobody listens on, most likely still when it is used. */
  static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Waits until something listens. */
  Peer await() throws IOException, InterruptedException {
    for (int i = 0; i < 1200; i++) {
      try {
        new Socket(InetAddress.getLoopbackAddress(), port).close();
        return this;
      } catch (IOException e) {
        pause();
      }
    }
    throw failed();
  }

  /** Waits for Spanway's file of ports, and takes its ports from there. */
  Peer await(Path ports) throws IOException, InterruptedException {
    for (int i = 0; i < 1200; i++) {
      if (Files.exists(ports)) {
        for (String line : Files.readAllLines(ports)) {
          int number = Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
          if (line.startsWith("data=")) {
            port = number;
          } else if (line.startsWith("admin=")) {
            adminPort = number;
          }
        }
        return this;
      }
      pause();
    }
    throw failed();
  }

  private void pause() throws IOException, InterruptedException {
    if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
      throw failed();
    }
  }

  private IOException failed() throws IOException {
    return new IOException("it does not start: " + said());
  }

  /** The end of what it has written. */
  String said() throws IOException {
    String all = Files.readString(output, StandardCharsets.ISO_8859_1).strip();
    return all.substring(Math.max(0, all.length() - 1000));
  }

  /** Whether it is still compiling itself for some time after its start. */
  boolean compiles() {
    return adminPort != 0;
  }

  int port() {
    return port;
  }

  int adminPort() {
    return adminPort;
  }

  Proc.Cpu cpu() {
    return Proc.cpu(process.toHandle());
  }

  double rssMib() {
    return Proc.rssMib(process.toHandle());
  }

  double peakMib() {
    return Proc.peakMib(process.toHandle());
  }

  /** Throws away what it has written, which for an access log is a lot. */
  void emptyOutput() throws IOException {
    FileChannel.open(output, StandardOpenOption.WRITE).truncate(0).close();
  }

  @Override
  public void close() {
    end(process);
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
    }
  }
}
