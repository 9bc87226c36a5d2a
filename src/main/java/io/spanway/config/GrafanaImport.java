// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import io.spanway.config.ConfigNode.Entry;
import io.spanway.config.ConfigNode.Mapping;
import io.spanway.config.ConfigNode.Scalar;
import io.spanway.config.ConfigNode.Sequence;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes a configuration of Grafana's data sources: of provisioning files, or of what Grafana's API
 * answers for {@code /api/datasources}. The first data source of each kind counts. Secrets are
 * never copied: what is no variable already becomes one.
 */
public final class GrafanaImport {
  private static final Set<String> V2_UNUSED = Set.of("datasourceUid", "lokiSearch");
  private static final Set<String> DERIVED_KEYS =
      Set.of(
          "name",
          "matcherType",
          "matcherRegex",
          "url",
          "urlDisplayLabel",
          "datasourceUid",
          "targetBlank");

  private final List<String> notes = new ArrayList<>();
  private final StringBuilder out = new StringBuilder();
  private @Nullable Source tempo;
  private @Nullable Source loki;

  private GrafanaImport() {}

  /**
   * What came of it.
   *
   * @param yaml the configuration
   * @param notes what could not be taken over and why, and which variables have to be set
   * @param problems what {@link ConfigLoader} says about {@code yaml}, with the variables set
   */
  public record Result(String yaml, List<String> notes, List<ConfigProblem> problems) {
    /** Copies the lists. */
    public Result {
      notes = List.copyOf(notes);
      problems = List.copyOf(problems);
    }
  }

  /** A data source, and whether each {@code $} of it is doubled. */
  private record Source(Mapping mapping, boolean doubled, String name) {}

  /**
   * Reads files in YAML or JSON.
   *
   * @throws ConfigException if one cannot be read, or none has a data source of type {@code tempo}
   *     or {@code loki}
   */
  public static Result read(List<Path> files) throws ConfigException {
    var grafana = new GrafanaImport();
    for (Path file : files) {
      Problems problems = new Problems(file.toString());
      ConfigNode root = ConfigLoader.tree(file, problems);
      if (problems.hasErrors()) {
        throw new ConfigException(problems.inOrder());
      }
      if (root != null) {
        grafana.add(root);
      }
    }
    if (grafana.tempo == null && grafana.loki == null) {
      Problems problems = new Problems(files.isEmpty() ? "" : files.get(0).toString());
      problems.fileError("has no data source of type tempo or loki (expected: one of them)");
      throw new ConfigException(problems.inOrder());
    }
    return grafana.result();
  }

  private void add(ConfigNode root) {
    boolean provisioning =
        root instanceof Mapping file && file.entries().containsKey("datasources");
    ConfigNode list = provisioning ? ((Mapping) root).get("datasources") : root;
    List<ConfigNode> items =
        list instanceof Sequence many ? many.items() : list == null ? List.of() : List.of(list);
    for (ConfigNode item : items) {
      if (item instanceof Mapping mapping) {
        add(new Source(mapping, provisioning, nameOf(mapping)));
      }
    }
  }

  private void add(Source source) {
    String type = text(source.mapping().get("type"));
    if ("tempo".equals(type) && tempo == null) {
      tempo = source;
    } else if ("loki".equals(type) && loki == null) {
      loki = source;
    } else if ("tempo".equals(type) || "loki".equals(type)) {
      note(source, "another data source of type " + type + ": Spanway has one of each");
    } else {
      note(source, "of type " + type + ": Spanway stands before Tempo and Loki");
    }
  }

  private Result result() {
    Source logs = loki;
    Source traces = tempo;
    if (logs != null) {
      upstream("loki", logs);
    }
    if (traces != null) {
      upstream("tempo", traces);
    }
    if (traces != null) {
      tracesToLogs(traces);
    }
    if (logs != null) {
      derivedFields(logs);
    }
    String yaml = out.toString();
    Problems problems = new Problems("the configuration");
    try {
      LoadedConfig loaded =
          ConfigLoader.parse(
              yaml.getBytes(StandardCharsets.UTF_8),
              new ImportVariables(yaml).environment(),
              new SecretFiles(Path.of("")),
              problems);
      return new Result(yaml, notes, loaded.notes());
    } catch (ConfigException e) {
      return new Result(yaml, notes, e.problems());
    }
  }

  private void upstream(String key, Source source) {
    Mapping mapping = source.mapping();
    out.append(key).append(":\n");
    String url = value(mapping.get("url"), source);
    if (url == null || url.isEmpty()) {
      note(source, "has no url; Spanway's default is used");
    } else {
      line("  urls: [" + ConfigText.quoted(url) + "]");
    }
    auth(key, source);
    if (mapping.get("jsonData") instanceof Mapping json) {
      headers(key, source, json);
      for (String name : json.entries().keySet()) {
        boolean used =
            name.startsWith("httpHeaderName")
                || (key.equals("tempo") && name.startsWith("tracesToLogs"))
                || (key.equals("loki") && name.equals("derivedFields"));
        if (!used) {
          note(
              source,
              "jsonData." + name + (name.startsWith("tls") ? " (no TLS to upstreams)" : ""));
        }
      }
    }
    if (out.toString().endsWith(key + ":\n")) {
      out.insert(out.length() - 1, " {}");
    }
  }

  private void auth(String key, Source source) {
    if (!"true".equals(text(source.mapping().get("basicAuth")))) {
      return;
    }
    String user = value(source.mapping().get("basicAuthUser"), source);
    if (user == null || user.isEmpty()) {
      note(source, "basicAuth without basicAuthUser");
      return;
    }
    line("  auth:");
    line("    username: " + ConfigText.quoted(user));
    line("    password: " + secret(source, "basicAuthPassword", key, "PASSWORD"));
  }

  private void headers(String key, Source source, Mapping json) {
    for (Map.Entry<String, Entry> each : json.entries().entrySet()) {
      if (!each.getKey().startsWith("httpHeaderName")) {
        continue;
      }
      String number = each.getKey().substring("httpHeaderName".length());
      String name = String.valueOf(text(each.getValue().value()));
      if (name.equalsIgnoreCase("X-Scope-OrgID")) {
        line("  tenant: " + secret(source, "httpHeaderValue" + number, key, "TENANT"));
      } else {
        note(source, "the header " + name + " (only X-Scope-OrgID and basicAuth are)");
      }
    }
  }

  /** A value of {@code secureJsonData}, which is only copied if it is a variable alone. */
  private String secret(Source source, String name, String key, String what) {
    ConfigNode secure = source.mapping().get("secureJsonData");
    String text = secure instanceof Mapping m ? value(m.get(name), source) : null;
    if (text != null && ImportVariables.isVariable(text)) {
      return ConfigText.quoted(text);
    }
    String variable = key.toUpperCase(Locale.ROOT) + "_" + what;
    notes.add(source.name() + ": set " + variable + " to its " + name + "; secrets are not copied");
    return ConfigText.quoted("${" + variable + "}");
  }

  private void tracesToLogs(Source source) {
    if (!(source.mapping().get("jsonData") instanceof Mapping json)) {
      return;
    }
    String key = json.entries().containsKey("tracesToLogsV2") ? "tracesToLogsV2" : "tracesToLogs";
    if (!(json.get(key) instanceof Mapping block)) {
      return;
    }
    Mapping kept = block;
    for (String unused : V2_UNUSED) {
      kept = kept.without(unused);
    }
    if (!kept.entries().isEmpty()) {
      line(key + ":");
      mapping(kept, "  ", source);
    }
    if (key.equals("tracesToLogs")) {
      return;
    }
    for (String shift : List.of("spanStartTimeShift", "spanEndTimeShift")) {
      if (kept.entries().containsKey(shift)) {
        notes.add(
            source.name() + ": set " + shift + " to 0 in Grafana, or the window is widened twice");
      }
    }
  }

  private void derivedFields(Source source) {
    ConfigNode json = source.mapping().get("jsonData");
    if (!(json instanceof Mapping m) || !(m.get("derivedFields") instanceof Sequence fields)) {
      return;
    }
    if (fields.items().isEmpty()) {
      return;
    }
    line("derivedFields:");
    for (ConfigNode field : fields.items()) {
      if (!(field instanceof Mapping mapping)) {
        note(source, "a derived field that is " + field.kind());
        continue;
      }
      Mapping kept = mapping;
      for (String key : mapping.entries().keySet()) {
        if (!DERIVED_KEYS.contains(key)) {
          note(source, "derivedFields[]." + key);
          kept = kept.without(key);
        }
      }
      item(kept, "  ", source);
    }
  }

  private void mapping(Mapping mapping, String indent, Source source) {
    mapping.entries().forEach((key, entry) -> entry(key, entry.value(), indent, source));
  }

  private void entry(String key, ConfigNode value, String indent, Source source) {
    String name = ConfigText.quoted(key);
    String written = name.equals('"' + key + '"') && ImportVariables.isName(key) ? key : name;
    if (value instanceof Scalar) {
      String text = value(value, source);
      if (text != null) {
        line(indent + written + ": " + scalar(text));
      }
    } else if (value instanceof Mapping mapping) {
      line(indent + written + (mapping.entries().isEmpty() ? ": {}" : ":"));
      mapping(mapping, indent + "  ", source);
    } else if (value instanceof Sequence list) {
      line(indent + written + (list.items().isEmpty() ? ": []" : ":"));
      list.items().forEach(item -> item(item, indent + "  ", source));
    }
  }

  private void item(ConfigNode item, String indent, Source source) {
    if (item instanceof Mapping mapping && !mapping.entries().isEmpty()) {
      int start = out.length();
      mapping(mapping, indent + "  ", source);
      if (out.length() > start) {
        out.replace(start, start + indent.length() + 2, indent + "- ");
      }
    } else if (item instanceof Scalar) {
      String text = value(item, source);
      line(indent + "- " + (text == null ? "null" : scalar(text)));
    }
  }

  private static String scalar(String text) {
    return text.equals("true") || text.equals("false") ? text : ConfigText.quoted(text);
  }

  /** The text as Grafana reads it: a doubled dollar is one, and variables stay variables. */
  private static @Nullable String value(@Nullable ConfigNode node, Source source) {
    String text = text(node);
    return text == null || !source.doubled() ? text : ImportVariables.undoubled(text);
  }

  private static @Nullable String text(@Nullable ConfigNode node) {
    return node instanceof Scalar scalar ? scalar.text() : null;
  }

  private static String nameOf(Mapping mapping) {
    String name = text(mapping.get("name"));
    return name == null ? "a data source without a name" : name;
  }

  private void note(Source source, String what) {
    notes.add(source.name() + ": not taken over: " + what);
  }

  private void line(String text) {
    out.append(text).append('\n');
  }
}
