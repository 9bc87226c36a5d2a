// SPDX-License-Identifier: Apache-2.0
package io.spanway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.re2j.Pattern;
import io.spanway.observe.GatewayMeters;
import io.spanway.observe.PoolMeters;
import io.spanway.route.Operation;
import io.spanway.testing.PromQl;
import io.spanway.testing.PromQl.Matcher;
import io.spanway.testing.PromQl.Selector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The dashboard and the rules ask for what a scrape has. */
final class MonitoringFilesTest {
  private static final Path DASHBOARD = Path.of("config", "grafana", "spanway-dashboard.json");
  private static final Path RULES = Path.of("config", "prometheus", "spanway-rules.yaml");

  /** What Prometheus adds to every series. */
  private static final Set<String> TARGET = Set.of("job", "instance");

  private static final Set<String> CLOSED =
      Set.of("cache", "cause", "outcome", "protocol", "reason", "state");

  /** Values of each label of each series, as a scrape names them. */
  private static Map<String, Map<String, Set<String>>> series;

  private static JsonNode dashboard;
  private static JsonNode rules;

  @BeforeAll
  static void read() throws IOException {
    series = new HashMap<>();
    collect(ReadmeTest.scrapeOfEverything());
    collect(scrapeAfterACollection());
    dashboard = JsonMapper.shared().readTree(Files.readString(DASHBOARD));
    rules = YAMLMapper.builder().build().readTree(Files.readString(RULES)).path("groups");
  }

  @Test
  void queriesOfTheDashboard_nameSeriesAndLabelsThatThereAre() throws IOException {
    List<String> queries = new ArrayList<>();
    for (JsonNode target : dashboard.findValues("targets")) {
      target.forEach(each -> queries.add(each.path("expr").asString()));
    }
    dashboard.path("annotations").path("list").forEach(each -> queries.add(expr(each)));
    queries.removeIf(String::isEmpty);

    assertThat(queries).hasSizeGreaterThan(50);
    for (String query : queries) {
      check(PromQl.parse(query), query, Map.of());
    }
  }

  @Test
  void legendsOfTheDashboard_nameLabelsOfTheirQueries() {
    for (JsonNode panel : dashboard.path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        assertThat(PromQl.parse(expr(target)).grouped())
            .as(target.toString())
            .containsAll(
                ReadmeTest.matches("\\{\\{(\\w+)\\}\\}", target.path("legendFormat").asString()));
      }
    }
  }

  @Test
  void variablesOfTheDashboard_areDeclaredAndFilledFromSeriesThatThereAre() throws IOException {
    Set<String> declared = new TreeSet<>();
    for (JsonNode variable : dashboard.path("templating").path("list")) {
      declared.add(variable.path("name").asString());
      if (variable.path("type").asString().equals("query")) {
        String query = variable.path("query").path("query").asString();
        String label = ReadmeTest.matches("label_values\\(.*, (\\w+)\\)", query).get(0);
        PromQl selector =
            PromQl.parse(ReadmeTest.matches("label_values\\((.*), \\w+\\)", query).get(0));
        check(selector, query, Map.of());
        assertThat(labels(selector.selectors().get(0).metric(), Map.of())).contains(label);
      }
    }
    String text = Files.readString(DASHBOARD);

    assertThat(declared).contains("datasource", "instance");
    assertThat(declared)
        .containsAll(ReadmeTest.matches("\\$\\{?([a-z]\\w*)", text))
        .allSatisfy(name -> assertThat(text).containsPattern("\\$\\{?" + name));
  }

  @Test
  void panelsOfTheDashboard_areWholeAndDoNotOverlap() {
    Set<Integer> ids = new HashSet<>();
    Set<String> cells = new HashSet<>();
    for (JsonNode panel : dashboard.path("panels")) {
      String title = panel.path("title").asString();
      assertThat(ids.add(panel.path("id").asInt())).as("id of %s", title).isTrue();
      assertThat(title).isNotBlank();
      JsonNode place = panel.path("gridPos");
      assertThat(place.path("x").asInt() + place.path("w").asInt()).as(title).isBetween(1, 24);
      for (int x = 0; x < place.path("w").asInt(); x++) {
        for (int y = 0; y < place.path("h").asInt(); y++) {
          String cell = (place.path("x").asInt() + x) + "," + (place.path("y").asInt() + y);
          assertThat(cells.add(cell)).as("%s at %s", title, cell).isTrue();
        }
      }
      if (!panel.path("type").asString().equals("row")) {
        assertThat(panel.path("datasource").path("uid").asString())
            .as(title)
            .isEqualTo("${datasource}");
        assertThat(panel.path("targets").size()).as(title).isPositive();
      }
      if (Set.of("timeseries", "stat").contains(panel.path("type").asString())) {
        JsonNode defaults = panel.path("fieldConfig").path("defaults");
        assertThat(defaults.path("unit").asString()).as(title).isNotBlank();
        assertThat(defaults.path("thresholds").path("steps").path(0).path("value").isNull())
            .as("the first threshold of %s has no bound", title)
            .isTrue();
      }
    }
  }

  @Test
  void rules_nameSeriesAndLabelsThatThereAre() throws IOException {
    Map<String, Set<String>> recorded = new LinkedHashMap<>();
    for (JsonNode group : rules) {
      for (JsonNode rule : group.path("rules")) {
        String expr = expr(rule);
        PromQl query = PromQl.parse(expr);
        check(query, expr, recorded);
        String record = rule.path("record").asString();
        if (!record.isEmpty()) {
          assertThat(record).matches("spanway:[a-z_]+:[a-z]+(_rate)?\\d+[mh]|spanway:\\w+:rate5m");
          assertThat(recorded.put(record, query.grouped())).as(record).isNull();
        }
      }
    }
    assertThat(recorded).hasSizeGreaterThan(4);
  }

  @Test
  void alerts_sayWhatIsWrongAndWhatToDo() throws IOException {
    List<String> anchors = ReadmeTest.anchors(Files.readString(Path.of("README.md")));
    Map<String, String> table = ReadmeTest.rows(ReadmeTest.section("Running it"));
    Set<String> names = new TreeSet<>();
    for (JsonNode group : rules) {
      for (JsonNode rule : group.path("rules")) {
        if (rule.has("record")) {
          continue;
        }
        String name = rule.path("alert").asString();
        JsonNode notes = rule.path("annotations");
        assertThat(names.add(name)).as(name).isTrue();
        assertThat(rule.path("for").asString()).as(name).matches("\\d+[mh]");
        assertThat(rule.path("labels").path("severity").asString())
            .as(name)
            .isIn("critical", "warning");
        assertThat(notes.path("summary").asString()).as(name).isNotBlank();
        assertThat(notes.path("description").asString()).as(name).isNotBlank();
        assertThat(notes.path("runbook").asString()).as(name).startsWith("README.md#");
        assertThat(anchors).contains(notes.path("runbook").asString().substring(10));
        assertThat(labelsOf(expr(rule)))
            .as("labels in the words of %s", name)
            .containsAll(ReadmeTest.matches("\\$labels\\.(\\w+)", notes.toString()));
      }
    }

    assertThat(names).hasSizeGreaterThan(10);
    assertThat(table.keySet()).containsExactlyInAnyOrderElementsOf(names);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sum(rate(a[5m])", "{job=\"x\"}", "su(a)", "a{b=}", "a{b=\"c\"", "a)"})
  void textThatIsNoQuery_isRefused(String text) {
    assertThatThrownBy(() -> PromQl.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void query_isTakenApart() {
    PromQl query =
        PromQl.parse(
            "1e3 * sum by (a, le) (rate(m_total{b=~\"x|y\",c!=\"(\"}[$__x])) or on (d) n > 2");

    assertThat(query.selectors())
        .containsExactly(
            new Selector(
                "m_total", List.of(new Matcher("b", "=~", "x|y"), new Matcher("c", "!=", "("))),
            new Selector("n", List.of()));
    assertThat(query.grouped()).containsExactlyInAnyOrder("a", "le", "d");
  }

  // What is asked for.

  private static String expr(JsonNode node) {
    return node.path("expr").asString();
  }

  private static void check(PromQl query, String text, Map<String, Set<String>> recorded)
      throws IOException {
    Set<String> all = new HashSet<>();
    for (Selector selector : query.selectors()) {
      Set<String> labels = labels(selector.metric(), recorded);
      assertThat(labels).as("%s in %s", selector.metric(), text).isNotNull();
      all.addAll(labels);
      for (Matcher matcher : selector.matchers()) {
        assertThat(labels)
            .as("label of %s in %s", selector.metric(), text)
            .contains(matcher.label());
        checkValue(selector.metric(), matcher);
      }
    }
    assertThat(query.selectors()).as(text).isNotEmpty();
    assertThat(all).as("labels of %s", text).containsAll(query.grouped());
  }

  /** A value that never comes would make a panel empty, and an alert silent. */
  private static void checkValue(String metric, Matcher matcher) throws IOException {
    List<String> values = Arrays.asList(matcher.value().split("\\|", -1));
    if (CLOSED.contains(matcher.label())) {
      String row = ReadmeTest.rows(ReadmeTest.section("Metrics")).get(base(metric));
      assertThat(values).allSatisfy(value -> assertThat(row).contains("`" + value + "`"));
    } else if (matcher.label().equals("le")) {
      assertThat(series.get(metric).get("le")).contains(matcher.value());
    } else if (matcher.label().equals("operation") && !matcher.value().startsWith("$")) {
      for (String value : values) {
        assertThat(Arrays.stream(Operation.values()).map(Operation::id))
            .as(value)
            .anyMatch(Pattern.compile(value)::matches);
      }
    }
  }

  /** Returns the labels of a series, or of what a rule recorded; null if there is none. */
  private static Set<String> labels(String metric, Map<String, Set<String>> recorded) {
    if (recorded.containsKey(metric)) {
      return recorded.get(metric);
    }
    if (!series.containsKey(metric)) {
      return null;
    }
    Set<String> labels = new HashSet<>(series.get(metric).keySet());
    labels.addAll(TARGET);
    return labels;
  }

  /** Returns the labels that an alert has: those that it groups by, or the target's. */
  private static Set<String> labelsOf(String expr) {
    PromQl query = PromQl.parse(expr);
    if (!query.grouped().isEmpty()) {
      return query.grouped();
    }
    return query.selectors().get(0).metric().startsWith("spanway:") ? Set.of("job") : TARGET;
  }

  private static String base(String metric) {
    for (String suffix : List.of("_bucket", "_count", "_sum")) {
      if (metric.endsWith(suffix)) {
        return metric.substring(0, metric.length() - suffix.length());
      }
    }
    return metric;
  }

  // What there is.

  private static void collect(String scrape) {
    for (String line : scrape.lines().filter(each -> !each.startsWith("#")).toList()) {
      Map<String, Set<String>> labels =
          series.computeIfAbsent(
              ReadmeTest.matches("^([a-zA-Z_]\\w*)", line).get(0), name -> new TreeMap<>());
      for (String pair : ReadmeTest.matches("[{,](\\w+=\"[^\"]*)\"", line)) {
        int equals = pair.indexOf('=');
        labels
            .computeIfAbsent(pair.substring(0, equals), name -> new TreeSet<>())
            .add(pair.substring(equals + 2));
      }
    }
  }

  /** Java tells of a garbage collection some time after it. */
  private static String scrapeAfterACollection() {
    GatewayMeters meters = new GatewayMeters("test");
    try {
      new PoolMeters(meters, "tempo").ejected();
      await()
          .until(
              () -> {
                System.gc();
                return meters.scrape().contains("jvm_gc_pause_seconds_sum");
              });
      return meters.scrape();
    } finally {
      meters.close();
    }
  }
}
