// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The scenarios that measure, each a row or more of one report. */
final class Bench {
  private interface Scenario {
    void run() throws IOException, InterruptedException;
  }

  private final Settings settings;
  private final Report report;
  private final LoadClient client = new LoadClient();
  private final Map<String, Scenario> scenarios = new LinkedHashMap<>();

  Bench(Settings settings) throws IOException {
    this.settings = settings;
    Machine machine = new Machine();
    Map<String, String> facts = machine.facts();
    facts.put(
        "times",
        "%d rounds of %.0f s, warm-up %.0f s, %d connections"
            .formatted(
                settings.rounds(), settings.seconds(), settings.warmUp(), settings.connections()));
    report = new Report(facts);
    var proxy = new ProxyScenarios(settings, machine, client, report);
    scenarios.put("passthrough", proxy::passthrough);
    scenarios.put("tls", proxy::tls);
    scenarios.put("cached", proxy::cached);
    var memory = new MemoryScenarios(settings, machine, client, report);
    scenarios.put("connections", memory::connections);
    scenarios.put("startup", new StartUp(settings, machine, report)::run);
    var spans = new SpanScenarios(settings, machine, client, report);
    scenarios.put("script", spans::script);
    scenarios.put("annotate", new Annotate(settings, machine, client, report)::run);
    scenarios.put("tail", new Tails(settings, machine, report)::run);
    scenarios.put("grpc", new Grpc(settings, machine, report)::run);
    scenarios.put("slopes", spans::slopes);
    scenarios.put("churn", memory::churn);
    try {
      machine.pinSelf();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  List<String> names() {
    return List.copyOf(scenarios.keySet());
  }

  int run(List<String> chosen) throws IOException, InterruptedException {
    Path markdown = settings.home().resolve("target/loadtest.md");
    Path json = settings.home().resolve("target/loadtest.json");
    int failed = 0;
    for (String name : chosen.isEmpty() ? names() : chosen) {
      try {
        scenarios.get(name).run();
      } catch (IOException e) {
        report.note("**" + name + " failed**: " + e.getMessage());
        failed = 1;
      }
      // After each, so that a run that is broken off is not for nothing.
      report.add("load after", "%.1f".formatted(Machine.load()));
      report.write(markdown, json);
    }
    client.close();
    System.out.print(report.markdown());
    System.err.println("loadtest: also in " + markdown + ", with each sample in " + json);
    return failed;
  }
}
