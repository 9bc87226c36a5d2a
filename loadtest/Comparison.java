// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures contenders one after the other, round by round, so that whatever else the machine does
 * hits all of them. The figures: {@code rate} (requests a second as fast as answers come), {@code
 * cpu} (seconds for 10,000 requests), {@code system} (the kernel's part), {@code busy} (of one
 * processor), {@code others} (of one processor, what has nothing to do with it); at the rate {@code
 * at}, {@code p50} to {@code p99.9} in ms and {@code openCpu}; {@code rss} in MiB.
 */
final class Comparison {
  private final Settings settings;
  private final LoadClient client;
  private final Report report;

  Comparison(Settings settings, LoadClient client, Report report) {
    this.settings = settings;
    this.client = client;
    this.report = report;
  }

  /**
   * A server that is measured.
   *
   * @param peer its process; null for one whose cost does not matter
   */
  record Contender(String name, Peer peer, LoadClient.Ask ask) {}

  /**
   * Measures all and puts their rows into the report. The first is the yardstick.
   *
   * @param open whether latencies at a fixed rate are measured, too
   * @return the rows by the contenders' names
   */
  Map<String, Report.Row> run(String scenario, List<Contender> contenders, boolean open)
      throws IOException, InterruptedException {
    System.err.println("loadtest: " + scenario + ", " + contenders.size() + " contenders");
    for (Contender contender : contenders) {
      warmUp(contender);
    }
    Map<String, Report.Row> rows = new LinkedHashMap<>();
    Report.Row yardstick = Report.Row.of(scenario, contenders.get(0).name(), null);
    for (Contender contender : contenders) {
      rows.put(
          contender.name(),
          contender == contenders.get(0)
              ? yardstick
              : Report.Row.of(scenario, contender.name(), yardstick));
    }
    Map<String, Long> errors = new LinkedHashMap<>();
    for (int round = 0; round < settings.rounds(); round++) {
      for (Contender contender : contenders) {
        Report.Row row = rows.get(contender.name());
        errors.merge(contender.name(), closed(contender, row), Long::sum);
        tidy(contender, row);
      }
    }
    // All rounds' median, since one rate for all must not hang on a single moment.
    double half = yardstick.samples("rate").median() / 2;
    double at = settings.rate() > 0 ? settings.rate() : half;
    for (int round = 0; open && round < settings.rounds(); round++) {
      for (Contender contender : contenders) {
        Report.Row row = rows.get(contender.name());
        errors.merge(contender.name(), open(contender, row, at), Long::sum);
        tidy(contender, row);
      }
    }
    var finished = new LinkedHashMap<String, Report.Row>();
    rows.forEach(
        (name, row) -> {
          Report.Row counted = row.withErrors(errors.get(name));
          report.add(counted);
          finished.put(name, counted);
        });
    return finished;
  }

  private static void tidy(Contender contender, Report.Row row) throws IOException {
    if (contender.peer() != null) {
      row.samples("rss").add(contender.peer().rssMib());
      contender.peer().emptyOutput();
    }
  }

  /** Load by time, since it is work done that the compiler goes by. */
  private void warmUp(Contender contender) throws IOException, InterruptedException {
    boolean compiles = contender.peer() != null && contender.peer().compiles();
    double all = compiles ? settings.warmUp() : Math.min(3, settings.warmUp());
    double last = Math.min(1, all / 2);
    try {
      client.closed(contender.ask(), settings.connections(), all - last);
    } catch (IOException e) {
      String said = contender.peer() == null ? "" : contender.peer().said();
      throw new IOException(contender.name() + ": " + e.getMessage() + " " + said, e);
    }
    LoadClient.Result result = client.closed(contender.ask(), settings.connections(), last);
    if (result.bad() == result.requests()) {
      throw new IOException(contender.name() + " gives no right answer: " + result);
    }
    if (contender.peer() != null) {
      contender.peer().emptyOutput();
    }
  }

  private long closed(Contender contender, Report.Row row)
      throws IOException, InterruptedException {
    Clocks before = new Clocks(contender);
    LoadClient.Result result =
        client.run(contender.ask(), settings.connections(), 0, settings.seconds(), before::read);
    Clocks after = new Clocks(contender);
    after.read();
    row.samples("others").add(after.others(before));
    row.samples("rate").add(result.rate());
    row.samples("MB/s").add(result.bytes() / result.seconds() / 1e6);
    if (contender.peer() != null) {
      Proc.Cpu used = after.contender.minus(before.contender);
      row.samples("cpu").add(used.total() / result.requests() * 10_000);
      row.samples("system").add(used.system() / result.requests() * 10_000);
      row.samples("busy").add(used.total() / result.seconds());
    }
    return result.bad();
  }

  private long open(Contender contender, Report.Row row, double at)
      throws IOException, InterruptedException {
    Clocks before = new Clocks(contender);
    LoadClient.Result result =
        client.run(contender.ask(), settings.connections(), at, settings.seconds(), before::read);
    Clocks after = new Clocks(contender);
    after.read();
    row.samples("at").add(at);
    row.latencies(result.latencies());
    if (contender.peer() != null) {
      double used = after.contender.minus(before.contender).total();
      row.samples("openCpu").add(used / result.requests() * 10_000);
    }
    return result.bad();
  }

  /** What was used until a moment. */
  private static final class Clocks {
    private final Peer peer;
    private Proc.Cpu contender = new Proc.Cpu(0, 0);
    private double all;
    private double own;
    private long nanos;

    Clocks(Contender contender) {
      peer = contender.peer();
    }

    void read() {
      nanos = System.nanoTime();
      contender = peer == null ? contender : peer.cpu();
      all = Machine.busySeconds();
      // Of this process and of all that it started.
      own = Proc.cpu(ProcessHandle.current()).total();
    }

    double others(Clocks earlier) {
      double elsewhere = all - earlier.all - own + earlier.own;
      return Math.max(0, elsewhere) / ((nanos - earlier.nanos) / 1e9);
    }
  }
}
