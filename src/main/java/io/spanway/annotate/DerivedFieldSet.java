// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import io.spanway.streams.Labels;
import io.spanway.streams.LogEntry;
import io.spanway.streams.StreamsAnswer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The configured derived fields, compiled: finds what an entry's line and labels yield. Immutable;
 * the same entry always yields the same keys, because Grafana makes a row's identity from them.
 *
 * <p>The rules are Grafana's: a field of type {@code regex} takes capture group 1 of the first
 * match in the decoded line; one of type {@code label} the value of the first label, by name, whose
 * name matches anywhere. An empty value is none. The key is the field's name, and {@code name_link}
 * beside it where a link can be built. A key that an entry already has is never written.
 *
 * <p>Beyond Grafana a field can have several matchers, of which the first that yields a value
 * counts, and be bound to streams that a selector fits.
 */
public final class DerivedFieldSet {
  /** No derived fields: nothing is ever added. */
  public static final DerivedFieldSet NONE = none();

  private final List<CompiledField> fields;
  private final List<AnnotateProblem> warnings;
  private final LiteralSet texts;

  /** For each field the texts that tell where it need not be looked for. */
  private final long[] literals;

  private final FieldKey[] keys;
  private final int conditions;
  private final long maxBuffered;

  private DerivedFieldSet(FieldCompiler compiler, AnnotateConfig config)
      throws AnnotateConfigException {
    this.fields = compiler.finish();
    this.warnings = compiler.warnings();
    this.texts = compiler.literals();
    this.literals = fields.stream().mapToLong(CompiledField::literals).toArray();
    this.keys = fields.stream().map(CompiledField::key).toArray(FieldKey[]::new);
    this.conditions = compiler.conditions();
    this.maxBuffered = config.maxBuffered().bytes();
  }

  private static DerivedFieldSet none() {
    try {
      return new DerivedFieldSet(new FieldCompiler(null), AnnotateConfig.DEFAULT);
    } catch (AnnotateConfigException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Compiles derived fields.
   *
   * @param grafanaUrl {@code grafana.url}, needed for links of fields with {@code datasourceUid};
   *     without it they have none
   * @throws AnnotateConfigException with every error: a missing name or pattern, a pattern that RE2
   *     cannot express, an unknown {@code matcherType} or {@code idFormat}, a {@code when} that is
   *     no stream selector, a {@code url} that is neither http(s) nor a query for a data source
   */
  public static DerivedFieldSet compile(
      List<DerivedField> fields, @Nullable String grafanaUrl, AnnotateConfig config)
      throws AnnotateConfigException {
    var compiler = new FieldCompiler(grafanaUrl);
    for (int i = 0; i < fields.size(); i++) {
      compiler.add(i, fields.get(i));
    }
    return new DerivedFieldSet(compiler, config);
  }

  /** Returns what is doubtful but not wrong, in the order of the configuration. */
  public List<AnnotateProblem> warnings() {
    return warnings;
  }

  /** Says whether there is no field. */
  public boolean isEmpty() {
    return fields.isEmpty();
  }

  /** Returns the fields' keys, without those of links, in the order of the configuration. */
  public List<String> keys() {
    return fields.stream().map(field -> field.key().name()).toList();
  }

  /**
   * Returns the fields whose values come from lines, and only so and from all streams, for queries
   * that filter by them.
   */
  List<LineField> lineFields() {
    var found = new ArrayList<LineField>();
    for (CompiledField field : fields) {
      CompiledMatcher matcher = field.matchers().get(0);
      LinePattern line = matcher.line();
      boolean plain =
          field.matchers().size() == 1 && field.when() == null && matcher.when() == null;
      if (plain && line != null) {
        found.add(new LineField(field.key().name(), line, matcher.format()));
      }
    }
    return List.copyOf(found);
  }

  /**
   * Returns the keys to add to an entry with their values, in the fields' order; mostly empty.
   * Where the entry's stream matters, that is {@code entry.stream()}.
   */
  public Map<String, String> apply(LogEntry entry) {
    return find(entry, AnnotateListener.NONE).toMap();
  }

  /**
   * Returns {@code answer} with what every entry yields: in its structured metadata, or in its
   * stream's labels if the answer is folded.
   */
  public StreamsAnswer annotate(StreamsAnswer answer, AnnotateListener listener) {
    if (isEmpty()) {
      return answer;
    }
    var tally = new Tally(fields.size());
    StreamsAnswer annotated =
        answer.map(entry -> annotate(entry, answer.categorised(), tally, listener));
    tell(tally, listener);
    return annotated;
  }

  /**
   * Returns the trace IDs, of fields that are to be verified, to which links of an annotated answer
   * lead, in the entries' order.
   */
  public Set<String> linkedTraceIds(StreamsAnswer annotated) {
    var ids = new LinkedHashSet<String>();
    if (fields.stream().anyMatch(CompiledField::verify)) {
      for (LogEntry entry : annotated.entries()) {
        EntryView view = view(entry);
        for (CompiledField field : fields) {
          String id = linkedId(field, view);
          if (id != null) {
            ids.add(id);
          }
        }
      }
    }
    return ids;
  }

  /**
   * Returns an annotated answer without the links, of fields that are to be verified, that lead to
   * one of {@code traceIds}.
   */
  public StreamsAnswer withoutLinks(StreamsAnswer annotated, Set<String> traceIds) {
    return annotated.map(
        entry -> {
          EntryView view = view(entry);
          Set<String> gone = new HashSet<>();
          for (CompiledField field : fields) {
            String id = linkedId(field, view);
            if (id != null && traceIds.contains(id)) {
              gone.add(field.linkKey().name());
            }
          }
          return gone.isEmpty()
              ? entry
              : entry
                  .withStructuredMetadata(entry.structuredMetadata().without(gone))
                  .withStream(entry.stream().without(gone));
        });
  }

  /** Returns what a link to be verified leads to; null without one that was made here. */
  private static @Nullable String linkedId(CompiledField field, EntryView entry) {
    String there = field.verify() ? entry.label(field.key()) : null;
    String link = entry.label(field.linkKey());
    if (there == null || link == null) {
      return null;
    }
    for (String id : field.meanings(there)) {
      if (link.equals(field.link(id, entry))) {
        return id;
      }
    }
    return null;
  }

  private LogEntry annotate(
      LogEntry entry, boolean categorised, Tally tally, AnnotateListener listener) {
    Found found = find(entry, listener);
    count(found, tally);
    if (found.isEmpty()) {
      return entry;
    }
    Labels added = Labels.of(found.toMap());
    return categorised
        ? entry.withStructuredMetadata(entry.structuredMetadata().and(added))
        : entry.withStream(entry.stream().and(added));
  }

  private static EntryView view(LogEntry entry) {
    return new DecodedEntry(entry.timestampNs(), entry.line(), entry.stream(), entry.allLabels());
  }

  private Found find(LogEntry entry, AnnotateListener listener) {
    var found = new Found();
    find(view(entry), found, listener);
    return found;
  }

  long maxBuffered() {
    return maxBuffered;
  }

  /** Makes the view of entries in bytes. */
  RawEntry rawEntry() {
    return new RawEntry(texts, conditions);
  }

  Tally tally() {
    return new Tally(fields.size());
  }

  /** Puts what an entry yields into {@code found}. */
  void find(EntryView entry, Found found, AnnotateListener listener) {
    found.clear();
    for (int i = 0; i < literals.length; i++) {
      if (entry.mayHave(literals[i])) {
        CompiledField field = fields.get(i);
        FieldValue value = found.next();
        if (field.find(entry, value, listener)) {
          add(field, value, entry, found);
        }
      }
    }
  }

  private static void add(CompiledField field, FieldValue value, EntryView entry, Found found) {
    String there = entry.label(field.key());
    FieldValue before = found.get(field.key());
    if (there == null && before == null) {
      found.keep(field.key());
    } else if (field.link() != null) {
      String known = there == null && before != null ? before.text() : there;
      if (known == null
          || !(known.equals(value.text()) || field.meanings(known).contains(value.text()))) {
        // Where the key means something else, a link beside it would mislead.
        return;
      }
    }
    if (field.link() != null
        && entry.label(field.linkKey()) == null
        && found.get(field.linkKey()) == null) {
      String link = field.link(value.text(), entry);
      if (link != null) {
        found.add(field.linkKey(), link);
      }
    }
  }

  /** Counts an entry that was looked at and the keys that it now has. */
  void count(Found found, Tally tally) {
    tally.seen++;
    for (int i = 0; i < found.size(); i++) {
      FieldKey key = found.key(i);
      for (int field = 0; field < keys.length; field++) {
        if (keys[field] == key) {
          tally.found[field]++;
        }
      }
    }
  }

  /** Tells what was counted and begins again. */
  void tell(Tally tally, AnnotateListener listener) {
    if (tally.seen > 0) {
      listener.entriesSeen(tally.seen);
      tally.seen = 0;
    }
    for (int field = 0; field < tally.found.length; field++) {
      if (tally.found[field] > 0) {
        listener.fieldFound(fields.get(field).key().name(), tally.found[field]);
        tally.found[field] = 0;
      }
    }
  }

  /** Counts between two reports, since a report for every entry would cost more than the entry. */
  static final class Tally {
    private final long[] found;
    private long seen;

    private Tally(int fields) {
      this.found = new long[fields];
    }

    /** Forgets what was counted. */
    void clear() {
      Arrays.fill(found, 0);
      seen = 0;
    }

    /** Takes over what another one counted. */
    void take(Tally other) {
      for (int field = 0; field < found.length; field++) {
        found[field] += other.found[field];
      }
      seen += other.seen;
      other.clear();
    }
  }

  /**
   * A field that is found in the line.
   *
   * @param key the key that entries get
   * @param line the pattern whose group 1 is the value
   * @param format what the value is brought to
   */
  record LineField(String key, LinePattern line, IdFormat format) {
    /** Returns the pattern with group 1 named {@code key}, as LogQL's {@code regexp} wants it. */
    String namedPattern() {
      return RegexText.withFirstGroupNamed(line.pattern().pattern(), key);
    }

    /** Returns what a line that yields {@code value} contains, one of these at least. */
    List<String> spellings(String value) {
      return format.spellings(value, line.yieldsDashes());
    }

    /** Returns what fits what is brought to {@code value}; null where only that itself does. */
    @Nullable String valuePattern(String value) {
      return format.pattern(value, line.yieldsDashes());
    }
  }
}
