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
  /** What Grafana's attempts but the last one parse lines with. */
  private static final String PARSERS = " | logfmt | json | drop __error__";

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
  private final boolean inOneQuery;
  private final boolean lastAttempt;
  private final boolean dependsOnLabels;
  private final @Nullable String service;
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
    inOneQuery = builder.inOneQuery;
    lastAttempt = builder.lastAttempt;
    dependsOnLabels = builder.dependsOnLabels;
    service = builder.service;
    var written = new ArrayList<CorrelatedQuery>(parts.size());
    for (QueryParts part : parts) {
      written.add(inOneQuery ? part.writeWhole(location) : part.write(location));
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

  /**
   * Whether it is one of several attempts at the same lines, whose parsed labels are not asked for:
   * {@link #likeOtherAttempts()} then brings them all from one answer.
   */
  public boolean isLastAttempt() {
    return lastAttempt;
  }

  /** Whether labels of the selector would be left out if Loki were known not to have them. */
  public boolean dependsOnLabels() {
    return dependsOnLabels;
  }

  /** Whether it may be learned where these logs carry IDs, to ask less. */
  public boolean learnsLocation() {
    return location == IdLocation.AUTO && queries.size() == 1 && queries.get(0).texts().size() == 2;
  }

  /** What shares a place for IDs: the service, or the streams where it is not known. */
  public String service() {
    return service == null ? parts.get(0).texts().get(0) : service;
  }

  /** The same, asking for IDs in lines only. */
  public SpanLogs inLines() {
    return at(IdLocation.LINE);
  }

  /** The same, asking for IDs in fields only. */
  public SpanLogs inFields() {
    return at(IdLocation.FIELDS);
  }

  private SpanLogs at(IdLocation where) {
    var builder = new Builder(this);
    builder.location = where;
    return builder.build();
  }

  /** The same in one query, of which a sum or every n-th line can be taken. */
  public SpanLogs inOneQuery() {
    var builder = new Builder(filteredInLoki());
    builder.inOneQuery = true;
    return builder.build();
  }

  /** The same without a filter on the span: the whole trace's. */
  public SpanLogs withoutSpanFilter() {
    var builder = new Builder(this);
    builder.spanFilter = null;
    return builder.build();
  }

  /** The queries of Grafana's other attempts, whose entries have the same lines. */
  public SpanLogs likeOtherAttempts() {
    if (!lastAttempt) {
      return this;
    }
    var builder = new Builder(this);
    builder.parts.replaceAll(part -> part.withTail(PARSERS));
    return builder.build();
  }

  /** The same in another window. */
  public SpanLogs within(TimeRange other, String warning) {
    var builder = new Builder(this);
    builder.window = other;
    builder.warnings.add(warning);
    return builder.build();
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
   * own; the points of a metric query get it rounded out to their step.
   *
   * @throws SpanLogsException 422 if a metric query would have to be made of several
   */
  public SpanLogs forMarker(Recognition marker, RequestWindow request) throws SpanLogsException {
    boolean bare = marker.form() == Recognition.Form.BARE;
    var builder =
        new Builder(bare ? withStages(marker.stages()) : MarkerQuery.expand(this, marker));
    builder.rule = marker.ruleName();
    if (!request.shiftable() || spanTime == null || !Window.holds(request, spanTime)) {
      builder.window = Window.asIs(request);
    } else if (request.stepNs() > 0) {
      TimeRange points = Window.rounded(window, request.stepNs());
      builder.window = points == null ? Window.asIs(request) : points;
    }
    return builder.build();
  }

  List<QueryParts> parts() {
    return parts;
  }

  SpanLogs withParts(List<QueryParts> others) {
    var builder = new Builder(this);
    builder.parts.clear();
    builder.parts.addAll(others);
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
    boolean inOneQuery;
    boolean lastAttempt;
    boolean dependsOnLabels;
    @Nullable String service;

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
      inOneQuery = from.inOneQuery;
      lastAttempt = from.lastAttempt;
      dependsOnLabels = from.dependsOnLabels;
      service = from.service;
    }

    SpanLogs build() {
      return new SpanLogs(this);
    }
  }
}
