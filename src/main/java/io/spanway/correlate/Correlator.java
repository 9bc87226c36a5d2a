// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.logql.LabelMatcher;
import io.spanway.logql.LogQuery;
import io.spanway.logql.LogqlEdits;
import io.spanway.logql.LogqlParser;
import io.spanway.logql.LogqlSyntaxException;
import io.spanway.logql.StreamSelector;
import io.spanway.model.Span;
import io.spanway.model.SpanId;
import io.spanway.model.SpanRef;
import io.spanway.model.Trace;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Leads from spans to their logs, as configured. Immutable. */
public final class Correlator {
  private static final String BLOCK = "tracesToLogsV2";

  private final Settings settings;
  private final List<Variant> variants;
  private final List<CorrelateConfigException.Finding> warnings;

  private Correlator(
      Settings settings, List<Variant> variants, List<CorrelateConfigException.Finding> warnings) {
    this.settings = settings;
    this.variants = List.copyOf(variants);
    this.warnings = List.copyOf(warnings);
  }

  /**
   * Checks a configuration.
   *
   * @throws CorrelateConfigException with every problem at once
   */
  public static Correlator compile(CorrelateConfig config) throws CorrelateConfigException {
    var check = new ConfigCheck(BLOCK, config);
    Settings settings = check.settings();
    var overrides = new OverridesCheck(BLOCK, check);
    List<Variant> variants = overrides.variants(config.overrides());
    if (!overrides.problems().isEmpty()) {
      throw new CorrelateConfigException(overrides.problems(), overrides.warnings());
    }
    return new Correlator(settings, variants, overrides.warnings());
  }

  /** What is legal but should be looked at, for the log at the start and the checker. */
  public List<CorrelateConfigException.Finding> warnings() {
    return warnings;
  }

  /**
   * Returns the stream labels that the configuration names; none where it leaves the tags to the
   * defaults, of which no Loki has all.
   */
  public Set<String> streamLabels() {
    Set<String> labels = new TreeSet<>();
    addStreamLabels(settings, labels);
    variants.forEach(variant -> addStreamLabels(variant.settings(), labels));
    return labels;
  }

  /** Returns the names of fields in which logs carry IDs, anywhere in the configuration. */
  public Set<String> idFields() {
    Set<String> names = new TreeSet<>();
    addIdFields(settings, names);
    variants.forEach(variant -> addIdFields(variant.settings(), names));
    return names;
  }

  private static void addIdFields(Settings settings, Set<String> names) {
    names.addAll(settings.traceFields());
    names.addAll(settings.spanFields());
  }

  private static void addStreamLabels(Settings settings, Set<String> labels) {
    if (!settings.defaultTags()) {
      for (Tag tag : settings.tags()) {
        if (!tag.metadata()) {
          labels.add(tag.label());
        }
      }
    }
  }

  /**
   * Returns the configured tags in order, each with what {@code spans} have of it. The first span's
   * resource chooses among the overrides.
   */
  public List<TagUse> tagUses(Collection<Span> spans) {
    List<TagUse> uses = new ArrayList<>();
    Span first = spans.isEmpty() ? null : spans.iterator().next();
    for (Tag tag : settingsFor(first).tags()) {
      int having = 0;
      Set<String> values = new LinkedHashSet<>();
      for (Span span : spans) {
        String value = span.labelValue(tag.key());
        if (value != null) {
          having++;
          if (values.size() < TagUse.MAX_VALUES) {
            values.add(value);
          }
        }
      }
      uses.add(new TagUse(tag.key(), tag.label(), tag.metadata(), having, List.copyOf(values)));
    }
    return uses;
  }

  /**
   * Returns what makes Grafana show its link.
   *
   * @param grafanaKeys the keys of the tags that Grafana's data source has; empty for those of the
   *     configuration
   */
  public LinkTags linkTags(List<String> grafanaKeys) {
    return LinkTags.of(settings, grafanaKeys);
  }

  /** Returns what tells the spans of a trace apart in log entries. */
  public SpanIndex spanIndex(Trace trace) {
    return new SpanIndex(trace, settings.spanFields());
  }

  /**
   * Builds the query for a span, or without a span ID for the whole trace. The span's resource
   * chooses among the overrides; for a whole trace that of the span which began it.
   *
   * @param trace what Tempo answered for the trace of {@code ref}
   * @throws SpanLogsException 404 if trace or span do not exist, 422 if no tag chooses streams or a
   *     variable of the custom query has no value
   */
  public SpanLogs forSpan(Trace trace, SpanRef ref, SpanLogsOptions options)
      throws SpanLogsException {
    return forSpan(trace, ref, options, null);
  }

  /**
   * Builds the query for a span, or for the whole trace, where it is known which labels Loki has:
   * of the default tags only those are used, unless none would be left.
   *
   * @param lokiLabels the names of all labels that Loki has; null when unknown
   * @throws SpanLogsException as {@link #forSpan(Trace, SpanRef, SpanLogsOptions)} does
   */
  public SpanLogs forSpan(
      Trace trace, SpanRef ref, SpanLogsOptions options, @Nullable Set<String> lokiLabels)
      throws SpanLogsException {
    SpanId spanId = ref.spanId();
    Span span = spanId == null ? trace.root() : trace.span(spanId);
    return new SpanQueries(settingsFor(span), trace, ref, options, lokiLabels).build();
  }

  private Settings settingsFor(@Nullable Span span) {
    for (Variant variant : variants) {
      if (span != null && variant.fits(span.resource())) {
        return variant.settings();
      }
    }
    return settings;
  }

  /** As far as the selectors say which resource a query is about. */
  private Settings settingsFor(Recognition recognition) {
    for (Variant variant : variants) {
      boolean fits =
          recognition.places().stream()
              .allMatch(place -> variant.fits(place.pipeline().selector(), settings.tags()));
      if (fits) {
        return variant.settings();
      }
    }
    return settings;
  }

  /**
   * Recognises a marker query, or what Grafana builds for a span, by the structure of the parsed
   * query.
   *
   * @return null for every other query, also one that does not parse: it must go upstream byte for
   *     byte
   */
  public @Nullable Recognition recognize(String logql) {
    return Recognizer.recognize(logql);
  }

  /**
   * Recognises as {@link #recognize(String)} does.
   *
   * @throws LogqlSyntaxException if the query cannot be parsed
   */
  public @Nullable Recognition read(String logql) throws LogqlSyntaxException {
    return Recognizer.read(logql);
  }

  /**
   * Says whether it matters for {@link #rewrite} which labels Loki has: only labels that nobody
   * configured are left out where Loki lacks them.
   */
  public boolean dependsOnLabels(Recognition recognition) {
    Settings chosen = settingsFor(recognition);
    for (Recognition.Place place : recognition.places()) {
      List<LabelMatcher> matchers = place.pipeline().selector().matchers();
      var unknown = new SelectorMapping(chosen, null, matchers).map();
      var none = new SelectorMapping(chosen, Set.of(), matchers).map();
      if (!unknown.matchers().equals(none.matchers())
          || !unknown.warnings().equals(none.warnings())) {
        return true;
      }
    }
    return false;
  }

  /**
   * Maps a selector that stands alone, as requests for statistics have it: names that a tag or a
   * default says are others in Loki, where Loki does not have them.
   *
   * @param logql a selector without stages; anything else stays as it is
   * @param lokiLabels the names of all labels that Loki has
   * @return the selector; the same text where nothing is to be mapped, or nothing would be left
   */
  public String mapSelector(String logql, Set<String> lokiLabels) {
    try {
      if (!(LogqlParser.parse(logql) instanceof LogQuery query)
          || !query.pipeline().stages().isEmpty()) {
        return logql;
      }
      StreamSelector selector = query.pipeline().selector();
      var mapping = new SelectorMapping(settings, lokiLabels, selector.matchers()).mapUnknown();
      if (!mapping.usable()) {
        return logql;
      }
      var edits = new LogqlEdits(logql);
      mapping.edit(edits);
      return edits.apply();
    } catch (LogqlSyntaxException e) {
      return logql;
    }
  }

  /**
   * Rewrites what Grafana built: labels as configured, IDs wherever logs carry them, the window
   * shifted. What the selectors say of the span's resource chooses among the overrides.
   *
   * @param recognition of {@link #recognize}, not a marker (its trace must be looked up first, then
   *     {@link #forSpan} and {@link SpanLogs#forMarker})
   * @param lokiLabels the names of all labels that Loki has; null when unknown, which leaves all
   *     matchers in place
   * @return the rewritten query; the original, with a warning, where no label would be left
   */
  public SpanLogs rewrite(
      Recognition recognition, @Nullable Set<String> lokiLabels, RequestWindow window) {
    return new Rewriter(settingsFor(recognition), recognition, lokiLabels, window).rewrite();
  }
}
