// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.model.TimeRange;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to ask Loki so that the logs of a span, or of a trace, come back. Immutable.
 *
 * <p>The answer is the union of {@link #queries()} in {@link #window()}, then {@link #spanFilter()}
 * if there is one. When the fetch was cut by its limit, ask {@link #filteredInLoki()} instead.
 */
public final class SpanLogs {
  private final String rule;
  private final boolean rewritten;
  private final List<QueryParts> parts;
  private final IdLocation location;
  private final TimeRange window;
  private final @Nullable TimeRange spanTime;
  private final boolean filteredByTrace;
  private final boolean filteredBySpan;
  private final @Nullable SpanFilter spanFilter;
  private final List<String> warnings;
  private final List<CorrelatedQuery> queries;

  private SpanLogs(Builder builder) {
    rule = builder.rule;
    rewritten = builder.rewritten;
    parts = List.copyOf(builder.parts);
    location = builder.location;
    window = builder.window;
    spanTime = builder.spanTime;
    filteredByTrace = builder.filteredByTrace;
    filteredBySpan = builder.filteredBySpan;
    spanFilter = builder.spanFilter;
    warnings = List.copyOf(builder.warnings);
    var written = new ArrayList<CorrelatedQuery>(parts.size());
    for (QueryParts part : parts) {
      written.add(part.write(location));
    }
    queries = List.copyOf(written);
  }

  /** The rule that fired, as in {@code X-Spanway-Rewrite}: {@code script}, {@code marker}, … */
  public String rule() {
    return rule;
  }

  /** False when the original query goes through as it came, for a reason in the warnings. */
  public boolean rewritten() {
    return rewritten;
  }

  /** The queries; more than one only for a trace whose services share no label. Never empty. */
  public List<CorrelatedQuery> queries() {
    return queries;
  }

  /** The window to send. */
  public TimeRange window() {
    return window;
  }

  /** Whether only lines that belong to the trace are asked for. */
  public boolean filteredByTrace() {
    return filteredByTrace;
  }

  /** Whether only lines of the span are asked for, here or by {@link #spanFilter()}. */
  public boolean filteredBySpan() {
    return filteredBySpan;
  }

  /** What to apply to the entries that come back; null when nothing is left to filter. */
  public @Nullable SpanFilter spanFilter() {
    return spanFilter;
  }

  /** What a person should know, one sentence each. */
  public List<String> warnings() {
    return warnings;
  }

  /** The same with the span filter in the queries; softness is off then. */
  public SpanLogs filteredInLoki() {
    if (spanFilter == null) {
      return this;
    }
    var builder = new Builder(this);
    builder.parts.replaceAll(part -> part.withSpanStages(spanFilter.logql()));
    builder.spanFilter = null;
    return builder.build();
  }

  /**
   * The same with further stages behind. When they change the lines or the fields that the span
   * filter looks at, that filter goes into the queries, in front of them.
   *
   * @param stages LogQL stages as they stood behind a selector; empty for none
   */
  public SpanLogs withStages(String stages) {
    if (stages.isBlank()) {
      return this;
    }
    SpanFilter filter = spanFilter;
    SpanLogs base = filter != null && Stages.hide(stages, filter) ? filteredInLoki() : this;
    var builder = new Builder(base);
    String separated = Character.isWhitespace(stages.charAt(0)) ? stages : " " + stages;
    builder.parts.replaceAll(part -> part.withTail(separated));
    return builder.build();
  }

  /**
   * The answer to a marker query: its stages behind, and its window. A request whose window
   * contains the span gets the computed one, any other (a page, a window that a person chose) its
   * own.
   */
  public SpanLogs forMarker(Recognition marker, RequestWindow request) {
    var builder = new Builder(withStages(marker.stages()));
    builder.rule = marker.ruleName();
    if (!request.shiftable() || spanTime == null || !Window.holds(request, spanTime)) {
      builder.window = Window.asIs(request);
    }
    return builder.build();
  }

  /** Collects the parts of a result. */
  static final class Builder {
    String rule;
    boolean rewritten = true;
    final List<QueryParts> parts;
    IdLocation location;
    TimeRange window;
    @Nullable TimeRange spanTime;
    boolean filteredByTrace;
    boolean filteredBySpan;
    @Nullable SpanFilter spanFilter;
    final List<String> warnings;

    Builder(String rule, IdLocation location, TimeRange window) {
      this.rule = rule;
      this.location = location;
      this.window = window;
      parts = new ArrayList<>();
      warnings = new ArrayList<>();
    }

    private Builder(SpanLogs from) {
      rule = from.rule;
      rewritten = from.rewritten;
      parts = new ArrayList<>(from.parts);
      location = from.location;
      window = from.window;
      spanTime = from.spanTime;
      filteredByTrace = from.filteredByTrace;
      filteredBySpan = from.filteredBySpan;
      spanFilter = from.spanFilter;
      warnings = new ArrayList<>(from.warnings);
    }

    SpanLogs build() {
      return new SpanLogs(this);
    }
  }
}
