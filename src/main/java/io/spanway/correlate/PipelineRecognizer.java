// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.correlate.Recognition.Ids;
import io.spanway.correlate.Recognition.Rule;
import io.spanway.logql.LabelFilterExpr;
import io.spanway.logql.LabelMatcher;
import io.spanway.logql.LineFilterOp;
import io.spanway.logql.LogPipeline;
import io.spanway.logql.MatchOp;
import io.spanway.logql.PipelineStage;
import io.spanway.model.SpanId;
import io.spanway.model.TraceId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Knows what Grafana puts behind one selector for a span, generation by generation, and markers.
 */
final class PipelineRecognizer {
  static final String TRACE_MARKER = "__trace_id__";
  static final String SPAN_MARKER = "__span_id__";

  static final String ARTIFICIAL = "log_line_contains_";
  private static final int TRACE_DIGITS = 32;
  private static final int SPAN_DIGITS = 16;

  /** G5's pairs, in both of its variants. */
  private static final List<List<String>> PAIRS =
      List.of(
          List.of("trace_id", "span_id"),
          List.of("traceID", "spanID"),
          List.of("traceId", "spanId"),
          List.of("TraceID", "SpanID"),
          List.of("TraceId", "SpanId"),
          List.of("otel_trace_id", "otel_span_id"));

  private final String text;
  private final LogPipeline pipeline;
  private final List<PipelineStage> stages;

  private PipelineRecognizer(String text, LogPipeline pipeline) {
    this.text = text;
    this.pipeline = pipeline;
    this.stages = pipeline.stages();
  }

  /** What a selector is about, and which of its stages say so. */
  record Found(Ids ids, List<PipelineStage> idStages) {}

  static @Nullable Found recognize(String text, LogPipeline pipeline) {
    return new PipelineRecognizer(text, pipeline).recognize();
  }

  private @Nullable Found recognize() {
    Found found = marker();
    if (found == null) {
      found = g4();
    }
    if (found == null) {
      found = g5();
    }
    return found == null ? lineFilters() : found;
  }

  /** {@code {__trace_id__="…", __span_id__="…"}}. */
  private @Nullable Found marker() {
    TraceId traceId = null;
    SpanId spanId = null;
    for (LabelMatcher matcher : pipeline.selector().matchers()) {
      if (matcher.op() != MatchOp.EQ) {
        return null;
      }
      try {
        if (matcher.name().equals(TRACE_MARKER) && traceId == null) {
          traceId = TraceId.parse(matcher.value());
        } else if (matcher.name().equals(SPAN_MARKER) && spanId == null) {
          spanId = SpanId.parse(matcher.value());
        } else {
          return null;
        }
      } catch (IllegalArgumentException e) {
        return null;
      }
    }
    return traceId == null
        ? null
        : new Found(new Ids(Rule.MARKER, traceId, spanId, false, false), List.of());
  }

  /** The template that looks into the line, or a field: for the trace, the span, or both. */
  private @Nullable Found g4() {
    TraceId traceId = null;
    SpanId spanId = null;
    var idStages = new ArrayList<PipelineStage>();
    int i = 0;
    while (i + 1 < stages.size()) {
      String trace = traceId == null ? artificial(i, "trace_id") : null;
      String span = spanId == null ? artificial(i, "span_id") : null;
      if (trace != null) {
        traceId = traceId(trace);
      } else if (span != null) {
        spanId = spanId(span);
      } else {
        i++;
        continue;
      }
      if ((trace != null && traceId == null) || (span != null && spanId == null)) {
        return null;
      }
      idStages.addAll(stages.subList(i, i + 2));
      i += 2;
    }
    // A pair that is not ours stays; the label of its filter then keeps the query as it is.
    return idStages.isEmpty()
        ? null
        : new Found(new Ids(Rule.GRAFANA_G4, traceId, spanId, false, false), idStages);
  }

  /** The ID in {@code | label_format x=`…` | x="true" or field="ID"} at a stage, else null. */
  private @Nullable String artificial(int at, String field) {
    if (at + 2 > stages.size()
        || !(stages.get(at) instanceof PipelineStage.LabelFormat format)
        || !(stages.get(at + 1) instanceof PipelineStage.LabelFilter filter)
        || format.assignments().size() != 1
        || !(filter.expr() instanceof LabelFilterExpr.Or or)
        || or.operands().size() != 2) {
      return null;
    }
    String label = ARTIFICIAL + field;
    PipelineStage.Assignment assignment = format.assignments().get(0);
    String id = comparedWith(or.operands().get(1), field);
    if (id == null
        || !assignment.template()
        || !assignment.label().equals(label)
        || !"true".equals(comparedWith(or.operands().get(0), label))
        || !looksFor(id, assignment.source())) {
      return null;
    }
    return id;
  }

  /** Whether a template is {@code {{ contains "id" __line__ }}}, spaces aside. */
  private static boolean looksFor(String id, String template) {
    String body = template.strip();
    if (!body.startsWith("{{") || !body.endsWith("}}")) {
      return false;
    }
    body = body.substring(2, body.length() - 2).strip();
    String call = "contains";
    String literal = '"' + id + '"';
    if (!body.startsWith(call)) {
      return false;
    }
    body = body.substring(call.length()).strip();
    return body.startsWith(literal) && body.substring(literal.length()).strip().equals("__line__");
  }

  /** {@code | logfmt | json | drop __error__ | trace_id="…" | span_id="…"}. */
  private @Nullable Found g5() {
    for (int i = 0; i + 3 < stages.size(); i++) {
      if (isParsedAt(i)) {
        return fieldFilters(i + 3);
      }
    }
    return null;
  }

  private boolean isParsedAt(int at) {
    return stages.get(at) instanceof PipelineStage.LogfmtStage logfmt
        && !logfmt.strict()
        && !logfmt.keepEmpty()
        && logfmt.extractions().isEmpty()
        && stages.get(at + 1) instanceof PipelineStage.JsonStage json
        && json.extractions().isEmpty()
        && VolumeQuery.dropsErrors(stages.get(at + 2));
  }

  private @Nullable Found fieldFilters(int at) {
    for (List<String> pair : PAIRS) {
      String trace = fieldFilter(at, pair.get(0));
      TraceId traceId = trace == null ? null : traceId(trace);
      if (traceId != null) {
        String span = fieldFilter(at + 1, pair.get(1));
        SpanId spanId = span == null ? null : spanId(span);
        return new Found(
            new Ids(Rule.GRAFANA_G5, traceId, spanId, false, false),
            stages.subList(at, at + (spanId == null ? 1 : 2)));
      }
    }
    return null;
  }

  private @Nullable String fieldFilter(int at, String field) {
    return at < stages.size() && stages.get(at) instanceof PipelineStage.LabelFilter filter
        ? comparedWith(filter.expr(), field)
        : null;
  }

  /** {@code |="trace" |="span"}, or one of them: G2, G3, and with spaces G5's last attempt. */
  private @Nullable Found lineFilters() {
    String first = contains(0);
    if (first == null || !selectorIsGrafanas()) {
      return null;
    }
    TraceId traceId = traceId(first);
    if (traceId == null) {
      return null;
    }
    boolean spaced = text.charAt(stages.get(0).range().start() + 2) != '"';
    Rule rule = spaced ? Rule.GRAFANA_G5 : Rule.GRAFANA_G2;
    String second = contains(1);
    SpanId spanId = second == null ? null : spanId(second);
    if (spanId != null) {
      return new Found(new Ids(rule, traceId, spanId, false, true), stages.subList(0, 2));
    }
    boolean either = first.length() == SPAN_DIGITS;
    return new Found(
        new Ids(rule, traceId, either ? spanId(first) : null, either, true), stages.subList(0, 1));
  }

  /** The operand of a {@code |= "…"} with exactly one, double-quoted as Grafana writes it. */
  private @Nullable String contains(int at) {
    if (at >= stages.size()
        || !(stages.get(at) instanceof PipelineStage.LineFilter filter)
        || filter.op() != LineFilterOp.CONTAINS
        || filter.operands().size() != 1) {
      return null;
    }
    PipelineStage.LineFilter.Operand operand = filter.operands().get(0);
    boolean quoted = text.charAt(operand.range().start()) == '"';
    return operand.ip() || !quoted ? null : operand.text();
  }

  private boolean selectorIsGrafanas() {
    for (LabelMatcher matcher : pipeline.selector().matchers()) {
      if (matcher.op() != MatchOp.EQ && !matcher.name().equals(VolumeQuery.SHARD)) {
        return false;
      }
    }
    return true;
  }

  private static @Nullable String comparedWith(LabelFilterExpr expr, String name) {
    return expr instanceof LabelFilterExpr.StringCompare compare
            && compare.op() == MatchOp.EQ
            && compare.name().equals(name)
        ? compare.value()
        : null;
  }

  private static @Nullable TraceId traceId(String text) {
    boolean fits = text.length() == TRACE_DIGITS || text.length() == SPAN_DIGITS;
    if (!fits || !isPlain(text)) {
      return null;
    }
    try {
      return TraceId.parse(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static @Nullable SpanId spanId(String text) {
    if (text.length() != SPAN_DIGITS || !isPlain(text)) {
      return null;
    }
    try {
      return SpanId.parse(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  // Grafana writes no dashes; with them the text would have fewer digits than characters.
  private static boolean isPlain(String text) {
    return text.indexOf('-') < 0;
  }
}
