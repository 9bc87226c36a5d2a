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
    BARE,
    /** It is counted: Grafana's log volume, or a marker or certain form in a metric query. */
    METRIC
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

  /**
   * One selector of the query, with its stages.
   *
   * @param idStages the stages that filter by ID, in text order; none for a marker
   */
  record Place(LogPipeline pipeline, List<PipelineStage> idStages) {
    Place {
      idStages = List.copyOf(idStages);
    }

    /** The stages that do not filter by ID: a user's, or Grafana's parsers. */
    List<PipelineStage> otherStages() {
      return pipeline.stages().stream().filter(stage -> !idStages.contains(stage)).toList();
    }

    /** The stages in front of the first one that filters by ID. */
    List<PipelineStage> stagesBefore() {
      return idStages.isEmpty()
          ? List.of()
          : pipeline.stages().subList(0, pipeline.stages().indexOf(idStages.get(0)));
    }
  }

  /**
   * The IDs that one selector's filters, or its marker, name.
   *
   * @param either whether one ID stands for a trace or a span, nobody knows which
   * @param ambiguous whether a person may have typed it
   */
  record Ids(
      Rule rule,
      @Nullable TraceId traceId,
      @Nullable SpanId spanId,
      boolean either,
      boolean ambiguous) {}

  private final Form form;
  private final String text;
  private final Ids ids;
  private final List<Place> places;

  Recognition(Form form, String text, Ids ids, List<Place> places) {
    this.form = form;
    this.text = text;
    this.ids = ids;
    this.places = List.copyOf(places);
  }

  /** How the query stands in the request. */
  public Form form() {
    return form;
  }

  /** The rule as in {@code X-Spanway-Rewrite}: {@code marker}, {@code grafana-g2} … */
  public String ruleName() {
    return ids.rule.id;
  }

  /** Whether this is a marker: look up the trace, then build the query for the span. */
  public boolean isMarker() {
    return ids.rule == Rule.MARKER;
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
    return ids.traceId;
  }

  /** The span; null when the query is about the whole trace. */
  public @Nullable SpanId spanId() {
    return ids.spanId;
  }

  /**
   * Whether a person may have typed this query. Its window may be shifted only if Tempo has {@link
   * #traceId()}.
   */
  public boolean needsTraceCheck() {
    return ids.ambiguous;
  }

  /** The text behind a bare marker's selector: further stages, empty for none. */
  public String stages() {
    LogPipeline pipeline = pipeline();
    return text.substring(pipeline.selector().range().end(), pipeline.range().end());
  }

  /**
   * The log query whose lines a log volume counts, as Grafana asks for them beside it; null where
   * there is none.
   */
  public @Nullable Recognition counted() {
    LogPipeline pipeline = pipeline();
    SourceRange window = pipeline.rangeWindow();
    if (window == null || window.start() < pipeline.range().end()) {
      return null;
    }
    int end = pipeline.range().end();
    for (int i = pipeline.stages().size() - 1; i > 0; i--) {
      PipelineStage last = pipeline.stages().get(i);
      if (!VolumeQuery.isAppended(last)) {
        break;
      }
      end = last.range().start();
      if (VolumeQuery.dropsErrors(last)) {
        break;
      }
    }
    return Recognizer.recognize(
        text.substring(pipeline.selector().range().start(), end).stripTrailing());
  }

  /** Its first selector with its stages. */
  LogPipeline pipeline() {
    return places.get(0).pipeline();
  }

  List<Place> places() {
    return places;
  }

  /** Whether one ID stands for a trace or a span, nobody knows which. */
  boolean either() {
    return ids.either;
  }

  /**
   * Whether it is Grafana's last attempt to find a span's lines, which asks for the same lines as
   * its attempts before but does not parse them.
   */
  boolean isLastAttempt() {
    return form == Form.BARE
        && ids.rule == Rule.GRAFANA_G5
        && ids.ambiguous
        && places.get(0).otherStages().isEmpty();
  }
}
