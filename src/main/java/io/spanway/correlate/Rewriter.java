// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.correlate.Recognition.Place;
import io.spanway.logql.LogPipeline;
import io.spanway.logql.LogqlEdits;
import io.spanway.logql.PipelineStage;
import io.spanway.logql.SourceRange;
import io.spanway.model.SpanId;
import io.spanway.model.TimeRange;
import io.spanway.model.TraceId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Puts our selector, ID condition and window into a query that Grafana built. */
final class Rewriter {
  private final Settings settings;
  private final Recognition recognition;
  private final @Nullable Set<String> lokiLabels;
  private final RequestWindow window;
  private final String text;

  Rewriter(
      Settings settings,
      Recognition recognition,
      @Nullable Set<String> lokiLabels,
      RequestWindow window) {
    this.settings = settings;
    this.recognition = recognition;
    this.lokiLabels = lokiLabels;
    this.window = window;
    this.text = recognition.text();
  }

  SpanLogs rewrite() {
    if (recognition.isMarker()) {
      throw new IllegalArgumentException("a marker has no selector to rewrite");
    }
    var warnings = new ArrayList<String>();
    var edits = new LogqlEdits(text);
    String service = null;
    for (Place place : recognition.places()) {
      var selector =
          new SelectorMapping(settings, lokiLabels, place.pipeline().selector().matchers()).map();
      if (!selector.usable()) {
        return original();
      }
      edit(edits, place, selector);
      service = selector.service();
      for (String warning : selector.warnings()) {
        if (!warnings.contains(warning)) {
          warnings.add(warning);
        }
      }
    }
    Window.Computed computed = Window.of(window, settings.startShiftNs(), settings.endShiftNs());
    if (computed.widened()) {
      warnings.add("the shifted window was empty; it was widened to 1 ms");
    }
    var logs =
        new SpanLogs.Builder(
            recognition.ruleName(), settings.location(), rounded(computed.range(), warnings));
    logs.parts.add(new QueryParts(edits.pieces(), condition(), ""));
    logs.filteredByTrace = recognition.traceId() != null && !recognition.either();
    logs.filteredBySpan = recognition.spanId() != null && !recognition.either();
    logs.warnings.addAll(warnings);
    logs.service = service;
    logs.lastAttempt = recognition.isLastAttempt();
    SpanId span = recognition.spanId();
    if (!logs.filteredByTrace || span == null) {
      return logs.build();
    }
    var filter = new SpanFilter(span, settings.spanFields(), settings.softSpanFilter());
    logs.spanFilter = filter;
    SpanLogs built = logs.build();
    boolean hidden =
        recognition.places().stream().anyMatch(place -> Stages.hide(place.otherStages(), filter));
    return hidden ? built.filteredInLoki() : built;
  }

  private TimeRange rounded(TimeRange lines, List<String> warnings) {
    if (window.stepNs() == 0 || !Window.isGrafanas(window)) {
      return lines;
    }
    TimeRange points = Window.rounded(lines, window.stepNs());
    if (points != null) {
      return points;
    }
    warnings.add("the window was left as it is: shifted, it would have more than 11000 points");
    return Window.asIs(window);
  }

  private void edit(LogqlEdits edits, Place place, SelectorMapping selector) {
    LogPipeline pipeline = place.pipeline();
    selector.edit(edits);
    int front = pipeline.lineFilterInsertionPoint().orElse(pipeline.selector().range().end());
    edits.insert(front, LabelChoice.metadataStages(selector.metadata()));
    // In front of all else only matching lines are parsed; but a changed line is another line.
    boolean inPlace = Stages.change(place.stagesBefore(), this::isIdField);
    boolean cut = false;
    if (!inPlace) {
      edits.cut(front);
    }
    for (PipelineStage stage : place.idStages()) {
      int start = withBlanksBefore(stage.range().start(), pipeline);
      if (inPlace && !cut) {
        edits.cut(start);
        cut = true;
      }
      edits.remove(new SourceRange(start, stage.range().end()));
    }
  }

  private boolean isIdField(String name) {
    return settings.traceFields().contains(name) || settings.spanFields().contains(name);
  }

  /** A comment needs the end of its line; only behind a stage are the blanks ours to remove. */
  private int withBlanksBefore(int start, LogPipeline pipeline) {
    int at = start;
    while (at > 0 && Character.isWhitespace(text.charAt(at - 1))) {
      at--;
    }
    int end = at;
    boolean behindPart =
        pipeline.selector().range().end() == end
            || pipeline.lineFilterInsertionPoint().orElse(-1) == end
            || pipeline.stages().stream().anyMatch(stage -> stage.range().end() == end);
    return behindPart ? end : start;
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
    logs.parts.add(new QueryParts(text, null, "", ""));
    logs.warnings.add(
        "the query was left as it is: with the configured tags no stream label would be left");
    return logs.build();
  }
}
