// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import com.google.re2j.Pattern;
import io.spanway.annotate.CompiledField.Source;
import io.spanway.streams.Labels;
import io.spanway.streams.LogEntry;
import io.spanway.streams.StreamsAnswer;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The configured derived fields, compiled: finds what an entry's line and labels yield. Immutable;
 * the same entry always yields the same keys, because Grafana makes a row's identity from them.
 *
 * <p>The rules are Grafana's: a field of type {@code regex} takes capture group 1 of the first
 * match in the decoded line; one of type {@code label} the value of the first label, by name, whose
 * name matches anywhere. An empty value is none. The key is the field's name, and {@code name_link}
 * beside it where a link can be built. A key that an entry already has is never written.
 */
public final class DerivedFieldSet {
  /** No derived fields: nothing is ever added. */
  public static final DerivedFieldSet NONE =
      new DerivedFieldSet(List.of(), List.of(), AnnotateConfig.DEFAULT);

  private final List<CompiledField> fields;
  private final List<AnnotateProblem> warnings;
  private final long maxBuffered;

  private DerivedFieldSet(
      List<CompiledField> fields, List<AnnotateProblem> warnings, AnnotateConfig config) {
    this.fields = fields;
    this.warnings = warnings;
    this.maxBuffered = config.maxBuffered().bytes();
  }

  /**
   * Compiles derived fields.
   *
   * @param grafanaUrl {@code grafana.url}, needed for links of fields with {@code datasourceUid};
   *     without it they have none
   * @throws AnnotateConfigException with every error: a missing name or pattern, a pattern that RE2
   *     cannot express, an unknown {@code matcherType} or {@code idFormat}, a {@code url} that is
   *     neither http(s) nor a query for a data source
   */
  public static DerivedFieldSet compile(
      List<DerivedField> fields, @Nullable String grafanaUrl, AnnotateConfig config)
      throws AnnotateConfigException {
    var compiler = new FieldCompiler(grafanaUrl);
    for (int i = 0; i < fields.size(); i++) {
      compiler.add(i, fields.get(i));
    }
    return new DerivedFieldSet(compiler.finish(), compiler.warnings(), config);
  }

  /** Returns what is doubtful but not wrong, in the order of the configuration. */
  public List<AnnotateProblem> warnings() {
    return warnings;
  }

  /** Says whether there is no field. */
  public boolean isEmpty() {
    return fields.isEmpty();
  }

  /** Returns the fields whose values come from lines, for queries that filter by them. */
  public List<LineField> lineFields() {
    return fields.stream()
        .filter(field -> field.source() == Source.LINE)
        .map(field -> new LineField(field.key(), field.pattern(), field.traceId()))
        .toList();
  }

  /**
   * Returns the keys to add to an entry with their values, in the fields' order; mostly empty.
   *
   * @param line the decoded line
   * @param labels all labels of the entry: the stream's, structured metadata and parsed
   */
  public Map<String, String> apply(String line, Labels labels) {
    return find(new Decoded(line, labels), AnnotateListener.NONE);
  }

  /**
   * Returns {@code answer} with what every entry yields: in its structured metadata, or in its
   * stream's labels if the answer is folded.
   */
  public StreamsAnswer annotate(StreamsAnswer answer, AnnotateListener listener) {
    if (isEmpty()) {
      return answer;
    }
    return answer.map(entry -> annotate(entry, answer.categorised(), listener));
  }

  /** Returns the trace IDs to which links of an annotated answer lead, in the entries' order. */
  public Set<String> linkedTraceIds(StreamsAnswer annotated) {
    var ids = new LinkedHashSet<String>();
    for (LogEntry entry : annotated.entries()) {
      Labels labels = entry.allLabels();
      for (CompiledField field : linked(labels)) {
        String id = labels.get(field.key());
        if (id != null) {
          ids.add(id);
        }
      }
    }
    return ids;
  }

  /** Returns an annotated answer without the links that lead to one of {@code traceIds}. */
  public StreamsAnswer withoutLinks(StreamsAnswer annotated, Set<String> traceIds) {
    return annotated.map(
        entry -> {
          Labels labels = entry.allLabels();
          Set<String> gone =
              linked(labels).stream()
                  .filter(field -> traceIds.contains(labels.asMap().get(field.key())))
                  .map(CompiledField::linkKey)
                  .collect(Collectors.toSet());
          return gone.isEmpty()
              ? entry
              : entry
                  .withStructuredMetadata(entry.structuredMetadata().without(gone))
                  .withStream(entry.stream().without(gone));
        });
  }

  /**
   * Returns the fields of trace IDs whose link, made here and not by Loki, is in {@code labels}.
   */
  private List<CompiledField> linked(Labels labels) {
    return fields.stream().filter(field -> field.traceId() && hasLink(field, labels)).toList();
  }

  private static boolean hasLink(CompiledField field, Labels labels) {
    LinkTemplate template = field.link();
    String id = labels.get(field.key());
    return template != null && id != null && template.link(id).equals(labels.get(field.linkKey()));
  }

  private LogEntry annotate(LogEntry entry, boolean categorised, AnnotateListener listener) {
    Map<String, String> added = find(new Decoded(entry.line(), entry.allLabels()), listener);
    tell(added, listener);
    if (added.isEmpty()) {
      return entry;
    }
    return categorised
        ? entry.withStructuredMetadata(entry.structuredMetadata().and(Labels.of(added)))
        : entry.withStream(entry.stream().and(Labels.of(added)));
  }

  long maxBuffered() {
    return maxBuffered;
  }

  Map<String, String> find(EntryView entry, AnnotateListener listener) {
    Map<String, String> added = Map.of();
    for (CompiledField field : fields) {
      String value = field.find(entry, listener);
      if (value != null) {
        if (added.isEmpty()) {
          added = new LinkedHashMap<>();
        }
        add(field, value, entry, added);
      }
    }
    return added;
  }

  /** Tells the listener about an entry that was looked at and the keys it now has. */
  void tell(Map<String, String> added, AnnotateListener listener) {
    listener.entrySeen();
    if (!added.isEmpty()) {
      for (CompiledField field : fields) {
        if (added.containsKey(field.key())) {
          listener.fieldFound(field.key());
        }
      }
    }
  }

  private static void add(
      CompiledField field, String value, EntryView entry, Map<String, String> added) {
    String there = entry.label(field.key());
    if (there == null) {
      added.putIfAbsent(field.key(), value);
    } else if (!there.equals(value)) {
      // The key means something else here, so a link beside it would mislead.
      return;
    }
    LinkTemplate link = field.link();
    if (link != null && entry.label(field.linkKey()) == null) {
      added.putIfAbsent(field.linkKey(), link.link(value));
    }
  }

  /**
   * A field that is found in the line.
   *
   * @param key the key that entries get
   * @param pattern the pattern whose group 1 is the value
   * @param traceId whether values are trace IDs, brought to one spelling
   */
  public record LineField(String key, Pattern pattern, boolean traceId) {
    /** Returns the pattern with group 1 named {@code key}, as LogQL's {@code regexp} wants it. */
    public String namedPattern() {
      return RegexText.withFirstGroupNamed(pattern.pattern(), key);
    }
  }

  private record Decoded(String line, Labels labels) implements EntryView {
    @Override
    public boolean lineMayContain(String escaped) {
      return true;
    }

    @Override
    public int lineLength() {
      return line.length();
    }

    @Override
    public @Nullable String label(String name) {
      return labels.get(name);
    }
  }
}
