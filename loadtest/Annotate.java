// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What derived fields cost, beside the same answers passing through without any. */
final class Annotate {
  static final String PATH = "/loki/api/v1/query_range";
  private static final List<String> PATTERNS =
      List.of(
          "trace_id=(\\w+)",
          "path=(\\S+)",
          "status=(\\d{3})",
          "\"traceId\":\"(\\w+)\"",
          "order=([^ ]+)",
          "user[_-]?id[=:](\\w+)",
          "(?:session|sid)=([a-f0-9]{8,})",
          "customer=\"([^\"]+)\"",
          "build/(\\d+)",
          "traceparent: 00-(\\w+)-");

  private final Settings settings;
  private final Machine machine;
  private final LoadClient client;
  private final Report report;

  Annotate(Settings settings, Machine machine, LoadClient client, Report report) {
    this.settings = settings.with(1);
    this.machine = machine;
    this.client = client;
    this.report = report;
  }

  void run() throws IOException, InterruptedException {
    List<String> targets = new ArrayList<>(Settings.words("TARGETS", "pass 1 3 10 engine gzip"));
    targets.remove("pass");
    targets.add(0, "pass");
    for (String shape : Settings.words("SHAPES", "categorised folded")) {
      for (String megabytes : Settings.words("SIZES", "10 200")) {
        compare(targets, shape, Integer.parseInt(megabytes));
      }
    }
  }

  private void compare(List<String> targets, String shape, int megabytes)
      throws IOException, InterruptedException {
    try (Peers peers = new Peers(machine, settings)) {
      LokiAnswers.write(
          peers.file(PATH), megabytes * 1_000_000L, Integer.MAX_VALUE, shape.equals("folded"));
      int origin = peers.origin().port();
      var contenders = new ArrayList<Comparison.Contender>();
      for (String target : targets) {
        Peer peer =
            peers.spanway(
                origin, "cache: { maxSize: 0 }\n" + fields(target), ProxyScenarios.JAVA_OPTIONS);
        contenders.add(
            new Comparison.Contender(target, peer, ask(peer.port(), target.equals("gzip"))));
      }
      String name = "annotate, %d MB, %s".formatted(megabytes, shape);
      Map<String, Report.Row> rows =
          new Comparison(settings, client, report).run(name, contenders, false);
      if (shape.equals("categorised")) {
        mark(name, rows.get("1"), megabytes == 10 ? 0.6 : 0, "one field");
        mark(name, rows.get("10"), 0.3, "ten fields");
      }
    }
  }

  private void mark(String scenario, Report.Row row, double limit, String what) {
    if (row != null && limit > 0) {
      Samples ratio = row.ratio("rate");
      report.add(new Report.Mark(scenario, what + ", of pass-through", ratio, true, limit, ""));
    }
  }

  static LoadClient.Ask ask(int port, boolean gzip) {
    return new LoadClient.Ask(
        port, null, LoadClient.get(PATH, "Accept-Encoding: " + (gzip ? "gzip" : "identity")), -1);
  }

  /** The list of a target: a number of them, {@code engine}, {@code gzip} or {@code pass}. */
  static String fields(String target) {
    if (target.equals("pass") || target.equals("0")) {
      return "derivedFields: []";
    }
    var yaml = new StringBuilder("derivedFields:");
    int count = target.matches("\\d+") ? Integer.parseInt(target) : 1;
    for (int i = 0; i < count; i++) {
      // This flag is what needs the engine.
      String pattern = (target.equals("engine") ? "(?i)" : "") + PATTERNS.get(i);
      yaml.append("\n  - { name: f")
          .append(i)
          .append(", matcherRegex: '")
          .append(pattern)
          .append("' }");
    }
    return yaml.toString();
  }
}
