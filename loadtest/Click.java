// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** What a click on "Logs for this span" costs Loki, and takes, direct and through Spanway. */
final class Click {
  private static final int LIMIT = 1000;

  /** Grafana's tags, where nobody told it Loki's labels, and where somebody did. */
  private static final String WRONG = "{service_name=\"%s\", namespace=\"shop\"}";

  private static final String RIGHT = "{app=\"%s\", ns=\"shop\"}";

  private final Forwarder forwarder;
  private final Loki direct;
  private final Map<String, Spanway> spanways;
  private final Map<String, Loki> through = new LinkedHashMap<>();
  private final Seed seed;
  private final int rounds;
  private final List<Result> results = new ArrayList<>();
  private final List<Mark> marks = new ArrayList<>();

  Click(Forwarder forwarder, Map<String, Spanway> spanways, Seed seed, int rounds) {
    this.forwarder = forwarder;
    this.spanways = spanways;
    this.seed = seed;
    this.rounds = rounds;
    direct = new Loki(forwarder.uri());
    spanways.forEach((name, spanway) -> through.put(name, new Loki(spanway.data())));
  }

  /** What one sequence of requests came to. */
  record Sample(int asked, int rows, int requests, int searches, long bytes, double millis) {}

  /** The samples of one side of a scenario; what is counted is the median as what is timed. */
  record Result(String scenario, String window, String side, List<Sample> samples) {
    double median(ToDoubleFunction<Sample> of) {
      return Click.median(samples.stream().mapToDouble(of).sorted().toArray());
    }

    double least() {
      return samples.stream().mapToDouble(Sample::millis).min().orElse(0);
    }

    double most() {
      return samples.stream().mapToDouble(Sample::millis).max().orElse(0);
    }
  }

  private static double median(double[] sorted) {
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  /** A figure, what it should be at most, and whether it is. */
  record Mark(
      String scenario, String window, String what, String limit, String result, boolean met) {}

  /** Sends what Grafana sends and returns how many rows it shows. */
  private interface Sequence {
    int[] send(Loki loki, boolean direct) throws IOException, InterruptedException;
  }

  void run() throws IOException, InterruptedException {
    // First, while there is something young.
    repeated();
    for (Seed.Kind kind : List.of(Seed.Kind.TEXT_HOUR, Seed.Kind.TEXT_SHORT)) {
      Map<String, Result> sides =
          compare("labels do not match", kind, List.of("both"), this::wrong);
      marks("labels do not match", kind, sides, 0.35, Double.NaN);
    }
    for (Seed.Kind kind : List.of(Seed.Kind.MIXED_HOUR, Seed.Kind.MIXED_SHORT)) {
      Map<String, Result> sides = compare("first variant hits", kind, List.of("both"), this::right);
      marks("first variant hits", kind, sides, 2.1, 1.2);
    }
    for (Seed.Kind kind : List.of(Seed.Kind.MIXED_HOUR, Seed.Kind.MIXED_SHORT)) {
      Map<String, Result> sides = compare("g4", kind, List.of("both", "line"), this::g4);
      mark("g4", kind, "wall time, one half", 0.6, ratios(sides, "line", Sample::millis));
      mark("g4", kind, "wall time, both halves", Double.NaN, ratios(sides, "both", Sample::millis));
    }
  }

  /** The ratios to the direct side within the rounds: noise that lasts longer cancels out. */
  private static double[] ratios(
      Map<String, Result> sides, String side, ToDoubleFunction<Sample> of) {
    List<Sample> direct = sides.get("direct").samples();
    List<Sample> samples = sides.get(side).samples();
    return IntStream.range(0, samples.size())
        .mapToDouble(i -> of.applyAsDouble(samples.get(i)) / of.applyAsDouble(direct.get(i)))
        .sorted()
        .toArray();
  }

  // The sequences.

  private Sequence wrong(Seed.Trace trace) {
    return (loki, isDirect) -> dynamic(loki, isDirect, trace, WRONG);
  }

  private Sequence right(Seed.Trace trace) {
    return (loki, isDirect) -> dynamic(loki, isDirect, trace, RIGHT);
  }

  /** One attempt after the other until one finds a line, then the click. */
  private static int[] dynamic(Loki loki, boolean isDirect, Seed.Trace trace, String selector)
      throws IOException, InterruptedException {
    String service = trace.kind().service;
    int asked = 0;
    for (String query :
        Grafana.g5(selector.formatted(service), service, trace.id(), trace.span())) {
      asked++;
      if (!loki.logs(ask(query, trace, isDirect, 1)).isEmpty()) {
        return new int[] {asked + 1, loki.logs(ask(query, trace, isDirect, LIMIT)).size()};
      }
    }
    return new int[] {asked, 0};
  }

  private Sequence g4(Seed.Trace trace) {
    String selector = RIGHT.formatted(trace.kind().service);
    String query = Grafana.g4(selector, trace.id(), null, "or");
    return (loki, isDirect) -> new int[] {1, loki.logs(ask(query, trace, isDirect, LIMIT)).size()};
  }

  /** Grafana's window; on the direct side Grafana itself has the shifts that Spanway has. */
  private static Loki.Ask ask(String query, Seed.Trace trace, boolean isDirect, int limit) {
    long shift = isDirect ? Spanway.SHIFT : 0;
    return new Loki.Ask(query, trace.start() - shift, trace.end() + shift, limit, false);
  }

  // Measuring.

  private interface ForTrace {
    Sequence of(Seed.Trace trace);
  }

  private Map<String, Result> compare(
      String scenario, Seed.Kind kind, List<String> instances, ForTrace sequence)
      throws IOException, InterruptedException {
    Map<String, Result> sides = new LinkedHashMap<>();
    List<String> order = new ArrayList<>(List.of("direct"));
    order.addAll(instances);
    for (String side : order) {
      sides.put(side, new Result(scenario, window(kind), side, new ArrayList<>()));
    }
    // Each round has a trace of its own, so that none finds what another left; the first warms up.
    for (int round = 0; round <= rounds; round++) {
      int n = (scenario.equals("g4") ? Seed.TRACES / 2 : 0) + round;
      Seed.Trace trace = seed.trace(kind, n);
      for (String side : order) {
        Sample sample = sample(side, sequence.of(trace));
        if (round > 0) {
          sides.get(side).samples().add(sample);
        }
      }
      Collections.reverse(order);
    }
    results.addAll(sides.values());
    return sides;
  }

  private Sample sample(String side, Sequence sequence) throws IOException, InterruptedException {
    boolean isDirect = side.equals("direct");
    long before = isDirect ? 0 : spanways.get(side).upstreamRequests();
    forwarder.take();
    long start = System.nanoTime();
    int[] asked = sequence.send(isDirect ? direct : through.get(side), isDirect);
    double millis = (System.nanoTime() - start) / 1e6;
    Forwarder.Count count = forwarder.take();
    if (!count.refused.isEmpty()) {
      throw new IOException("refused: " + count.refused);
    }
    long own = isDirect ? count.requests : spanways.get(side).upstreamRequests() - before;
    if (own != count.requests) {
      throw new IOException(
          "spanway's metrics say " + own + " requests, the forwarder " + count.paths);
    }
    return new Sample(asked[0], asked[1], count.requests, count.searches, count.bytes, millis);
  }

  private void marks(
      String scenario, Seed.Kind kind, Map<String, Result> sides, double bytes, double wall) {
    Result both = sides.get("both");
    double requests = both.samples().stream().mapToInt(Sample::requests).max().orElse(0);
    mark(scenario, kind, "requests to Loki", 2, requests);
    double found = both.samples().stream().mapToInt(Sample::rows).min().orElse(0);
    boolean all = found == kind.lines;
    marks.add(
        new Mark(
            scenario,
            window(kind),
            "lines found",
            "all of " + kind.lines,
            "%.0f".formatted(found),
            all));
    mark(scenario, kind, "bytes", bytes, ratios(sides, "both", Sample::bytes));
    mark(scenario, kind, "wall time", wall, ratios(sides, "both", Sample::millis));
  }

  private void mark(String scenario, Seed.Kind kind, String what, double limit, double... results) {
    boolean none = Double.isNaN(limit);
    double result = median(results);
    String text =
        results.length == 1
            ? new BigDecimal(String.format(Locale.ROOT, "%.2f", result))
                .stripTrailingZeros()
                .toPlainString()
            : String.format(
                Locale.ROOT, "%.2f (%.2f-%.2f)", result, results[0], results[results.length - 1]);
    marks.add(
        new Mark(
            scenario,
            window(kind),
            what,
            none
                ? "–"
                : "at most " + new BigDecimal(limit + "").stripTrailingZeros().toPlainString(),
            text,
            none || result <= limit));
  }

  private static String window(Seed.Kind kind) {
    return switch (kind) {
      case TEXT_HOUR, MIXED_HOUR -> "1 h";
      case TEXT_SHORT, MIXED_SHORT -> "4.5 s";
      case TEXT_40_MINUTES, TEXT_5_MINUTES -> "4.5 s";
    };
  }

  // The same span clicked again.

  private void repeated() throws IOException, InterruptedException {
    List<Seed.Kind> kinds =
        List.of(
            Seed.Kind.MIXED_SHORT,
            Seed.Kind.TEXT_SHORT,
            Seed.Kind.TEXT_40_MINUTES,
            Seed.Kind.TEXT_5_MINUTES);
    long start = System.nanoTime();
    List<Integer> times = List.of(0, 1, 20, 50);
    Map<Seed.Kind, Long> ages = new LinkedHashMap<>();
    for (Seed.Kind kind : kinds) {
      long end = seed.trace(kind, Seed.TRACES - 1).end() / 1_000_000;
      ages.put(kind, (System.currentTimeMillis() - end) / 60_000);
    }
    Map<Seed.Kind, Map<Integer, Sample>> all = new LinkedHashMap<>();
    for (int after : times) {
      long left = after * 1000L - (System.nanoTime() - start) / 1_000_000;
      Thread.sleep(Math.max(left, 0));
      for (Seed.Kind kind : kinds) {
        Sample sample = sample("both", wrong(seed.trace(kind, Seed.TRACES - 1)));
        all.computeIfAbsent(kind, k -> new LinkedHashMap<>()).put(after, sample);
      }
    }
    all.forEach(
        (kind, samples) -> {
          String where =
              (ages.get(kind) < 60 ? ages.get(kind) + " min old" : "over an hour old")
                  + (kind.mixed() ? ", lines in both halves" : ", lines in one half");
          samples.forEach(
              (after, sample) -> {
                String scenario =
                    after == 0 ? "clicked, " + where : "again after " + after + " s, " + where;
                results.add(new Result(scenario, window(kind), "both", List.of(sample)));
                if (after > 0) {
                  mark(scenario, kind, "searches", 0, sample.searches());
                }
              });
        });
  }

  // Telling.

  String table() {
    var out = new StringBuilder();
    out.append(
        "| scenario | window | side | Grafana asks | lines | requests to Loki | of them searches |"
            + " totalBytesProcessed | wall ms |\n");
    out.append("| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (Result result : results) {
      out.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %s | %.0f | %.0f | %.0f | %.0f | %,.0f | %.0f (%.0f-%.0f) |%n",
              result.scenario(),
              result.window(),
              side(result.side()),
              result.median(Sample::asked),
              result.median(Sample::rows),
              result.median(Sample::requests),
              result.median(Sample::searches),
              result.median(Sample::bytes),
              result.median(Sample::millis),
              result.least(),
              result.most()));
    }
    out.append("\n| scenario | window | through, or through : direct | mark | result | |\n");
    out.append("| --- | --- | --- | --- | --- | --- |\n");
    for (Mark mark : marks) {
      String verdict = mark.limit().equals("–") ? "" : mark.met() ? "met" : "**missed**";
      out.append(
          "| "
              + String.join(
                  " | ",
                  mark.scenario(),
                  mark.window(),
                  mark.what(),
                  mark.limit(),
                  mark.result(),
                  verdict)
              + " |\n");
    }
    return out.toString();
  }

  private static String side(String name) {
    return switch (name) {
      case "both" -> "through";
      case "line" -> "through, one half";
      default -> name;
    };
  }

  String json() {
    List<String> all = new ArrayList<>();
    for (Result result : results) {
      for (Sample s : result.samples()) {
        all.add(
            String.format(
                Locale.ROOT,
                "{\"scenario\":%s,\"window\":%s,\"side\":%s,\"asked\":%d,\"lines\":%d,"
                    + "\"requests\":%d,\"searches\":%d,\"bytes\":%d,\"wallMs\":%.3f}",
                Loki.quoted(result.scenario()),
                Loki.quoted(result.window()),
                Loki.quoted(result.side()),
                s.asked(),
                s.rows(),
                s.requests(),
                s.searches(),
                s.bytes(),
                s.millis()));
      }
    }
    List<String> told = new ArrayList<>();
    for (Mark mark : marks) {
      told.add(
          String.format(
              "{\"scenario\":%s,\"window\":%s,\"what\":%s,\"mark\":%s,\"result\":%s,\"met\":%b}",
              Loki.quoted(mark.scenario()),
              Loki.quoted(mark.window()),
              Loki.quoted(mark.what()),
              Loki.quoted(mark.limit()),
              Loki.quoted(mark.result()),
              mark.met()));
    }
    return "{\"samples\":[\n"
        + String.join(",\n", all)
        + "],\n\"marks\":[\n"
        + String.join(",\n", told)
        + "]}\n";
  }
}
