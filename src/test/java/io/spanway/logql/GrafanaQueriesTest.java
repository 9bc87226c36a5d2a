// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.logql.LabelFilterExpr.Or;
import io.spanway.logql.LabelFilterExpr.StringCompare;
import io.spanway.logql.PipelineStage.Drop;
import io.spanway.logql.PipelineStage.LabelFilter;
import io.spanway.logql.PipelineStage.LabelFormat;
import io.spanway.logql.PipelineStage.LineFilter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The exact texts that the generations of Grafana's span-to-logs links send. */
final class GrafanaQueriesTest {

  private static final String TAGS = "{cluster=\"cluster1\", hostname=\"hostname1\"}";
  private static final String BY_TRACE =
      " | label_format log_line_contains_trace_id=`{{ contains \"7946b05c2e2e4e5a\" __line__  }}`"
          + " | log_line_contains_trace_id=\"true\" or trace_id=\"7946b05c2e2e4e5a\"";
  private static final String BY_SPAN =
      " | label_format log_line_contains_span_id=`{{ contains \"6605c7b08e715d6c\" __line__  }}`"
          + " | log_line_contains_span_id=\"true\" or span_id=\"6605c7b08e715d6c\"";
  private static final String PARSED = " | logfmt | json | drop __error__";

  static List<String> logQueries() {
    return List.of(
        TAGS,
        TAGS + " |=\"7946b05c2e2e4e5a\"",
        TAGS + " |=\"6605c7b08e715d6c\"",
        TAGS + " |=\"7946b05c2e2e4e5a\" |=\"6605c7b08e715d6c\"",
        TAGS + BY_TRACE,
        TAGS + BY_SPAN,
        TAGS + BY_TRACE + BY_SPAN,
        TAGS + BY_TRACE.replace(" or ", " OR "),
        TAGS + PARSED + " | trace_id=\"7946b05c2e2e4e5a\" | span_id=\"6605c7b08e715d6c\"",
        "{job=~\"(.*/)?(checkout)\"}"
            + PARSED
            + " | trace_id=\"7946b05c2e2e4e5a\" | span_id=\"6605c7b08e715d6c\"",
        TAGS + PARSED + " | traceID=\"7946b05c2e2e4e5a\" | spanID=\"6605c7b08e715d6c\"",
        TAGS + PARSED + " | otel_trace_id=\"7946b05c2e2e4e5a\"",
        TAGS + " |= \"7946b05c2e2e4e5a\" |= \"6605c7b08e715d6c\"",
        "{service.name=\"cart\", k8s.pod.name=\"p-1\"} |=\"7946b05c2e2e4e5a\"",
        "{service_name=\"nginx\", __stream_shard__=~\"1|2\"} |=\"7946b05c2e2e4e5a\"");
  }

  @ParameterizedTest
  @MethodSource("logQueries")
  void grafanasQuery_isALogQueryThatSpansItsText(String text) throws Exception {
    Query query = LogqlParser.parse(text);
    assertThat(query.isLog()).isTrue();
    assertThat(query.text()).isEqualTo(text);
    assertThat(query.pipelines()).hasSize(1);
    assertThat(query.pipelines().get(0).range()).isEqualTo(new SourceRange(0, text.length()));
  }

  @ParameterizedTest
  @MethodSource("logQueries")
  void grafanasQuery_insideLogVolume_keepsItsPipeline(String text) throws Exception {
    String volume =
        "sum by (level, detected_level) (count_over_time(" + text + " | drop __error__[1m]))";
    LogPipeline pipeline = LogqlParser.parse(volume).pipelines().get(0);
    assertThat(pipeline.range().in(volume)).isEqualTo(text + " | drop __error__");
    assertThat(pipeline.rangeWindow()).isNotNull();
    assertThat(pipeline.selector()).hasToString(selectorOf(volume).toString());
    assertThat(pipeline.stages()).last().isInstanceOf(Drop.class);
  }

  private static StreamSelector selectorOf(String text) throws LogqlSyntaxException {
    return LogqlParser.parse(text).pipelines().get(0).selector();
  }

  @Test
  void labelFormatGeneration_hasTemplateAndBothHalvesInOneFilter() throws Exception {
    LogPipeline pipeline = LogqlParser.parse(TAGS + BY_TRACE).pipelines().get(0);
    assertThat(pipeline.stages()).hasSize(2);
    LabelFormat format = (LabelFormat) pipeline.stages().get(0);
    assertThat(format.assignments())
        .singleElement()
        .satisfies(
            assignment -> {
              assertThat(assignment.label()).isEqualTo("log_line_contains_trace_id");
              assertThat(assignment.template()).isTrue();
              assertThat(assignment.source())
                  .isEqualTo("{{ contains \"7946b05c2e2e4e5a\" __line__  }}");
            });
    LabelFilter filter = (LabelFilter) pipeline.stages().get(1);
    assertThat(((Or) filter.expr()).operands())
        .extracting(operand -> ((StringCompare) operand).name())
        .containsExactly("log_line_contains_trace_id", "trace_id");
  }

  @Test
  void probingGeneration_hasParsersThenFilters() throws Exception {
    String text = TAGS + PARSED + " | trace_id=\"7946b05c2e2e4e5a\" | span_id=\"6605c7b08e715d6c\"";
    assertThat(LogqlParser.parse(text).pipelines().get(0).stages())
        .extracting(stage -> stage.getClass().getSimpleName())
        .containsExactly("LogfmtStage", "JsonStage", "Drop", "LabelFilter", "LabelFilter");
  }

  @Test
  void lineFilterGeneration_hasOneStagePerId() throws Exception {
    String text = TAGS + " |=\"7946b05c2e2e4e5a\" |=\"6605c7b08e715d6c\"";
    assertThat(LogqlParser.parse(text).pipelines().get(0).stages())
        .hasSize(2)
        .allSatisfy(
            stage -> {
              assertThat(((LineFilter) stage).op()).isEqualTo(LineFilterOp.CONTAINS);
              assertThat(((LineFilter) stage).usesIp()).isFalse();
            });
  }

  @Test
  void dottedName_isFlaggedWithItsPlace() throws Exception {
    String text = "{service.name=\"cart\", pod=\"p\"}";
    List<LabelMatcher> matchers = selectorOf(text).matchers();
    assertThat(matchers).extracting(LabelMatcher::dotted).containsExactly(true, false);
    assertThat(matchers.get(0).name()).isEqualTo("service.name");
    assertThat(matchers.get(0).nameRange().in(text)).isEqualTo("service.name");
    assertThat(matchers.get(0).range().in(text)).isEqualTo("service.name=\"cart\"");
  }
}
