// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.logql.LogqlWriter;
import io.spanway.logql.SourceRange;
import io.spanway.model.SpanId;
import io.spanway.model.TraceId;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Puts our selector, ID condition and window into a query that Grafana built. */
final class Rewriter {
  private final Settings settings;
  private final Recognition recognition;
  private final @Nullable Set<String> lokiLabels;
  private final RequestWindow window;

  Rewriter(
      Settings settings,
      Recognition recognition,
      @Nullable Set<String> lokiLabels,
      RequestWindow window) {
    this.settings = settings;
    this.recognition = recognition;
    this.lokiLabels = lokiLabels;
    this.window = window;
  }

  SpanLogs rewrite() {
    if (recognition.isMarker()) {
      throw new IllegalArgumentException("a marker has no selector to rewrite");
    }
    var selector = new SelectorMapping(settings, lokiLabels);
    selector.map(recognition.pipeline().selector().matchers());
    if (!selector.usable()) {
      return original();
    }
    Window.Computed computed = Window.of(window, settings.startShiftNs(), settings.endShiftNs());
    var logs = new SpanLogs.Builder(recognition.ruleName(), settings.location(), computed.range());
    SourceRange range = recognition.pipeline().selector().range();
    String text = recognition.text();
    String head =
        text.substring(0, range.start())
            + (selector.changed() ? LogqlWriter.selector(selector.matchers()) : range.in(text))
            + LabelChoice.metadataStages(selector.metadata());
    logs.parts.add(new QueryParts(head, condition(), "", recognition.withoutIdStages()));
    logs.filteredByTrace = recognition.traceId() != null && !recognition.either();
    logs.filteredBySpan = recognition.spanId() != null && !recognition.either();
    logs.warnings.addAll(selector.warnings());
    if (computed.widened()) {
      logs.warnings.add("the shifted window was empty; it was widened to 1 ms");
    }
    SpanId span = recognition.spanId();
    if (!logs.filteredByTrace || span == null) {
      return logs.build();
    }
    logs.spanFilter = new SpanFilter(span, settings.spanFields(), settings.softSpanFilter());
    SpanLogs built = logs.build();
    return Stages.hide(recognition.otherStages(), logs.spanFilter) ? built.filteredInLoki() : built;
  }

  private IdCondition condition() {
    TraceId trace = recognition.traceId();
    SpanId span = recognition.spanId();
    if (trace != null && span != null && recognition.either()) {
      return IdCondition.either(trace, span, settings);
    }
    if (trace != null) {
      return IdCondition.of(trace, settings.traceFields());
    }
    if (span != null) {
      return IdCondition.of(span, settings.spanFields());
    }
    throw new IllegalStateException("recognised without an ID");
  }

  private SpanLogs original() {
    var logs =
        new SpanLogs.Builder(recognition.ruleName(), settings.location(), Window.asIs(window));
    logs.rewritten = false;
    logs.parts.add(new QueryParts(recognition.text(), null, "", ""));
    logs.warnings.add(
        "the query was left as it is: with the configured tags no stream label would be left");
    return logs.build();
  }
}
