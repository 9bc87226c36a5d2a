// SPDX-License-Identifier: Apache-2.0

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;

/** What is held: by a cache whose questions change, and for connections that mostly say nothing. */
final class MemoryScenarios {
  /**
   * A cache of 16 MiB fits, no archives of classes are mapped, and glibc gives back what the
   * compilers no longer need.
   */
  private static final String SMALL_HEAP =
      "-Xmx36m -Xshare:off -XX:TrimNativeHeapInterval=1000";
  private static final int CONNECTIONS = 1000;
  private static final double IDLE_RATE = 100;

  /** Six requests of each; in the first seconds compilers still work on what was before. */
  private static final int IDLE_SECONDS = 60;

  private final Settings settings;
  private final Machine machine;
  private final LoadClient client;
  private final Report report;

  MemoryScenarios(Settings settings, Machine machine, LoadClient client, Report report) {
    this.settings = settings;
    this.machine = machine;
    this.client = client;
    this.report = report;
  }

  /** Other questions again and again: one in four is asked a second time some day. */
  void churn() throws IOException, InterruptedException {
    for (int kib : new int[] {2, 64, 1024}) {
      try (Peers peers = new Peers(machine, settings)) {
        peers.file("/loki/api/v1/labels", Peers.labels(kib));
        int origin = peers.origin().port();
        Peer spanway =
            peers.spanway(origin, "cache: { maxSize: 32MiB }", ProxyScenarios.JAVA_OPTIONS);
        LongFunction<ByteBuf> requests = questions(n -> n % 4 == 0 ? n % 400 : n);
        LoadClient.Result result =
            client.closed(
                new LoadClient.Ask(spanway.port(), null, requests, kib * 1024L),
                16,
                settings.warmUp());
        String name = "churn, %d KiB".formatted(kib);
        Report.Row row = Report.Row.of(name, "Spanway", null).withErrors(result.bad());
        row.samples("rate").add(result.rate());
        row.samples("rss").add(spanway.rssMib());
        report.add(row);
        Samples held = new Samples().add(held(spanway));
        report.add(new Report.Mark(name, "held of 32 MiB", held, false, 32, " MiB"));
      }
    }
  }

  /** Connections that are kept and ask something every ten seconds, behind a full cache. */
  void connections() throws IOException, InterruptedException {
    try (Peers peers = new Peers(machine, settings)) {
      peers.file("/loki/api/v1/labels", Peers.labels(2));
      int origin = peers.origin().port();
      var contenders = new ArrayList<Comparison.Contender>();
      Peer nginx = peers.nginx(origin, ";", "", "");
      contenders.add(new Comparison.Contender("nginx", nginx, ask(nginx)));
      Peer spanway = peers.spanway(origin, "cache: { maxSize: 16MiB }", SMALL_HEAP);
      contenders.add(new Comparison.Contender("Spanway", spanway, ask(spanway)));
      Peer haproxy = peers.haproxy(origin, "");
      if (haproxy != null) {
        contenders.add(new Comparison.Contender("HAProxy", haproxy, ask(haproxy)));
      }
      fill(spanway);
      String name = "connections, 1,000";
      report.note(
          "%s: each asks every %.0f s; Spanway's cache holds %.1f MiB; flags %s and those of ./spanway"
              .formatted(name, CONNECTIONS / IDLE_RATE, held(spanway), SMALL_HEAP));
      Report.Row yardstick = null;
      for (Comparison.Contender contender : contenders) {
        Report.Row row = idle(name, contender, yardstick);
        yardstick = yardstick == null ? row : yardstick;
        report.add(row);
        if (contender.name().equals("Spanway")) {
          report.add(
              new Report.Mark(
                  name, "resident, cache 16 MiB", row.samples("rss"), false, 128, " MiB"));
        }
      }
    }
  }

  /** Asks ever new questions until the cache does not grow any more. */
  private void fill(Peer spanway) throws IOException, InterruptedException {
    long[] asked = {0};
    LongFunction<ByteBuf> requests = questions(n -> asked[0]++);
    var ask = new LoadClient.Ask(spanway.port(), null, requests, 2048);
    client.closed(ask, 16, settings.warmUp());
    for (double before = 0, now = held(spanway); now > before; now = held(spanway)) {
      before = now;
      client.closed(ask, 16, 2);
    }
  }

  private Report.Row idle(String name, Comparison.Contender contender, Report.Row yardstick)
      throws IOException, InterruptedException {
    Samples rss = new Samples();
    ScheduledExecutorService looking = Executors.newSingleThreadScheduledExecutor();
    looking.scheduleAtFixedRate(
        () -> rss.add(contender.peer().rssMib()), 500, 500, TimeUnit.MILLISECONDS);
    Proc.Cpu before = contender.peer().cpu();
    LoadClient.Result result =
        client.open(contender.ask(), CONNECTIONS, IDLE_RATE, IDLE_SECONDS);
    looking.shutdownNow();
    looking.awaitTermination(5, TimeUnit.SECONDS);
    Report.Row row = Report.Row.of(name, contender.name(), yardstick).withErrors(result.bad());
    row.samples("cpu")
        .add(contender.peer().cpu().minus(before).total() / result.requests() * 10_000);
    row.samples("at").add(IDLE_RATE);
    row.latencies(result.latencies());
    rss.values().forEach(row.samples("rss")::add);
    return row;
  }

  private static LoadClient.Ask ask(Peer peer) {
    return new LoadClient.Ask(peer.port(), null, questions(n -> n % 1000), 2048);
  }

  private static LongFunction<ByteBuf> questions(LongFunction<Long> which) {
    return LoadClient.gets(
        n -> ProxyScenarios.LABELS + "&query=%7Ba%3D%22" + which.apply(n) + "%22%7D");
  }

  /** MiB that Spanway's cache says it holds. */
  private static double held(Peer spanway) throws IOException, InterruptedException {
    double sum = 0;
    URI admin = URI.create("http://127.0.0.1:" + spanway.adminPort());
    for (String line : new Loki(admin).text("/metrics").split("\n")) {
      if (line.startsWith("spanway_cache_bytes{") || line.startsWith("spanway_cache_bytes ")) {
        sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
      }
    }
    return sum / (1 << 20);
  }
}
