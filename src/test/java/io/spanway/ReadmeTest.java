// SPDX-License-Identifier: Apache-2.0
package io.spanway;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import io.spanway.annotate.AnnotateListener.Fallback;
import io.spanway.cache.BypassReason;
import io.spanway.cache.CacheListener.Removal;
import io.spanway.cache.CacheStats;
import io.spanway.cache.CacheStatus;
import io.spanway.cache.RedisStats;
import io.spanway.config.ConfigLoader;
import io.spanway.config.ConfigProblem;
import io.spanway.config.GatewayConfig;
import io.spanway.http.ProxyError;
import io.spanway.http.TraceContext;
import io.spanway.observe.AnnotateMeters;
import io.spanway.observe.CacheMeters;
import io.spanway.observe.GatewayMeters;
import io.spanway.observe.OtlpConfig;
import io.spanway.observe.PoolMeters;
import io.spanway.observe.Tracing;
import io.spanway.proxy.AdmissionControl;
import io.spanway.proxy.ExchangeSummary;
import io.spanway.proxy.LimitsConfig;
import io.spanway.route.BackendKind;
import io.spanway.route.Operation;
import io.spanway.units.DataSize;
import io.spanway.units.Secret;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** What people read names all that there is, and nothing that is gone. */
final class ReadmeTest {
  private static final Path README = Path.of("README.md");
  private static final Path FULL = Path.of("config", "full.yaml");
  private static final Path PROVISIONING = Path.of("config", "grafana", "datasources.yaml");
  private static final Path SOURCES = Path.of("src", "main", "java", "io", "spanway");
  private static final YAMLMapper YAML = YAMLMapper.builder().build();

  @Test
  void configuration_isInTheTableKeyByKey() throws IOException {
    Set<String> keys = new TreeSet<>();
    collectKeys(GatewayConfig.class, "", keys);

    assertThat(rows(section("Configuration")).keySet()).containsExactlyInAnyOrderElementsOf(keys);
  }

  @Test
  void defaultsOfTheTable_areThoseOfTheFullFile() throws IOException {
    Map<String, String> defaults = new TreeMap<>();
    collectScalars(YAML.readTree(Files.readString(FULL)), "", defaults);
    Map<String, String> rows = rows(section("Configuration"));

    assertThat(defaults).containsKeys("server.listen", "cache.ttl.traces.day");
    defaults.forEach(
        (key, value) -> assertThat(rows.get(key)).as(key).contains("| `" + value + "` |"));
  }

  @Test
  void metrics_areInTheTableWithTheirLabels() throws IOException {
    Map<String, String> rows = rows(section("Metrics"));
    Map<String, Set<String>> metrics = metrics(scrapeOfEverything());

    assertThat(rows.keySet()).containsExactlyInAnyOrderElementsOf(metrics.keySet());
    metrics.forEach(
        (name, labels) ->
            assertThat(labels)
                .allSatisfy(label -> assertThat(rows.get(name)).contains("`" + label + "`")));
  }

  /** Otherwise a new meter would be one that this test does not drive, and nobody would miss it. */
  @Test
  void metersOfTheSources_areAllDriven() throws IOException {
    Set<String> driven = metrics(scrapeOfEverything()).keySet();
    Set<String> named = new TreeSet<>();
    for (Path source : list(SOURCES.resolve("observe"))) {
      named.addAll(matches("\"(spanway(?:\\.[a-z]+)+)\"", Files.readString(source)));
    }

    assertThat(named).hasSizeGreaterThan(10);
    assertThat(named)
        .allSatisfy(
            name ->
                assertThat(driven)
                    .as(name)
                    .anyMatch(metric -> metric.startsWith(name.replace('.', '_'))));
  }

  @ParameterizedTest
  @EnumSource
  void errorFlag_hasItsRow(ProxyError error) throws IOException {
    String repeat =
        switch (error.retry()) {
          case NEVER -> "no";
          case READS -> "reads";
          case SAFE -> "yes";
        };

    assertThat(rows(section("Error flags")).get(error.flag()))
        .startsWith("| `%s` | %d | `%s` |".formatted(error.flag(), error.status(), error.id()))
        .endsWith("| " + repeat + " |");
  }

  @Test
  void headersOfOurOwn_areInTheTable() throws IOException {
    Set<String> headers = new TreeSet<>();
    try (Stream<Path> sources = Files.walk(SOURCES)) {
      for (Path source : sources.filter(Files::isRegularFile).toList()) {
        headers.addAll(matches("\"(X-Spanway-[A-Za-z-]+)\"", Files.readString(source)));
      }
    }

    assertThat(headers).contains("X-Spanway-Cache", "X-Spanway-Warning");
    assertThat(rows(section("Headers")).keySet()).containsAll(headers);
  }

  @ParameterizedTest
  @EnumSource
  void outcomeOfTheCache_isInTheTable(CacheStatus status) throws IOException {
    assertThat(rows(section("Headers")).get("X-Spanway-Cache")).contains("`" + status.id());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "README.md",
        "CONTRIBUTING.md",
        "RATIONALE.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "loadtest/README.md"
      })
  void relativeLinks_leadSomewhere(String file) throws IOException {
    Path page = Path.of(file);
    String text = Files.readString(page);

    for (String link : matches("\\]\\(([^)\\s]+)\\)", text)) {
      if (link.startsWith("https://")) {
        continue;
      }
      int hash = link.indexOf('#');
      String target = hash < 0 ? link : link.substring(0, hash);
      Path leadsTo = target.isEmpty() ? page : page.resolveSibling(target);
      assertThat(leadsTo).as("%s in %s", link, file).exists();
      if (hash >= 0) {
        assertThat(anchors(Files.readString(leadsTo)))
            .as("%s in %s", link, file)
            .contains(link.substring(hash + 1));
      }
    }
  }

  @Test
  void provisioningSample_isWhatGrafanaReads() throws IOException {
    String text = Files.readString(PROVISIONING);
    JsonNode sources = YAML.readTree(text).path("datasources");

    JsonNode tempo = sources.path(0);
    JsonNode loki = sources.path(1);
    assertThat(tempo.path("type").asString()).isEqualTo("tempo");
    assertThat(loki.path("type").asString()).isEqualTo("loki");
    assertThat(tempo.path("url")).isEqualTo(loki.path("url"));
    JsonNode block = tempo.path("jsonData").path("tracesToLogsV2");
    assertThat(block.path("datasourceUid")).isEqualTo(loki.path("uid"));
    assertThat(block.path("filterByTraceID").asBoolean()).isTrue();
    assertThat(block.path("spanStartTimeShift").asString()).isEqualTo("0");
    assertThat(block.path("spanEndTimeShift").asString()).isEqualTo("0");
    JsonNode field = loki.path("jsonData").path("derivedFields").path(0);
    assertThat(field.path("datasourceUid")).isEqualTo(tempo.path("uid"));
    assertThat(field.path("matcherRegex").asString()).isEqualTo("^TraceID$$");
    // Grafana expands a single $ as an environment variable.
    assertThat(text.lines().filter(line -> !line.strip().startsWith("#")))
        .allSatisfy(line -> assertThat(line.replace("$$", "")).doesNotContain("$"));
  }

  @Test
  void provisioningSampleOfTheReadme_agreesWithTheFile() throws IOException {
    JsonNode file = YAML.readTree(Files.readString(PROVISIONING)).path("datasources");
    JsonNode readme = YAML.readTree(yaml(section("Grafana"))).path("datasources");

    assertThat(readme.size()).isEqualTo(file.size());
    for (String place :
        List.of(
            "/0/url",
            "/0/uid",
            "/0/jsonData/tracesToLogsV2/spanStartTimeShift",
            "/0/jsonData/tracesToLogsV2/spanEndTimeShift",
            "/0/jsonData/tracesToLogsV2/filterByTraceID",
            "/0/jsonData/streamingEnabled",
            "/1/url",
            "/1/uid",
            "/1/jsonData/derivedFields/0/matcherType",
            "/1/jsonData/derivedFields/0/matcherRegex",
            "/1/jsonData/derivedFields/0/url")) {
      assertThat(readme.at(place)).as(place).isEqualTo(file.at(place));
    }
  }

  @Test
  void quickStartFile_isWithoutProblems(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("spanway.yaml"), yaml(section("Quick start")));

    List<ConfigProblem> notes = ConfigLoader.load(file, Map.of()).notes();

    assertThat(notes).isEmpty();
  }

  // What the pages say.

  /** Returns the text of a section, those below it included. */
  static String section(String heading) throws IOException {
    List<String> lines = Files.readAllLines(README);
    int from = lines.indexOf("## " + heading);
    assertThat(from).as("section %s", heading).isNotNegative();
    int to = from + 1;
    while (to < lines.size() && !lines.get(to).startsWith("## ")) {
      to++;
    }
    return String.join("\n", lines.subList(from, to)) + "\n";
  }

  private static String yaml(String section) {
    int from = section.indexOf("```yaml\n") + "```yaml\n".length();
    return section.substring(from, section.indexOf("```", from));
  }

  /** Returns the rows of a section's tables by each name that their first cell has. */
  static Map<String, String> rows(String section) {
    Map<String, String> rows = new LinkedHashMap<>();
    for (String line : section.lines().toList()) {
      if (line.startsWith("| `")) {
        for (String name : matches("`([^`]+)`", line.substring(0, line.indexOf('|', 1)))) {
          assertThat(rows.put(name, line)).as("two rows for %s", name).isNull();
        }
      }
    }
    return rows;
  }

  static List<String> anchors(String markdown) {
    return markdown
        .lines()
        .filter(line -> line.startsWith("#"))
        .map(line -> line.replace("#", "").strip().toLowerCase(Locale.ROOT))
        .map(line -> line.replace(' ', '-'))
        .toList();
  }

  static List<String> matches(String pattern, String text) {
    List<String> found = new ArrayList<>();
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  // What there is.

  private static void collectKeys(Type type, String path, Set<String> keys) {
    if (type instanceof ParameterizedType map && map.getRawType() == Map.class) {
      Type each = map.getActualTypeArguments()[1];
      keys.add(path);
      if (isBlock(each)) {
        collectKeys(each, path + ".<name>", keys);
      }
    } else if (type instanceof ParameterizedType list) {
      Type item = list.getActualTypeArguments()[0];
      keys.add(path);
      if (isBlock(item)) {
        collectKeys(item, path + "[]", keys);
      }
    } else if (isBlock(type)) {
      for (RecordComponent component : ((Class<?>) type).getRecordComponents()) {
        String name = path.isEmpty() ? component.getName() : path + "." + component.getName();
        collectKeys(component.getGenericType(), name, keys);
      }
    } else {
      keys.add(path);
    }
  }

  /** Says whether a type is a block of keys; one that is written as a single text is not. */
  private static boolean isBlock(Type type) {
    return type instanceof Class<?> c
        && c.isRecord()
        && c != DataSize.class
        && c != Secret.class
        && !c.getSimpleName().endsWith("Address");
  }

  private static void collectScalars(JsonNode node, String path, Map<String, String> scalars) {
    if (node.isObject()) {
      node.properties()
          .forEach(
              entry -> {
                String name = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
                collectScalars(entry.getValue(), name, scalars);
              });
    } else if (!node.isArray() && !node.isNull()) {
      scalars.put(path, node.asString());
    }
  }

  /** Returns a scrape in which every meter has been used once. */
  static String scrapeOfEverything() {
    GatewayMeters meters = new GatewayMeters("test");
    TraceContext trace =
        TraceContext.recorded("6513270e269e0d37f2a74de452e6b438", "6dfd177e410d6526");
    try {
      meters.missingLabels(() -> 0);
      meters.admission(new AdmissionControl(LimitsConfig.DEFAULT, System::nanoTime));
      meters.started(Operation.LOKI_LABELS);
      meters.upstreamRequest(BackendKind.LOKI, Operation.LOKI_LABELS, 200, 1, trace);
      meters.rewrite("script", "found");
      meters.authRefused("missing");
      meters.finished(
          new ExchangeSummary(
              Operation.LOKI_LABELS,
              "GET",
              "/",
              200,
              null,
              "hit",
              null,
              null,
              trace,
              null,
              "127.0.0.1",
              0,
              1,
              0,
              0,
              null));
      new PoolMeters(meters, "loki").connectFailed();
      CacheMeters cache = new CacheMeters(meters);
      cache.watch(() -> new CacheStats(0, 0, 0, 0, 0));
      cache.watchShared(() -> new RedisStats(RedisStats.State.USED, 0, 0, null));
      cache.sharedTook(1);
      cache.hit(Operation.LOKI_LABELS, 1);
      cache.bypass(Operation.LOKI_LABELS, BypassReason.OFF);
      cache.removed(Operation.LOKI_LABELS, 1, Removal.SIZE);
      AnnotateMeters annotate = new AnnotateMeters(meters);
      annotate.entriesSeen(1);
      annotate.fieldFound("TraceID", 1);
      annotate.fallback(Fallback.TOO_LARGE);
      Tracing.open(spansToNowhere(), meters, "test").close();
      return meters.scrape();
    } finally {
      meters.close();
    }
  }

  private static OtlpConfig spansToNowhere() {
    OtlpConfig from = OtlpConfig.DEFAULT;
    return new OtlpConfig(
        "http://127.0.0.1:9/v1/traces",
        from.headers(),
        from.sampleRatio(),
        from.timeout(),
        from.queue(),
        from.serviceName(),
        from.attributes());
  }

  /** Returns the labels of each of our metrics; a histogram's own ones and its maximum left out. */
  private static Map<String, Set<String>> metrics(String scrape) {
    Map<String, Set<String>> metrics = new TreeMap<>();
    for (String name : matches("(?m)^# TYPE (spanway_\\w+) ", scrape)) {
      if (!name.endsWith("_seconds_max")) {
        metrics.put(name, new TreeSet<>());
      }
    }
    for (String line : scrape.lines().filter(line -> line.startsWith("spanway_")).toList()) {
      String name = matches("^(\\w+)", line).get(0);
      for (String suffix : List.of("_bucket", "_count", "_sum")) {
        if (name.endsWith(suffix) && !metrics.containsKey(name)) {
          name = name.substring(0, name.length() - suffix.length());
        }
      }
      Set<String> labels = metrics.get(name);
      if (labels != null) {
        labels.addAll(matches("[{,](\\w+)=\"", line));
        labels.remove("le");
      }
    }
    return metrics;
  }
}
