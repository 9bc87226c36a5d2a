// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A Spanway in a process of its own, with its configuration's file and what the kernel says of it. */
final class ChaosProcess implements AutoCloseable {
  private final Process process;
  private final Path config;
  private final Path log;
  private final URI data;
  private final URI admin;

  private ChaosProcess(Process process, Path config, Path log, URI data, URI admin) {
    this.process = process;
    this.config = config;
    this.log = log;
    this.data = data;
    this.admin = admin;
  }

  /**
   * Starts it.
   *
   * @param options further options of its JVM; Netty's memory is always one that the JVM's metrics
   *     show
   */
  static ChaosProcess start(Path program, Path work, String yaml, String options)
      throws IOException, InterruptedException {
    Path config = Files.writeString(work.resolve("spanway.yaml"), yaml);
    Path ports = work.resolve("ports");
    Path log = work.resolve("spanway.log");
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                program.toString(),
                "serve",
                "--config",
                config.toString(),
                "--port-file",
                ports.toString()));
    String given = System.getenv().getOrDefault("SPANWAY_JAVA_OPTS", "");
    builder
        .environment()
        .put("SPANWAY_JAVA_OPTS", options + " -Dio.netty.maxDirectMemory=0 " + given);
    Process process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
    for (int i = 0; i < 600 && !Files.exists(ports); i++) {
      if (process.waitFor(100, TimeUnit.MILLISECONDS)) {
        throw new IOException("spanway did not start: " + Files.readString(log));
      }
    }
    URI data = null;
    URI admin = null;
    for (String line : Files.readAllLines(ports)) {
      URI uri = URI.create("http://" + line.substring(line.indexOf('=') + 1));
      if (line.startsWith("data=")) {
        data = uri;
      } else if (line.startsWith("admin=")) {
        admin = uri;
      }
    }
    return new ChaosProcess(process, config, log, data, admin);
  }

  URI data() {
    return data;
  }

  URI admin() {
    return admin;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Puts another configuration in the file's place. */
  void rewrite(String yaml) throws IOException {
    Path made = Files.writeString(config.resolveSibling("new.yaml"), yaml);
    Files.move(made, config, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Runs a command about the process, whose output is of no interest. */
  void run(String... command) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of(command));
    all.add(Long.toString(process.pid()));
    new ProcessBuilder(all).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  void hangUp() throws IOException, InterruptedException {
    run("kill", "-HUP");
  }

  /** Has the heap collected, as often as references need to be found. */
  void collect() throws IOException, InterruptedException {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    for (int i = 0; i < 2; i++) {
      List<String> command =
          List.of(
              Files.exists(jcmd) ? jcmd.toString() : "jcmd",
              Long.toString(process.pid()),
              "GC.run");
      new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    }
  }

  long descriptors() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
      return all.count();
    }
  }

  /** A figure of /proc/PID/status, such as Threads or VmRSS. */
  long status(String name) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith(name + ":")) {
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IOException("no " + name);
  }

  /** Ticks of a hundredth of a second that it has computed. */
  long ticks() throws IOException {
    String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
  }

  String metrics() throws IOException {
    return admin("GET", "/metrics").text();
  }

  ChaosWire.Answer admin(String method, String path) throws IOException {
    try (ChaosWire wire = ChaosWire.to(admin)) {
      wire.send(method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
      return wire.answer();
    }
  }

  /** The sum of a metric's values whose line holds all of {@code parts}. */
  static double metric(String metrics, String name, String... parts) {
    double sum = 0;
    for (String line : metrics.split("\n")) {
      boolean fits =
          line.startsWith(name) && (line.startsWith(name + " ") || line.startsWith(name + "{"));
      for (String part : parts) {
        fits &= line.contains(part);
      }
      if (fits) {
        sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
      }
    }
    return sum;
  }

  static String mib(double bytes) {
    return String.format(Locale.ROOT, "%.1f", bytes / (1 << 20));
  }

  String log() throws IOException {
    return Files.readString(log);
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
