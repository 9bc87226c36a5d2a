// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.correlate.CorrelateConfig.TagMapping;
import io.spanway.correlate.CorrelateConfigException.Finding;
import io.spanway.logql.LabelNames;
import io.spanway.logql.ReservedWords;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns the block of the file into settings, or says everything that is wrong with it. */
final class ConfigCheck {
  /** Grafana's defaults since 10.1. */
  static final List<Tag> DEFAULT_TAGS =
      List.of(
          new Tag("cluster", "cluster", false),
          new Tag("hostname", "hostname", false),
          new Tag("namespace", "namespace", false),
          new Tag("pod", "pod", false),
          new Tag("service.name", "service_name", false),
          new Tag("service.namespace", "service_namespace", false));

  private static final String METADATA = "structuredMetadata";

  /** Lower case and without underscores. */
  private static final Set<String> HIGH_CARDINALITY =
      Set.of(
          "clientip",
          "containerid",
          "host",
          "hostname",
          "instanceid",
          "ip",
          "k8spodname",
          "k8spoduid",
          "pod",
          "podname",
          "poduid",
          "requestid",
          "serviceinstanceid",
          "sessionid",
          "spanid",
          "thread",
          "threadid",
          "threadname",
          "traceid",
          "url",
          "userid");

  private final String path;
  private final CorrelateConfig config;
  private final List<Finding> problems = new ArrayList<>();
  private final List<Finding> warnings = new ArrayList<>();

  /**
   * Checks a block.
   *
   * @param path its key in the file
   */
  ConfigCheck(String path, CorrelateConfig config) {
    this.path = path;
    this.config = config;
  }

  List<Finding> problems() {
    return problems;
  }

  List<Finding> warnings() {
    return warnings;
  }

  /** Returns the settings, which are of use only if there are no {@link #problems()}. */
  Settings settings() {
    QueryTemplate query = query();
    boolean defaults = config.tags().isEmpty();
    List<Tag> tags = defaults ? DEFAULT_TAGS : tags(config.tags(), query);
    long start = shift(path + ".spanStartTimeShift", config.spanStartTimeShift());
    long end = shift(path + ".spanEndTimeShift", config.spanEndTimeShift());
    if (start > end) {
      warn(
          path + ".spanStartTimeShift",
          "is later than spanEndTimeShift: short spans get an empty window (-2s starts earlier)");
    }
    CorrelateConfig.IdFields fields = config.idFields();
    CorrelateConfig.IdFields usual = CorrelateConfig.IdFields.DEFAULT;
    return new Settings(
        tags,
        defaults,
        start,
        end,
        config.filterByTraceID(),
        config.filterBySpanID(),
        query,
        names(path + ".idFields.trace", fields.trace(), usual.trace()),
        names(path + ".idFields.span", fields.span(), usual.span()),
        location(config.idLocation()),
        soft(config.spanFilter()));
  }

  private @Nullable QueryTemplate query() {
    if (!Boolean.TRUE.equals(config.customQuery())) {
      return null;
    }
    String text = config.query();
    if (text == null || text.isBlank()) {
      warn(path + ".customQuery", "is not used: there is no query, so it is built as usual");
      return null;
    }
    if (Boolean.TRUE.equals(config.filterByTraceID())) {
      warn(path + ".filterByTraceID", "is not used while customQuery is true");
    }
    if (Boolean.TRUE.equals(config.filterBySpanID())) {
      warn(path + ".filterBySpanID", "is not used while customQuery is true");
    }
    try {
      QueryTemplate query = QueryTemplate.compile(text);
      query.warnings().forEach(warning -> warn(path + ".query", warning));
      return query;
    } catch (TemplateException e) {
      problem(path + ".query", String.valueOf(e.getMessage()));
      return null;
    }
  }

  private List<Tag> tags(List<TagMapping> mappings, @Nullable QueryTemplate query) {
    var tags = new ArrayList<Tag>();
    var seen = new LinkedHashSet<String>();
    for (int i = 0; i < mappings.size(); i++) {
      Tag tag = tag(path + ".tags[" + i + "]", mappings.get(i));
      if (tag == null) {
        continue;
      }
      if (!seen.add(tag.key() + '\n' + tag.label())) {
        warn(path + ".tags[" + i + "]", "repeats the tag " + tag.key());
      } else {
        tags.add(tag);
      }
    }
    boolean needed = query == null || query.needsTags();
    if (needed && problems.isEmpty() && tags.stream().allMatch(Tag::metadata)) {
      problem(
          path + ".tags",
          "are all in structured metadata (expected: at least one stream label, since a query"
              + " begins with a selector)");
    }
    return tags;
  }

  private @Nullable Tag tag(String at, @Nullable TagMapping mapping) {
    String key = mapping == null ? null : mapping.key();
    if (mapping == null || key == null || key.isEmpty()) {
      problem(at + ".key", "is missing (expected: the name of an attribute)");
      return null;
    }
    String value = mapping.value();
    boolean own = value == null || value.isEmpty();
    String label = value == null || value.isEmpty() ? key : value;
    String labelPath = at + ".value";
    if (!LabelNames.isLegal(label)) {
      problem(
          labelPath,
          own
              ? "is missing, and " + key + " is no label name (expected: value: " + legal(key) + ")"
              : "was \"" + label + "\" (expected: a label name, as " + legal(label) + ")");
      return null;
    }
    if (ReservedWords.isReserved(label)) {
      problem(
          labelPath,
          (own ? "is missing, and " : "was ")
              + label
              + (own ? " is" : ",")
              + " a word of LogQL that no query can use as a label (expected: another label)");
      return null;
    }
    String in = mapping.in();
    if (in != null && !in.equals(METADATA)) {
      problem(at + ".in", "was \"" + in + "\" (expected: " + METADATA + ", or nothing)");
      return null;
    }
    if (in == null && isHighCardinality(label)) {
      warn(
          labelPath,
          label
              + " is a label of many values, which makes Loki slow; keep it in structured metadata"
              + " (in: "
              + METADATA
              + ") or leave it out");
    }
    return new Tag(key, label, in != null);
  }

  private static boolean isHighCardinality(String label) {
    return HIGH_CARDINALITY.contains(label.replace("_", "").toLowerCase(Locale.ROOT));
  }

  private static String legal(String name) {
    var legal = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean fits = LabelNames.isLegal("a" + c);
      legal.append(fits ? c : '_');
    }
    return LabelNames.isLegal(legal.toString()) ? legal.toString() : "_" + legal;
  }

  private long shift(String at, @Nullable String text) {
    try {
      TimeShift shift = TimeShift.parse(text);
      if (shift.warning() != null) {
        warn(at, shift.warning());
      }
      return shift.nanos();
    } catch (TimeShift.BadShiftException e) {
      problem(at, String.valueOf(e.getMessage()));
      return 0;
    }
  }

  private List<String> names(String at, List<String> names, List<String> otherwise) {
    if (names.isEmpty()) {
      return otherwise;
    }
    var distinct = new LinkedHashSet<String>();
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      if (name == null || !LabelNames.isLegal(name) || ReservedWords.isReserved(name)) {
        problem(at + "[" + i + "]", "was \"" + name + "\" (expected: a label name)");
      } else {
        distinct.add(name);
      }
    }
    return List.copyOf(distinct);
  }

  private IdLocation location(@Nullable String text) {
    if (text == null || text.equals("both")) {
      return IdLocation.BOTH;
    }
    if (text.equals("auto")) {
      return IdLocation.AUTO;
    }
    if (text.equals("line")) {
      return IdLocation.LINE;
    }
    if (!text.equals(METADATA)) {
      problem(
          path + ".idLocation",
          "was \"" + text + "\" (expected: both, auto, line or " + METADATA + ")");
    }
    return IdLocation.FIELDS;
  }

  private boolean soft(@Nullable String text) {
    if (text != null && !text.equals("soft") && !text.equals("strict")) {
      problem(path + ".spanFilter", "was \"" + text + "\" (expected: soft or strict)");
    }
    return text == null || text.equals("soft");
  }

  private void problem(String at, String message) {
    problems.add(new Finding(at, message));
  }

  private void warn(String at, String message) {
    warnings.add(new Finding(at, message));
  }
}
