// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Starts what click and equal-spans need: Loki's forwarder, its data, and Spanway in front. */
final class Main {
  private static final String USAGE =
      "Usage: loadtest/run click|equal-spans [--loki URL] [--tempo URL] [--seed-lines N] [--json"
          + " FILE]";

  private Main() {}

  public static void main(String[] args) throws Exception {
    // Otherwise each answer waits for the client's delayed acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    Path home = Path.of(args[0]);
    Path work = Path.of(args[1]);
    String scenario = args[2];
    Map<String, String> options = new HashMap<>();
    for (int i = 3; i < args.length; i += 2) {
      if (!args[i].matches("--(loki|tempo|seed-lines|json|minutes|seed)") || i + 1 == args.length) {
        System.err.println(USAGE);
        System.exit(2);
      }
      options.put(args[i].substring(2), args[i + 1]);
    }
    System.exit(run(home, work, scenario, options));
  }

  private static int run(Path home, Path work, String scenario, Map<String, String> options)
      throws IOException, InterruptedException {
    Path program = home.resolve("spanway");
    if (scenario.equals("chaos")) {
      double minutes = Double.parseDouble(options.getOrDefault("minutes", "10"));
      String seed = options.getOrDefault("seed", Long.toString(System.nanoTime() % 1_000_000));
      return Chaos.run(program, work, minutes, Long.parseLong(seed)) ? 0 : 1;
    }
    if (scenario.equals("soak")) {
      return Soak.run(program, work, Double.parseDouble(options.getOrDefault("minutes", "30"))) ? 0 : 1;
    }
    boolean isDemo = !options.containsKey("loki");
    URI lokiUri;
    URI tempoUri;
    if (isDemo) {
      System.err.println(
          "loadtest: no --loki: using that of spanway demo, which is a sample in memory: what is"
              + " found is real, times and bytes say nothing");
      Spanway demo = Spanway.demo(program, work);
      lokiUri = demo.data();
      tempoUri = demo.admin();
    } else {
      lokiUri = uri(options.get("loki"));
      // A Tempo that has no trace is enough: these queries are rewritten without one.
      tempoUri = uri(options.getOrDefault("tempo", "http://127.0.0.1:9"));
    }
    Loki loki = new Loki(lokiUri);
    try (Forwarder forwarder = new Forwarder(lokiUri)) {
      if (scenario.equals("equal-spans")) {
        try (Spanway spanway = Spanway.start(program, work, forwarder.uri(), tempoUri, "both")) {
          return new EqualSpans(forwarder, loki, isDemo, spanway, nowNs()).run() ? 0 : 1;
        }
      }
      int lines = Integer.parseInt(options.getOrDefault("seed-lines", isDemo ? "5000" : "0"));
      Seed seed = lines > 0 ? Seed.push(loki, lines, nowNs(), !isDemo) : Seed.find(loki, nowNs());
      if (seed == null) {
        System.err.println("loadtest: nothing to click there: say --seed-lines 1000000");
        return 2;
      }
      String given = System.getenv("ROUNDS");
      int rounds = Math.min(given == null ? 5 : Integer.parseInt(given), Seed.TRACES / 2 - 2);
      Map<String, Spanway> spanways = new LinkedHashMap<>();
      for (String location : new String[] {"both", "line"}) {
        spanways.put(location, Spanway.start(program, work, forwarder.uri(), tempoUri, location));
      }
      var click = new Click(forwarder, spanways, seed, rounds);
      click.run();
      System.out.print(click.table());
      Path json =
          options.containsKey("json")
              ? Path.of(options.get("json"))
              : home.resolve("target/loadtest-click.json");
      Files.writeString(json, click.json());
      System.err.println("loadtest: each sample is in " + json);
      for (Spanway spanway : spanways.values()) {
        spanway.close();
      }
      return 0;
    }
  }

  private static URI uri(String text) {
    return URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
  }

  private static long nowNs() {
    return System.currentTimeMillis() * 1_000_000;
  }
}
