// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.logql.LogPipeline;
import io.spanway.logql.PipelineStage;
import io.spanway.logql.SourceRange;
import io.spanway.model.SpanId;
import io.spanway.model.TraceId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A query that is about a span or a trace, taken apart. */
public final class Recognition {
  /** How the recognised query stands in the request. */
  public enum Form {
    /** It is the request's whole query, a log query. */
    BARE
  }

  /** What the query was recognised as. */
  enum Rule {
    MARKER("marker"),
    GRAFANA_G2("grafana-g2"),
    GRAFANA_G4("grafana-g4"),
    GRAFANA_G5("grafana-g5");

    private final String id;

    Rule(String id) {
      this.id = id;
    }
  }

  private final Rule rule;
  private final String text;
  private final LogPipeline pipeline;
  private final int idStages;
  private final int idStagesFrom;
  private final @Nullable TraceId traceId;
  private final @Nullable SpanId spanId;
  private final boolean either;
  private final boolean ambiguous;

  private Recognition(Builder builder) {
    rule = builder.rule;
    text = builder.text;
    pipeline = builder.pipeline;
    idStagesFrom = builder.idStagesFrom;
    idStages = builder.idStages;
    traceId = builder.traceId;
    spanId = builder.spanId;
    either = builder.either;
    ambiguous = builder.ambiguous;
  }

  /** How the query stands in the request. */
  public Form form() {
    return Form.BARE;
  }

  /** The rule as in {@code X-Spanway-Rewrite}: {@code marker}, {@code grafana-g2} … */
  public String ruleName() {
    return rule.id;
  }

  /** Whether this is a marker: look up the trace, then build the query for the span. */
  public boolean isMarker() {
    return rule == Rule.MARKER;
  }

  /** The query that was recognised, as it came. */
  public String text() {
    return text;
  }

  /**
   * The trace; null when the query names only a span. One ID of 16 digits may be either's: it is
   * here (padded) as well as in {@link #spanId()}.
   */
  public @Nullable TraceId traceId() {
    return traceId;
  }

  /** The span; null when the query is about the whole trace. */
  public @Nullable SpanId spanId() {
    return spanId;
  }

  /**
   * Whether a person may have typed this query. Its window may be shifted only if Tempo has {@link
   * #traceId()}.
   */
  public boolean needsTraceCheck() {
    return ambiguous;
  }

  /** The text behind a marker's selector: further stages, empty for none. */
  public String stages() {
    return text.substring(pipeline.selector().range().end(), pipeline.range().end());
  }

  LogPipeline pipeline() {
    return pipeline;
  }

  /** Whether one ID stands for a trace or a span, nobody knows which. */
  boolean either() {
    return either;
  }

  /** The stages that filter by ID, in text order. */
  List<PipelineStage> idStages() {
    return pipeline.stages().subList(idStagesFrom, idStagesFrom + idStages);
  }

  /** The stages that do not filter by ID: a user's, or Grafana's parsers. */
  List<PipelineStage> otherStages() {
    return pipeline.stages().stream().filter(stage -> !idStages().contains(stage)).toList();
  }

  /** Everything behind the selector but the ID filters; what remains is byte for byte. */
  String withoutIdStages() {
    var rest = new StringBuilder();
    int copied = pipeline.selector().range().end();
    for (PipelineStage stage : idStages()) {
      SourceRange range = stage.range();
      String gap = text.substring(copied, range.start());
      String stripped = gap.stripTrailing();
      // A comment needs the end of its line; only behind a stage are the blanks ours to remove.
      boolean comment = !stripped.isEmpty() && !isStageEnd(copied + stripped.length());
      rest.append(comment ? gap : stripped);
      copied = range.end();
    }
    rest.append(text, copied, text.length());
    return rest.toString().isBlank() ? "" : rest.toString();
  }

  private boolean isStageEnd(int offset) {
    return pipeline.stages().stream().anyMatch(stage -> stage.range().end() == offset);
  }

  /** Collects the parts. */
  static final class Builder {
    final Rule rule;
    final String text;
    final LogPipeline pipeline;
    int idStagesFrom;
    int idStages;
    @Nullable TraceId traceId;
    @Nullable SpanId spanId;
    boolean either;
    boolean ambiguous;

    Builder(Rule rule, String text, LogPipeline pipeline) {
      this.rule = rule;
      this.text = text;
      this.pipeline = pipeline;
    }

    Recognition build() {
      return new Recognition(this);
    }
  }
}
