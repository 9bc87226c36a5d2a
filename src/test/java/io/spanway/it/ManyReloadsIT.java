// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.spanway.app.SpanwayApp;
import io.spanway.config.ConfigException;
import io.spanway.config.ConfigLoader;
import io.spanway.config.LoadedConfig;
import io.spanway.testing.FakeUpstream;
import io.spanway.testing.RawClient;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a reload makes is gone after the next one, however many there are. */
final class ManyReloadsIT {
  private static final int RELOADS = 1000;
  private static final String LABELS = "/loki/api/v1/labels?start=1&end=2";
  private static final String TRACES = "/tempo-ds/plain";
  private static final String ANSWER = "{\"status\":\"success\",\"data\":[\"app\"]}";

  /** One of each is made by a configuration, or by a part of it that changed. */
  private static final List<String> MADE =
      List.of(
          "io.spanway.app.Generation",
          "io.spanway.app.UpstreamMonitor",
          "io.spanway.cache.ResponseCache",
          "io.spanway.correlate.Correlator",
          "io.spanway.proxy.PlanExecutor",
          "io.spanway.upstream.UpstreamClient",
          "io.spanway.upstream.UpstreamConnection");

  @TempDir private Path folder;

  private LoadedConfig config(FakeUpstream loki, FakeUpstream tempo, String more)
      throws IOException, ConfigException {
    Path file = folder.resolve("spanway.yaml");
    Files.writeString(
        file,
        """
        server: { listen: '127.0.0.1:0', threads: 2, drainTimeout: 1s }
        admin: { listen: '127.0.0.1:0' }
        reload: { interval: 0 }
        loki: { urls: ['%s'] }
        telemetry: { accessLog: { enabled: false } }
        """
                .formatted(loki.uri())
            + more.replace("TEMPO", tempo.uri().toString()));
    return ConfigLoader.load(file, Map.of());
  }

  /** Counts what is live on the heap, after a collection. */
  private static Map<String, Long> live() throws Exception {
    String histogram =
        (String)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "gcClassHistogram",
                    new Object[] {new String[0]},
                    new String[] {String[].class.getName()});
    Map<String, Long> counts = new TreeMap<>();
    for (String line : histogram.lines().toList()) {
      String[] words = line.strip().split("\\s+", 5);
      if (words.length >= 4 && MADE.contains(words[3])) {
        counts.put(words[3], Long.parseLong(words[1]));
      }
    }
    return counts;
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        // Workers end by themselves when they have had nothing to do for a while.
        .filter(name -> name.startsWith("spanway-") && !name.startsWith("spanway-worker"))
        // The look-ups of an upstream have a thread of another number each time.
        .map(name -> name.replaceAll("-[0-9]+(?=-)", ""))
        .sorted()
        .toList();
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }

  private static List<String> meters(RawClient admin) throws IOException {
    return admin
        .get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith("spanway_"))
        .map(line -> line.substring(0, line.lastIndexOf(' ')))
        .collect(Collectors.toList());
  }

  @Test
  void manyReloads_leaveNothingBehind() throws Exception {
    try (FakeUpstream loki = new FakeUpstream();
        FakeUpstream tempo = new FakeUpstream()) {
      loki.script((request, connection) -> connection.answer(200, ANSWER));
      tempo.script((request, connection) -> connection.answer(200, "{}"));
      List<LoadedConfig> variants = new ArrayList<>();
      String unchanged = "tempo: { urls: [TEMPO] }\n";
      variants.add(config(loki, tempo, unchanged));
      variants.add(config(loki, tempo, unchanged + "limits: { maxLogLimit: 7 }\n"));
      variants.add(config(loki, tempo, unchanged + "cache: { maxSize: 1MiB }\n"));
      variants.add(
          config(
              loki, tempo, unchanged + "derivedFields: [{ name: a, matcherRegex: 'a=(\\w+)' }]\n"));
      variants.add(config(loki, tempo, "tempo: { urls: [TEMPO], maxConnections: 7 }\n"));
      AtomicReference<LoadedConfig> file = new AtomicReference<>(variants.get(0));
      SpanwayApp app =
          SpanwayApp.start(variants.get(0).config(), file::get, "test", InstantSource.system());
      try (RawClient admin = RawClient.to(app.adminAddress());
          RawClient client = RawClient.to(app.dataAddress())) {
        reload(2 * variants.size(), variants, file, admin, client);
        List<String> threads = threads();
        List<String> meters = meters(admin);
        long descriptors = descriptors();
        Map<String, Long> live = live();

        reload(RELOADS, variants, file, admin, client);

        assertThat(live.keySet()).containsAll(MADE);
        await()
            .atMost(Duration.ofSeconds(20))
            .pollInterval(Duration.ofMillis(100))
            .untilAsserted(
                () -> {
                  // Other tests of this JVM may hold some; a probe may be under way at one time
                  // only.
                  assertThat(live())
                      .allSatisfy(
                          (name, count) ->
                              assertThat(count).as(name).isLessThanOrEqualTo(live.get(name) + 4));
                  assertThat(threads()).hasSizeLessThanOrEqualTo(threads.size());
                  assertThat(descriptors()).isLessThanOrEqualTo(descriptors + 8);
                });
        assertThat(meters(admin)).containsExactlyElementsOf(meters);
        // Each change of Tempo's keys makes its connections anew; Loki's have stayed.
        assertThat(connections(loki)).isLessThan(20);
        assertThat(connections(tempo)).isGreaterThan(RELOADS / variants.size());
      } finally {
        app.close();
      }
    }
  }

  private static int connections(FakeUpstream upstream) {
    return 1
        + upstream.requests().stream().mapToInt(FakeUpstream.Request::connection).max().orElse(-1);
  }

  private static void reload(
      int times,
      List<LoadedConfig> variants,
      AtomicReference<LoadedConfig> file,
      RawClient admin,
      RawClient client)
      throws IOException {
    for (int i = 1; i <= times; i++) {
      file.set(variants.get(i % variants.size()));
      RawClient.Answer reloaded =
          admin
              .send("POST /-/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
              .answer();
      assertThat(reloaded.status()).as(reloaded.body()).isEqualTo(200);
      assertThat(client.get(LABELS).body()).isEqualTo(ANSWER);
      assertThat(client.get(TRACES).body()).isEqualTo("{}");
    }
  }
}
