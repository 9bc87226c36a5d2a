// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Everything fails around a Spanway, for minutes: no answer may be wrong or somebody else's, nothing
 * may be left behind, and when the faults end everything is served again within five seconds.
 */
final class Chaos {
  private static final long SLOT_MILLIS = 2000;
  private static final int LOKIS = 3;
  private static final int TEMPOS = 2;

  private final long seed;
  private final long seconds;
  private final ChaosTally tally = new ChaosTally();
  private final List<ChaosUpstream> upstreams = new ArrayList<>();
  private volatile boolean storm = true;

  private Chaos(long seed, long seconds) {
    this.seed = seed;
    this.seconds = seconds;
  }

  /** Runs it; says whether all went well. */
  static boolean run(Path program, Path work, double minutes, long seed)
      throws IOException, InterruptedException {
    System.err.println("chaos: " + minutes + " minutes, --seed " + seed);
    return new Chaos(seed, (long) (minutes * 60)).run(program, work);
  }

  private String yaml(int variant) {
    List<String> lokis = new ArrayList<>();
    List<String> tempos = new ArrayList<>();
    for (int i = 0; i < LOKIS + TEMPOS; i++) {
      (i < LOKIS ? lokis : tempos).add(upstreams.get(i).uri().toString());
    }
    if (variant == 3) {
      lokis.remove(0);
    }
    String timeouts = "timeouts: { connect: 2s, firstByte: 3s, read: 3s, idle: 5s }";
    return """
    server: { listen: 127.0.0.1:0, headTimeout: 5s, bodyTimeout: 5s, writeTimeout: 5s, idleTimeout: 10s, maxConnections: 500 }
    admin: { listen: 127.0.0.1:0 }
    loki: { urls: %s, %s, retries: { budget: %d } }
    tempo: { urls: %s, %s }
    cache: { maxSize: %s, freshFor: 1s }
    limits: { maxInFlight: 100, maxTails: 60, maxMemory: %s, queue: { size: 100, timeout: 2s } }
    derivedFields: [{ name: TraceID, matcherRegex: 'trace_id=(\\w+)', url: 'http://x/${__value.raw}' }]
    reload: { interval: 1s }
    telemetry: { accessLog: { enabled: false } }
    """
        .formatted(
            lokis,
            timeouts,
            variant == 1 ? 50 : 10,
            tempos,
            variant == 2 ? timeouts.replace("5s", "4s") : timeouts,
            variant == 4 ? "8MiB" : "32MiB",
            variant == 5 ? "4MiB" : "24MiB");
  }

  private boolean run(Path program, Path work) throws IOException, InterruptedException {
    Set<String> pushes = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < LOKIS + TEMPOS; i++) {
      upstreams.add(new ChaosUpstream(i, seed, tally, pushes));
    }
    String options =
        "-Xmx128m -Dio.netty.leakDetection.level=advanced"
            + " -Dio.netty.leakDetection.samplingInterval=16";
    try (ChaosProcess spanway = ChaosProcess.start(program, work, yaml(0), options)) {
      try {
        ChaosClients warm = new ChaosClients(spanway.data(), seed, new ChaosTally());
        warm.start(6, 3, 2);
        Thread.sleep(8000);
        warm.end();
        settle(spanway, null);
        Standing before = standing(spanway);
        System.err.println("chaos: before, " + before);

        ChaosClients clients = new ChaosClients(spanway.data(), seed, tally);
        ChaosTally.thread("moods", this::moods);
        ChaosTally.thread("reloads", () -> reloads(spanway));
        clients.start(12, 6, 8);
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (System.nanoTime() - until < 0 && spanway.isAlive()) {
          Thread.sleep(200);
          if (spanway.metrics().isEmpty()) {
            tally.failure("metrics", "are empty");
          }
        }
        storm = false;
        clients.endPlague();
        recover(spanway, clients);
        clients.end();
        Thread.sleep(500);
        leftovers(spanway, before);
      } catch (IOException e) {
        tally.failure("spanway", (spanway.isAlive() ? "lives, but " : "is dead: ") + e);
      }
      if (!spanway.isAlive()) {
        tally.failure("spanway", "ended by itself");
      }
      look(spanway.log());
    } finally {
      for (ChaosUpstream each : upstreams) {
        each.close();
      }
    }
    long right = tally.sum("good clients: 200");
    long all = tally.sum("good clients: ");
    if (right * 5 < all) {
      tally.failure("chaos", "only " + right + " of " + all + " answers were 200: shows little");
    }
    System.out.println("chaos, " + seconds + " s, seed " + seed);
    System.out.print(tally.table());
    System.out.println();
    System.out.println(tally.failed() == 0 ? "Passed." : tally.failed() + " failures.");
    return tally.failed() == 0;
  }

  /** How each replica is, slot by slot; the seed says it. */
  private void moods() {
    long slot = 0;
    while (storm) {
      for (int i = 0; i < upstreams.size(); i++) {
        Random random = new Random(seed * 1_000_003 + slot * 101 + i);
        random.nextInt();
        int dice = random.nextInt(10);
        mood(
            i,
            dice < 3
                ? ChaosUpstream.Mood.WELL
                : dice < 7
                    ? ChaosUpstream.Mood.SICK
                    : dice < 8 ? ChaosUpstream.Mood.SLOW : ChaosUpstream.Mood.DOWN);
      }
      slot++;
      pause(SLOT_MILLIS);
    }
  }

  private void mood(int number, ChaosUpstream.Mood mood) {
    try {
      upstreams.get(number).mood(mood);
    } catch (IOException e) {
      // Somebody has its port for the moment; the next slot tries again.
      tally.came("upstream: cannot listen again");
    }
  }

  private void reloads(ChaosProcess spanway) {
    Random random = new Random(seed + 5);
    while (storm) {
      try {
        boolean valid = random.nextInt(4) != 0;
        String yaml = yaml(random.nextInt(6));
        spanway.rewrite(
            valid ? yaml : random.nextBoolean() ? yaml + "nonsense: 1\n" : yaml.replace(']', '['));
        tally.thrown(valid ? "reload: another file" : "reload: a file that cannot be used");
        if (random.nextBoolean()) {
          tally.thrown("reload: SIGHUP");
          spanway.hangUp();
        }
        if (random.nextBoolean()) {
          tally.thrown("reload: POST /-/reload");
          ChaosWire.Answer answer = spanway.admin("POST", "/-/reload");
          if (answer.status() != (valid ? 200 : 422)) {
            tally.failure("reload", answer.status() + " " + answer.text());
          }
          tally.came("reload: " + answer.status());
        }
        pause(random.nextInt(1500));
      } catch (IOException e) {
        if (storm) {
          tally.failure("reload", "not answered: " + e);
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private void recover(ChaosProcess spanway, ChaosClients clients)
      throws IOException, InterruptedException {
    for (int tries = 0; tries < 20; tries++) {
      for (int i = 0; i < upstreams.size(); i++) {
        mood(i, ChaosUpstream.Mood.WELL);
      }
      Thread.sleep(10);
    }
    spanway.rewrite(yaml(0));
    spanway.admin("POST", "/-/reload");
    long since = System.nanoTime();
    Thread.sleep(12_000);
    long ms = Math.max(0, TimeUnit.NANOSECONDS.toMillis(clients.lastBadNanos() - since));
    System.err.println("chaos: served again after " + ms + " ms");
    tally.came("recovery: last error after the end of all faults, in tenths of a second " + ms / 100);
    if (ms > 5000) {
      tally.failure("recovery", "errors " + ms + " ms after the end of all faults");
    }
  }

  /** What it has when nobody asks anything. */
  private record Standing(long descriptors, long threads, double direct, double heap) {
    @Override
    public String toString() {
      return descriptors
          + " descriptors, "
          + threads
          + " threads, direct "
          + ChaosProcess.mib(direct)
          + " MiB, heap "
          + ChaosProcess.mib(heap)
          + " MiB";
    }
  }

  private static Standing standing(ChaosProcess spanway) throws IOException, InterruptedException {
    spanway.collect();
    String metrics = spanway.metrics();
    return new Standing(
        spanway.descriptors(),
        spanway.status("Threads"),
        ChaosProcess.metric(metrics, "jvm_buffer_memory_used_bytes", "\"direct\""),
        ChaosProcess.metric(metrics, "jvm_memory_used_bytes", "\"heap\""));
  }

  /** Waits until nothing is under way and idle connections are gone; null if that comes about. */
  private static String settle(ChaosProcess spanway, Standing before)
      throws IOException, InterruptedException {
    String left = "";
    for (int i = 0; i < 150; i++) {
      String metrics = spanway.metrics();
      left = "";
      for (String gauge :
          new String[] {
            "spanway_requests_in_flight", "spanway_tails", "spanway_admission_waiting",
            "spanway_memory_held_bytes"
          }) {
        double value = ChaosProcess.metric(metrics, gauge);
        left += value == 0 ? "" : gauge + " " + value + " ";
      }
      // Spanway's own looks at its upstreams, and the scrape's connection.
      left += atMost(metrics, "spanway_client_connections", 1);
      left += atMost(metrics, "spanway_upstream_connections", before == null ? 4 : 6);
      if (before != null && spanway.descriptors() > before.descriptors() + 8) {
        left += spanway.descriptors() + " descriptors (before: " + before.descriptors() + ")";
      }
      if (left.isEmpty()) {
        return null;
      }
      Thread.sleep(200);
    }
    return left;
  }

  private static String atMost(String metrics, String gauge, int most) {
    double value = ChaosProcess.metric(metrics, gauge);
    return value <= most ? "" : gauge + " " + value + " ";
  }

  private void leftovers(ChaosProcess spanway, Standing before)
      throws IOException, InterruptedException {
    String left = settle(spanway, before);
    if (left != null) {
      tally.failure("leftovers", left);
    }
    // Buffers that were lost are told of when others are made.
    for (int i = 0; i < 3; i++) {
      spanway.collect();
      ChaosClients few = new ChaosClients(spanway.data(), seed, new ChaosTally());
      few.start(4, 0, 0);
      Thread.sleep(1500);
      few.end();
    }
    settle(spanway, before);
    Standing after = standing(spanway);
    System.err.println("chaos: after, " + after);
    if (after.threads() > before.threads() + 6) {
      tally.failure("leftovers", after.threads() + " threads (before: " + before.threads() + ")");
    }
    if (after.direct() > before.direct() * 1.5 + (16 << 20)) {
      tally.failure("leftovers", "before, " + before + "; after, " + after);
    }
    tally.came("standing before: " + before);
    tally.came("standing after: " + after);
  }

  /** Looks for what a log must not say. */
  private void look(String log) throws IOException {
    TreeMap<String, Integer> warnings = new TreeMap<>();
    for (String line : log.split("\n")) {
      if (line.contains("LEAK") || line.contains(" ERROR ") || line.startsWith("\tat ")) {
        tally.failure("log", line);
      } else if (line.contains(" WARN ")) {
        String text = line.substring(line.indexOf(" WARN ") + 6).replaceAll("[0-9]+", "N");
        warnings.merge(text.substring(0, Math.min(110, text.length())), 1, Integer::sum);
      }
    }
    warnings.entrySet().stream()
        .sorted((a, b) -> b.getValue() - a.getValue())
        .limit(12)
        .forEach(e -> tally.came("log: " + e.getValue() + " x " + e.getKey()));
    if (tally.failed() > 0) {
      Path kept = Files.createTempFile("spanway-chaos", ".log");
      Files.writeString(kept, log);
      System.err.println("chaos: its log is kept in " + kept);
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
