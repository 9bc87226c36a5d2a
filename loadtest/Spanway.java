// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A Spanway, or its demo, in a process of its own. */
final class Spanway implements AutoCloseable {
  /** The shifts that it, or for the direct side Grafana, puts around a span. */
  static final long SHIFT = 2_000_000_000L;

  private final Process process;
  private final URI data;
  private final URI admin;

  private Spanway(Process process, URI data, URI admin) {
    this.process = process;
    this.data = data;
    this.admin = admin;
  }

  static Spanway start(Path program, Path work, URI loki, URI tempo, String idLocation)
      throws IOException, InterruptedException {
    return start(
        program,
        work,
        loki,
        "tempo: { urls: ['%s'] }".formatted(tempo),
        """
        tracesToLogsV2:
          spanStartTimeShift: '-2s'
          spanEndTimeShift: '2s'
          tags: [{ key: service.name, value: app }, { key: namespace, value: ns }]
          idLocation: %s
        """
            .formatted(idLocation)
            .lines()
            .toList());
  }

  /** With the line of its configuration that says where Tempo is, and further lines. */
  static Spanway start(Path program, Path work, URI loki, String tempo, List<String> further)
      throws IOException, InterruptedException {
    Path config = Files.createTempFile(work, "spanway", ".yaml");
    Path ports = Path.of(config + ".ports");
    Files.writeString(
        config,
        """
        server: { listen: 127.0.0.1:0 }
        admin: { listen: 127.0.0.1:0 }
        loki: { urls: [%s] }
        %s
        telemetry: { accessLog: { enabled: false } }
        %s
        """
            .formatted(loki, tempo, String.join("\n", further)));
    Process process =
        run(Path.of(config + ".log"), program, "serve", "--config", config, "--port-file", ports);
    Map<String, String> found = new HashMap<>();
    await(process, () -> Files.exists(ports));
    for (String line : Files.readAllLines(ports)) {
      found.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
    }
    return new Spanway(
        process,
        URI.create("http://" + found.get("data")),
        URI.create("http://" + found.get("admin")));
  }

  /** Starts the demo; {@link #demoUri} then says where its Loki and Tempo are. */
  static Spanway demo(Path program, Path work) throws IOException, InterruptedException {
    Path log = work.resolve("demo.log");
    Process process = run(log, program, "demo", "--port", "0");
    await(process, () -> Files.readString(log).contains("Ctrl-C"));
    return new Spanway(process, demoUri(log, "Loki at "), demoUri(log, "Tempo at "));
  }

  private static URI demoUri(Path log, String before) throws IOException {
    String text = Files.readString(log);
    int at = text.indexOf(before) + before.length();
    return URI.create(text.substring(at).split("\\s")[0]);
  }

  private static Process run(Path log, Path program, Object... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
    return process;
  }

  /** Something that becomes true. */
  private interface Condition {
    boolean holds() throws IOException;
  }

  private static void await(Process process, Condition condition)
      throws IOException, InterruptedException {
    for (int i = 0; i < 600; i++) {
      if (condition.holds()) {
        return;
      }
      if (process.waitFor(100, TimeUnit.MILLISECONDS)) {
        break;
      }
    }
    throw new IOException("spanway did not start; its output is in the work directory");
  }

  /** Where its data port is; for the demo, its Loki. */
  URI data() {
    return data;
  }

  /** Where its admin port is; for the demo, its Tempo. */
  URI admin() {
    return admin;
  }

  /** Requests to Loki by its own metrics, checks of Loki's health aside. */
  long upstreamRequests() throws IOException, InterruptedException {
    double sum = 0;
    for (String line : new Loki(admin).text("/metrics").split("\n")) {
      if (line.startsWith("spanway_upstream_requests_seconds_count")
          && line.contains("upstream=\"loki\"")
          && !line.contains("operation=\"health\"")) {
        sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
      }
    }
    return (long) sum;
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
