// SPDX-License-Identifier: Apache-2.0

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.LoggerFactory;

/** Sees what is wanted, and starts what that needs. */
final class Main {
  /** What stands alone, with options of its own. */
  private static final List<String> ALONE =
      List.of("click", "equal-spans", "equal", "dashboard", "chaos", "soak");

  private Main() {}

  public static void main(String[] args) throws Exception {
    // Otherwise each answer waits for the client's delayed acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    // The jar sets its log up in Spanway's own main, which does not run here.
    if (LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME) instanceof Logger root) {
      root.setLevel(Level.WARN);
    }
    Path home = Path.of(args[0]);
    Path work = Path.of(args[1]);
    List<String> words = List.of(args).subList(2, args.length);
    try {
      System.exit(
          !words.isEmpty() && ALONE.contains(words.get(0))
              ? run(home, work, words.get(0), options(words.subList(1, words.size())))
              : measure(new Bench(Settings.of(home, work)), words));
    } catch (IOException e) {
      System.err.println("loadtest: " + e.getMessage());
      System.exit(1);
    }
  }

  private static int measure(Bench bench, List<String> words)
      throws IOException, InterruptedException {
    if (!bench.names().containsAll(words)) {
      System.err.println(
          """
          Usage: loadtest/run [scenario…]      of: %s
                 loadtest/run equal --loki URL --tempo URL [--tempo-grpc URL] [--spanway URL]
                        [--tenant ID] [--authorization TEXT]
                 loadtest/run click|equal-spans [--loki URL] [--tempo URL] [--seed-lines N] [--json FILE]
                 loadtest/run dashboard --loki URL
                 loadtest/run chaos [--minutes 10] [--seed N]
                 loadtest/run soak [--minutes 30]
                 loadtest/run annotate-equal --loki URL
          Variables: ROUNDS SECONDS_EACH WARM_UP CONNECTIONS RATE SPANWAY_JAVA_OPTS; see loadtest/README.md\
          """
              .formatted(String.join(" ", bench.names())));
      return 2;
    }
    return bench.run(words);
  }

  private static Map<String, String> options(List<String> words) throws IOException {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i < words.size(); i += 2) {
      if (!words
              .get(i)
              .matches(
                  "--(loki|tempo|tempo-grpc|spanway|tenant|authorization|seed-lines|json|minutes|seed)")
          || i + 1 == words.size()) {
        throw new IOException("not an option with a value: " + words.get(i) + "; see --help");
      }
      options.put(words.get(i).substring(2), words.get(i + 1));
    }
    return options;
  }

  private static int run(Path home, Path work, String scenario, Map<String, String> options)
      throws Exception {
    Path program = home.resolve("spanway");
    if (scenario.equals("chaos")) {
      double minutes = Double.parseDouble(options.getOrDefault("minutes", "10"));
      String seed = options.getOrDefault("seed", Long.toString(System.nanoTime() % 1_000_000));
      return Chaos.run(program, work, minutes, Long.parseLong(seed)) ? 0 : 1;
    }
    if (scenario.equals("soak")) {
      return Soak.run(program, work, Double.parseDouble(options.getOrDefault("minutes", "30")))
          ? 0
          : 1;
    }
    if (scenario.equals("equal")) {
      return equal(program, work, options);
    }
    if (scenario.equals("dashboard")) {
      return dashboard(program, work, options);
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

  /** A Spanway with nothing but the two addresses, or the one that is there, beside both. */
  private static int equal(Path program, Path work, Map<String, String> options)
      throws IOException, InterruptedException {
    Map<String, String> identity = new LinkedHashMap<>();
    if (options.containsKey("tenant")) {
      identity.put("X-Scope-OrgID", options.get("tenant"));
    }
    if (options.containsKey("authorization")) {
      identity.put("Authorization", options.get("authorization"));
    }
    URI loki = options.containsKey("loki") ? uri(options.get("loki")) : null;
    URI tempo = options.containsKey("tempo") ? uri(options.get("tempo")) : null;
    if (loki == null && tempo == null) {
      System.err.println(
          "loadtest: no --loki and no --tempo: comparing with those of spanway demo");
      Spanway demo = Spanway.demo(program, work);
      loki = demo.data();
      tempo = demo.admin();
    } else if (loki == null || tempo == null) {
      throw new IOException("equal needs both --loki URL and --tempo URL");
    }
    URI grpc = uri(options.getOrDefault("tempo-grpc", tempo.toString()));
    if (options.containsKey("spanway")) {
      return new Equal(loki, tempo, grpc, uri(options.get("spanway")), identity).run() ? 0 : 1;
    }
    String tempoBlock =
        grpc.equals(tempo)
            ? "tempo: { urls: ['%s'] }".formatted(tempo)
            : "tempo: { urls: ['%s'], grpcUrls: ['%s'] }".formatted(tempo, grpc);
    try (Spanway spanway = Spanway.start(program, work, loki, tempoBlock, List.of())) {
      return new Equal(loki, tempo, grpc, spanway.data(), identity).run() ? 0 : 1;
    }
  }

  private static int dashboard(Path program, Path work, Map<String, String> options)
      throws Exception {
    if (!options.containsKey("loki")) {
      throw new IOException("dashboard needs --loki URL (it writes some thousand lines to it)");
    }
    int counted = Peer.freePort();
    URI counting = URI.create("http://127.0.0.1:" + counted);
    String logcli = System.getenv("LOGCLI");
    Path found = logcli == null ? Machine.find("logcli") : Path.of(logcli);
    return Dashboard.run(
        uri(options.get("loki")).toString(),
        counted,
        () ->
            Spanway.start(
                    program, work, counting, "tempo: { urls: ['" + counting + "'] }", List.of())
                .data()
                .toString(),
        (int) Settings.number("USERS", 10),
        (int) Settings.number("REFRESHES", 12),
        found == null ? null : found.toString());
  }

  private static URI uri(String text) {
    return URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
  }

  private static long nowNs() {
    return System.currentTimeMillis() * 1_000_000;
  }
}
