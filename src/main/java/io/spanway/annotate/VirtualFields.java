// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import io.spanway.annotate.DerivedFieldSet.LineField;
import io.spanway.logql.LabelFilterExpr;
import io.spanway.logql.LogPipeline;
import io.spanway.logql.LogqlParser;
import io.spanway.logql.LogqlSyntaxException;
import io.spanway.logql.PipelineStage;
import io.spanway.logql.PipelineStage.Extraction;
import io.spanway.logql.Query;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds queries that filter by fields which Loki's entries only get on their way through Spanway,
 * as the filter buttons beside such a field in Grafana write them. Immutable.
 *
 * <p>Only fields with one pattern for the line and no condition on streams count: what others find
 * cannot be said in one stage of LogQL.
 */
public final class VirtualFields {
  private final List<LineField> fields;

  private VirtualFields(List<LineField> fields) {
    this.fields = List.copyOf(fields);
  }

  /**
   * Takes the fields that lines yield.
   *
   * @param idFields names of fields that logs carry themselves, which are never taken for virtual
   */
  public static VirtualFields of(DerivedFieldSet fields, Set<String> idFields) {
    return new VirtualFields(
        fields.lineFields().stream().filter(field -> !idFields.contains(field.key())).toList());
  }

  /**
   * Finds filters by virtual fields in a query.
   *
   * @return null for a query without any, and for one whose selectors differ: nobody knows of all
   *     of them at once which fields are real
   * @throws LogqlSyntaxException if the query has a field's name and cannot be parsed
   */
  public @Nullable VirtualQuery read(String logql) throws LogqlSyntaxException {
    if (fields.stream().noneMatch(field -> logql.contains(field.key()))) {
      return null;
    }
    Query query = LogqlParser.parse(logql);
    List<LogPipeline> pipelines = query.pipelines();
    String selector = pipelines.get(0).selector().range().in(logql);
    var places = new ArrayList<VirtualQuery.Place>();
    for (LogPipeline pipeline : pipelines) {
      if (!pipeline.selector().range().in(logql).equals(selector)) {
        return null;
      }
      for (LineField field : fields) {
        VirtualQuery.Place place = place(pipeline, field);
        if (place != null) {
          places.add(place);
        }
      }
    }
    return places.isEmpty() ? null : new VirtualQuery(logql, selector, query.isLog(), places);
  }

  /** Finds the filters by a field that no earlier stage sets. */
  private static VirtualQuery.@Nullable Place place(LogPipeline pipeline, LineField field) {
    var window = pipeline.rangeWindow();
    var filters = new ArrayList<PipelineStage.LabelFilter>();
    boolean parsed = false;
    for (PipelineStage stage : pipeline.stages()) {
      if (stage instanceof PipelineStage.LabelFilter filter && names(filter.expr(), field.key())) {
        if (window != null && window.start() < filter.range().start()) {
          return null;
        }
        filters.add(filter);
      } else if (filters.isEmpty()) {
        if (sets(stage, field.key())) {
          return null;
        }
        parsed |= isParser(stage);
      }
    }
    return filters.isEmpty() ? null : new VirtualQuery.Place(field, filters, parsed);
  }

  private static boolean names(LabelFilterExpr expr, String key) {
    if (expr instanceof LabelFilterExpr.And and) {
      return and.operands().stream().anyMatch(operand -> names(operand, key));
    }
    if (expr instanceof LabelFilterExpr.Or or) {
      return or.operands().stream().anyMatch(operand -> names(operand, key));
    }
    if (expr instanceof LabelFilterExpr.StringCompare compare) {
      return compare.name().equals(key);
    }
    if (expr instanceof LabelFilterExpr.NumberCompare compare) {
      return compare.name().equals(key);
    }
    return expr instanceof LabelFilterExpr.IpCompare compare && compare.name().equals(key);
  }

  private static boolean isParser(PipelineStage stage) {
    return stage instanceof PipelineStage.JsonStage || stage instanceof PipelineStage.LogfmtStage;
  }

  /** Whether the query itself says what the field is behind a stage. */
  private static boolean sets(PipelineStage stage, String key) {
    if (stage instanceof PipelineStage.LabelFormat format) {
      return format.assignments().stream().anyMatch(each -> each.label().equals(key));
    }
    if (stage instanceof PipelineStage.RegexpStage regexp) {
      return regexp.regex().contains('<' + key + '>');
    }
    if (stage instanceof PipelineStage.PatternStage pattern) {
      return pattern.pattern().contains('<' + key + '>');
    }
    if (stage instanceof PipelineStage.JsonStage json) {
      return extracts(json.extractions(), key);
    }
    if (stage instanceof PipelineStage.LogfmtStage logfmt) {
      return extracts(logfmt.extractions(), key);
    }
    // What a packed line holds, nobody says beforehand.
    return stage instanceof PipelineStage.UnpackStage;
  }

  private static boolean extracts(Collection<Extraction> extractions, String key) {
    return extractions.stream().anyMatch(each -> each.label().equals(key));
  }
}
