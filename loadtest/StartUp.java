// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** From the start of the process to the first answer that came from the origin, files warm. */
final class StartUp {
  private static final int TIMES = 10;
  private static final List<String> FLAGS =
      List.of(
          "-XX:+UseSerialGC",
          "-XX:MaxRAMPercentage=25",
          "-XX:+ExitOnOutOfMemoryError",
          "-XX:-UsePerfData");

  private final Settings settings;
  private final Machine machine;
  private final Report report;

  StartUp(Settings settings, Machine machine, Report report) {
    this.settings = settings;
    this.machine = machine;
    this.report = report;
  }

  void run() throws IOException, InterruptedException {
    try (Peers peers = new Peers(machine, settings)) {
      peers.file("/loki/api/v1/labels", Peers.labels(2));
      int origin = peers.origin().port();
      // Where an archive is shipped, the first start makes it.
      peers.spanway(origin, "", "").close();
      Path jar = settings.home().resolve("target/spanway.jar");
      Path shipped = settings.home().resolve("target/spanway.jsa");
      boolean isShipped = Files.exists(shipped);
      Path archive = isShipped ? shipped : settings.work().resolve("own.jsa");
      if (!isShipped) {
        report.note("startup: no archive is shipped (target/spanway.jsa); one made here instead");
        once(jar, origin, "-XX:ArchiveClassesAtExit=" + archive, Report.Row.of("", "", null));
      }
      Report.Row plain = Report.Row.of("startup", "plain, ms", null);
      String name = isShipped ? "with the shipped archive" : "with an archive made here";
      Report.Row with = Report.Row.of("startup", name + ", ms", plain);
      for (int i = 0; i < TIMES; i++) {
        once(jar, origin, "-Xshare:auto", plain);
        once(jar, origin, "-XX:SharedArchiveFile=" + archive, with);
      }
      report.note(
          "startup: all processors, %d starts by turns, in the column of p50; CPU s %s, %s %s"
              .formatted(
                  TIMES,
                  plain.samples("cpuSeconds").text(2),
                  name,
                  with.samples("cpuSeconds").text(2)));
      report.add(plain);
      report.add(with);
      report.add(new Report.Mark("startup", "plain", plain.samples("p50"), false, 700, " ms"));
      report.add(new Report.Mark("startup", name, with.samples("p50"), false, 400, " ms"));
    }
  }

  private void once(Path jar, int origin, String flag, Report.Row row)
      throws IOException, InterruptedException {
    int port = Peer.freePort();
    Path config = settings.work().resolve("startup.yaml");
    Files.writeString(
        config,
        """
        server: { listen: 127.0.0.1:%1$d }
        admin: { listen: 127.0.0.1:0 }
        loki: { urls: ['http://127.0.0.1:%2$d'] }
        tempo: { urls: ['http://127.0.0.1:%2$d'] }
        """
            .formatted(port, origin));
    var command = new ArrayList<>(machine.forAll());
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(FLAGS);
    command.add(flag);
    command.addAll(List.of("-jar", jar.toString(), "serve", "--config", config.toString()));
    Path output = settings.work().resolve("startup.log");
    long start = System.nanoTime();
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      while (!answers(port)) {
        // Short of a wait that would be seen in the figure.
        if (process.waitFor(2, TimeUnit.MILLISECONDS) || System.nanoTime() - start > 60e9) {
          throw new IOException("it does not start: " + Files.readString(output));
        }
      }
      row.samples("p50").add((System.nanoTime() - start) / 1e6);
      row.samples("cpuSeconds").add(Proc.cpu(process.toHandle()).total());
    } finally {
      process.destroy();
      process.waitFor(20, TimeUnit.SECONDS);
    }
  }

  private static boolean answers(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      String request = "GET " + ProxyScenarios.LABELS + " HTTP/1.1\r\nHost: a\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      return new String(in.readNBytes(12), StandardCharsets.US_ASCII).equals("HTTP/1.1 200");
    } catch (IOException e) {
      return false;
    }
  }
}
