// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.correlate.Recognition.Rule;
import io.spanway.logql.LabelFilterExpr;
import io.spanway.logql.LabelMatcher;
import io.spanway.logql.LineFilterOp;
import io.spanway.logql.LogPipeline;
import io.spanway.logql.LogQuery;
import io.spanway.logql.LogqlParser;
import io.spanway.logql.LogqlSyntaxException;
import io.spanway.logql.MatchOp;
import io.spanway.logql.PipelineStage;
import io.spanway.model.SpanId;
import io.spanway.model.TraceId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Knows the queries that Grafana builds for a span, generation by generation, and our markers.
 * Works on the parsed query only, and rather misses one of Grafana's than takes a person's.
 */
final class Recognizer {
  static final String TRACE_MARKER = "__trace_id__";
  static final String SPAN_MARKER = "__span_id__";

  private static final String SHARD = "__stream_shard__";
  private static final String ARTIFICIAL = "log_line_contains_";
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

  private Recognizer(LogQuery query) {
    text = query.text();
    pipeline = query.pipeline();
    stages = pipeline.stages();
  }

  static @Nullable Recognition recognize(String logql) {
    // Cheap and true of all forms; most queries on the way are none of them.
    if (logql.indexOf('{') < 0) {
      return null;
    }
    try {
      return LogqlParser.parse(logql) instanceof LogQuery query
          ? new Recognizer(query).recognize()
          : null;
    } catch (LogqlSyntaxException e) {
      return null;
    }
  }

  private @Nullable Recognition recognize() {
    Recognition found = marker();
    if (found == null) {
      found = g4();
    }
    if (found == null) {
      found = g5();
    }
    return found == null ? lineFilters() : found;
  }

  /** {@code {__trace_id__="…", __span_id__="…"}}. */
  private @Nullable Recognition marker() {
    var builder = new Recognition.Builder(Rule.MARKER, text, pipeline);
    for (LabelMatcher matcher : pipeline.selector().matchers()) {
      if (matcher.op() != MatchOp.EQ) {
        return null;
      }
      try {
        if (matcher.name().equals(TRACE_MARKER) && builder.traceId == null) {
          builder.traceId = TraceId.parse(matcher.value());
        } else if (matcher.name().equals(SPAN_MARKER) && builder.spanId == null) {
          builder.spanId = SpanId.parse(matcher.value());
        } else {
          return null;
        }
      } catch (IllegalArgumentException e) {
        return null;
      }
    }
    return builder.traceId == null ? null : builder.build();
  }

  /** The template that looks into the line, or a field: for the trace, the span, or both. */
  private @Nullable Recognition g4() {
    var builder = new Recognition.Builder(Rule.GRAFANA_G4, text, pipeline);
    String trace = artificial(0, "trace_id");
    if (trace != null) {
      builder.traceId = traceId(trace);
      builder.idStages = 2;
    }
    String span = artificial(builder.idStages, "span_id");
    if (span != null) {
      builder.spanId = spanId(span);
      builder.idStages += 2;
    }
    boolean bad =
        (trace != null && builder.traceId == null) || (span != null && builder.spanId == null);
    if (builder.idStages == 0 || bad) {
      return null;
    }
    // The label is not reproduced, so that nothing else may need it.
    int end = stages.get(builder.idStages - 1).range().end();
    return text.indexOf(ARTIFICIAL, end) >= 0 ? null : builder.build();
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
  private @Nullable Recognition g5() {
    if (stages.size() < 4
        || !(stages.get(0) instanceof PipelineStage.LogfmtStage logfmt)
        || logfmt.strict()
        || logfmt.keepEmpty()
        || !logfmt.extractions().isEmpty()
        || !(stages.get(1) instanceof PipelineStage.JsonStage json)
        || !json.extractions().isEmpty()
        || !(stages.get(2) instanceof PipelineStage.Drop drop)
        || drop.labels().size() != 1
        || !drop.labels().get(0).name().equals("__error__")
        || drop.labels().get(0).matcher() != null) {
      return null;
    }
    for (List<String> pair : PAIRS) {
      String trace = fieldFilter(3, pair.get(0));
      TraceId traceId = trace == null ? null : traceId(trace);
      if (traceId != null) {
        var builder = new Recognition.Builder(Rule.GRAFANA_G5, text, pipeline);
        builder.idStagesFrom = 3;
        builder.idStages = 1;
        builder.traceId = traceId;
        String span = fieldFilter(4, pair.get(1));
        SpanId spanId = span == null ? null : spanId(span);
        if (spanId != null) {
          builder.idStages = 2;
          builder.spanId = spanId;
        }
        return builder.build();
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
  private @Nullable Recognition lineFilters() {
    String first = contains(0);
    if (first == null || !selectorIsGrafanas()) {
      return null;
    }
    TraceId traceId = traceId(first);
    if (traceId == null) {
      return null;
    }
    boolean spaced = text.charAt(stages.get(0).range().start() + 2) != '"';
    var builder =
        new Recognition.Builder(spaced ? Rule.GRAFANA_G5 : Rule.GRAFANA_G2, text, pipeline);
    builder.ambiguous = true;
    builder.traceId = traceId;
    builder.idStages = 1;
    String second = contains(1);
    SpanId spanId = second == null ? null : spanId(second);
    if (spanId != null) {
      builder.spanId = spanId;
      builder.idStages = 2;
    } else if (first.length() == SPAN_DIGITS) {
      builder.spanId = spanId(first);
      builder.either = true;
    }
    return builder.build();
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
      if (matcher.op() != MatchOp.EQ && !matcher.name().equals(SHARD)) {
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
