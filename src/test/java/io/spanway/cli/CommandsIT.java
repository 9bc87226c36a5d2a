// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.spanway.app.DemoApp;
import io.spanway.it.ScriptGateway;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.json.JsonMapper;

final class CommandsIT {
  private static final String TRACE = "6513270e269e0d37f2a74de452e6b438";

  private static DemoApp demo;

  @TempDir private Path folder;

  @BeforeAll
  static void start() throws Exception {
    demo = DemoApp.start(0, true, "test");
  }

  @AfterAll
  static void stop() {
    demo.close();
  }

  /** What a command said, and how it ended. */
  private record Run(int exitCode, String out, String err) {}

  private static Run run(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int exitCode = command.execute(arguments);
    return new Run(exitCode, out.toString(), err.toString());
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("spanway.yaml"), text);
  }

  @Test
  void goodFile_checksOut() throws Exception {
    Path file = file("loki: { urls: ['http://l:1'] }\ntempo: { urls: ['http://t:1'] }\n");
    Run run = run("check-config", file.toString());

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains(file + " is good");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void badFile_isToldWhereAndWhy() throws Exception {
    Path file =
        file(
            """
            loki: { urls: ['http://l:1'], tenantt: a }
            tempo: { urls: ['ftp://t:1'] }
            cache: { maxSize: lots }
            """);
    Run run = run("check-config", file.toString());

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out())
        .contains(file + ":1:", file + ":2:", file + ":3:", "tenantt", "expected", "maxSize");
    assertThat(run.err()).contains("has 3 errors");
  }

  @Test
  void missingFile_isSaidInOneLine() {
    for (String command : new String[] {"check-config", "serve"}) {
      Run run =
          command.equals("serve")
              ? run("serve", "--config", folder.resolve("none.yaml").toString())
              : run(command, folder.resolve("none.yaml").toString());

      assertThat(run.exitCode()).as(command).isEqualTo(2);
      assertThat(run.out() + run.err()).as(command).contains("none.yaml").doesNotContain("\tat ");
    }
  }

  @Test
  void version_isPrinted() {
    assertThat(run("version").out()).startsWith("spanway ").contains("Java ");
    assertThat(run("--version").exitCode()).isZero();
  }

  @Test
  void help_namesTheCommands() {
    assertThat(run("--help").out())
        .contains("serve", "check-config", "demo", "logs", "health", "version");
    assertThat(run("logs", "--help").out()).contains("--span", "--json", "SPANWAY_URL");
    Run none = run();
    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.err()).contains("Usage: spanway");
    assertThat(run("nonsense").exitCode()).isEqualTo(2);
  }

  @Test
  void health_asksTheAdminPort() throws Exception {
    assertThat(run("health", "--url", demo.admin().toString())).isEqualTo(new Run(0, "ok\n", ""));
    int closed;
    try (ServerSocket socket = new ServerSocket(0)) {
      closed = socket.getLocalPort();
    }
    Run down = run("health", "--url", "http://127.0.0.1:" + closed);
    assertThat(down.exitCode()).isEqualTo(1);
    assertThat(down.err()).contains("no answer at").hasLineCount(1);
    Path file =
        file(
            """
            admin: { listen: '0.0.0.0:%d' }
            loki: { urls: ['http://l:1'] }
            tempo: { urls: ['http://t:1'] }
            """
                .formatted(demo.admin().getPort()));
    assertThat(run("health", "--config", file.toString()).exitCode()).isZero();
    assertThat(run("health", "--url", "nonsense").exitCode()).isEqualTo(2);
    assertThat(run("health", "--url", "a b").exitCode()).isEqualTo(2);
  }

  @Test
  void logs_printsTheTraceOldestFirst() {
    Run run = run("logs", TRACE, "--url", demo.spanway().toString());

    assertThat(run.exitCode()).as(run.err()).isZero();
    String[] lines = run.out().split("\n", 0);
    assertThat(lines).hasSize(20).isSorted();
    assertThat(lines[0]).matches("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z .*");
  }

  @Test
  void logsAsJson_hasOneObjectForEachLine() {
    Run run = run("logs", TRACE, "--json", "--url", demo.spanway() + "/");

    assertThat(run.out().split("\n", 0))
        .hasSize(20)
        .allMatch(line -> JsonMapper.shared().readTree(line).has("labels"));
  }

  @Test
  void logsThatCannotBeHad_areSaidInOneLine() throws Exception {
    String url = demo.spanway().toString();
    int closed;
    try (ServerSocket socket = new ServerSocket(0)) {
      closed = socket.getLocalPort();
    }
    record Case(int exitCode, String text, List<String> arguments) {}
    for (Case each :
        new Case[] {
          new Case(1, "404", List.of("logs", "1".repeat(32), "--url", url)),
          new Case(1, "400", List.of("logs", "xyz", "--url", url)),
          new Case(
              1,
              "no answer at http://127.0.0.1:" + closed + ": connection refused",
              List.of("logs", TRACE, "--url", "http://127.0.0.1:" + closed)),
          new Case(1, "404", List.of("logs", TRACE, "--url", demo.tempo().toString())),
          new Case(2, "not a URL", List.of("logs", TRACE, "--url", "a b")),
        }) {
      Run run = run(each.arguments().toArray(String[]::new));

      assertThat(run.exitCode()).as(run.err()).isEqualTo(each.exitCode());
      assertThat(run.err()).startsWith("spanway: ").contains(each.text()).hasLineCount(1);
      assertThat(run.out()).isEmpty();
    }
  }

  @Test
  void serve_writesItsPortsHearsSighupAndStopsInOrder() throws Exception {
    Path file =
        file(
            """
            server: { listen: '127.0.0.1:0' }
            admin: { listen: '127.0.0.1:0' }
            reload: { interval: 0 }
            loki: { urls: ['%s'] }
            tempo: { urls: ['%s'] }
            """
                .formatted(demo.loki(), demo.tempo()));
    Path ports = folder.resolve("ports");
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classes,
                "io.spanway.cli.Main",
                "serve",
                "--config",
                file.toString(),
                "--port-file",
                ports.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    try {
      await().atMost(Duration.ofSeconds(30)).until(() -> Files.exists(ports));
      List<String> lines = Files.readAllLines(ports);

      assertThat(lines).hasSize(2);
      assertThat(lines.get(0)).matches("data=127\\.0\\.0\\.1:[1-9]\\d*");
      assertThat(lines.get(1)).matches("admin=127\\.0\\.0\\.1:[1-9]\\d*");
      assertThat(run("health", "--url", "http://" + lines.get(1).substring("admin=".length())))
          .isEqualTo(new Run(0, "ok\n", ""));

      Files.writeString(file, Files.readString(file) + "limits: { maxLogLimit: 7 }\n");
      hangUp(process);
      URI reloads = URI.create("http://" + lines.get(1).substring("admin=".length()) + "/-/reload");
      await()
          .atMost(Duration.ofSeconds(8))
          .until(() -> get(reloads), body -> body.contains("changed: limits.maxLogLimit"));
      process.destroy();

      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
  }

  private static void hangUp(Process process) throws Exception {
    assertThat(new ProcessBuilder("kill", "-HUP", "" + process.pid()).start().waitFor()).isZero();
  }

  private static String get(URI uri) throws Exception {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  /** Adds lines of the example's trace, {@code count} at each of the given times. */
  private static void push(DemoApp to, int count, long... times) throws Exception {
    StringBuilder values = new StringBuilder();
    for (long time : times) {
      for (int i = 0; i < count; i++) {
        values.append(values.isEmpty() ? "" : ",").append("[\"").append(time).append("\",\"");
        values.append("pushed ").append(time).append(' ').append(i);
        values.append(" trace_id=").append(TRACE).append("\"]");
      }
    }
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(to.loki().resolve("/loki/api/v1/push"))
                    .header("Content-Type", "application/json")
                    .POST(
                        HttpRequest.BodyPublishers.ofString(
                            "{\"streams\":[{\"stream\":{\"service_name\":\"nginx\",\"namespace\":"
                                + "\"production\"},\"values\":["
                                + values
                                + "]}]}"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(204);
  }

  /** Returns a time inside the example's trace. */
  private static long inside(DemoApp at) throws Exception {
    // Past the cache, which would show what was there before the push.
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(at.spanway().resolve("/spanway/v1/logs?traceId=" + TRACE))
                    .header("Accept", "application/x-ndjson")
                    .header("Cache-Control", "no-store")
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    String fifth = answer.body().lines().toList().get(5);
    return Long.parseLong(JsonMapper.shared().readTree(fifth).path("timestamp").asString());
  }

  @Test
  void logsOfManyPages_arePrintedToTheEnd() throws Exception {
    try (DemoApp own = DemoApp.start(0, true, "test")) {
      long time = inside(own);
      // Runs of equal timestamps across the ends of pages, one longer than a page.
      push(own, 700, time + 1, time + 2, time + 3, time + 4);
      push(own, 1, LongStream.rangeClosed(10, 1500).map(i -> time + i).toArray());
      push(own, 2600, time + 5);

      Run run = run("logs", TRACE, "--url", own.spanway().toString());

      assertThat(run.exitCode()).as(run.err()).isZero();
      String[] lines = run.out().split("\n", 0);
      assertThat(lines).hasSize(20 + 4 * 700 + 1491 + 2600).doesNotHaveDuplicates();
      assertThat(run.err()).doesNotContain("limit");
    }
  }

  @Test
  void smallerLimitThanAPage_endsNoPrinting() {
    try (ScriptGateway small =
        ScriptGateway.start(
            demo.loki().getPort(),
            demo.tempo().getPort(),
            """
            tracesToLogsV2:
              spanStartTimeShift: '-2s'
              spanEndTimeShift: '2s'
              tags: [{ key: service.name, value: service_name }]
            limits: { maxLogLimit: 7 }
            """)) {
      Run run = run("logs", TRACE, "--url", small.url());

      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(run.out().lines()).hasSize(20).doesNotHaveDuplicates();
    }
  }

  @Test
  void moreLinesAtOneInstantThanAnAnswerHolds_areAnErrorAndNotASilence() throws Exception {
    try (DemoApp own = DemoApp.start(0, true, "test")) {
      push(own, 5200, inside(own) + 1);

      Run run = run("logs", TRACE, "--url", own.spanway().toString());

      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.err()).contains("5000 lines or more carry the timestamp");
    }
  }
}
