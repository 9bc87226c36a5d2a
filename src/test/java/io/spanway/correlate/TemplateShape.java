// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import static io.spanway.correlate.Traces.ID;
import static io.spanway.correlate.Traces.SPAN;
import static io.spanway.correlate.Traces.correlator;
import static io.spanway.correlate.Traces.custom;
import static io.spanway.correlate.Traces.span;
import static io.spanway.correlate.Traces.trace;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import io.spanway.logql.LabelFilterExpr;
import io.spanway.logql.LabelMatcher;
import io.spanway.logql.LogPipeline;
import io.spanway.logql.LogqlParser;
import io.spanway.logql.MatchOp;
import io.spanway.logql.PipelineStage;
import io.spanway.model.Attributes;
import io.spanway.model.SpanRef;
import java.util.List;

/** That a value changes nothing of a query but the strings that its variable stands in. */
final class TemplateShape {
  private static final Correlator CORRELATOR =
      correlator(
          custom(
              "{a=\"-${__span.tags.v}-\", b=~`(${__span.tags.v})+`} |= \"1\\t${__span.tags.v}\" |="
                  + " `2${__span.tags.v}` or `3${__span.tags[\"v\"]}` |~ `^${__span.tags.v}$` | c ="
                  + " `${__span.tags.v}` and d!~\"x${__span.tags.v}\" | line_format"
                  + " `{{.e}}${__span.tags.v}` | drop f=\"${__span.tags.v}\" | json"));

  private TemplateShape() {}

  /** For a value that is not empty, valid Unicode, and short enough. */
  static void assertHolds(String value) throws Exception {
    SpanLogs logs =
        CORRELATOR.forSpan(
            trace(span(Attributes.EMPTY, Attributes.of("v", value))),
            new SpanRef(ID, SPAN),
            SpanLogsOptions.DEFAULT);
    LogPipeline query = LogqlParser.parse(logs.queries().get(0).texts().get(0)).pipelines().get(0);

    List<LabelMatcher> matchers = query.selector().matchers();
    assertThat(matchers).hasSize(2);
    assertThat(matchers.get(0)).isEqualTo(LabelMatcher.of("a", MatchOp.EQ, "-" + value + "-"));
    assertThat(matchers.get(1).op()).isEqualTo(MatchOp.RE);
    assertThat(matchers.get(1).matches(value + value)).isTrue();
    assertThat(matchers.get(1).matches(value + value + "x")).isFalse();

    List<PipelineStage> stages = query.stages();
    assertThat(stages).hasSize(7);
    assertThat(lineFilter(stages.get(0))).containsExactly("1\t" + value);
    assertThat(lineFilter(stages.get(1))).containsExactly("2" + value, "3" + value);
    String regex = lineFilter(stages.get(2)).get(0);
    assertThat(Pattern.compile(regex).matches(value)).isTrue();
    assertThat(Pattern.compile(regex).matches(value + "x")).isFalse();
    assertThat(((PipelineStage.LabelFilter) stages.get(3)).expr())
        .isInstanceOfSatisfying(
            LabelFilterExpr.And.class,
            and -> {
              assertThat(and.operands()).hasSize(2);
              var equal = (LabelFilterExpr.StringCompare) and.operands().get(0);
              assertThat(equal.value()).isEqualTo(value);
              var unlike = (LabelFilterExpr.StringCompare) and.operands().get(1);
              assertThat(unlike.matches("x" + value)).isFalse();
              assertThat(unlike.matches("x" + value + "x")).isTrue();
            });
    assertThat(((PipelineStage.LineFormat) stages.get(4)).template())
        .startsWith("{{.e}}{{\"")
        .endsWith("\"}}");
    PipelineStage.Drop drop = (PipelineStage.Drop) stages.get(5);
    assertThat(drop.labels()).hasSize(1);
    assertThat(drop.labels().get(0).matcher()).isEqualTo(LabelMatcher.of("f", MatchOp.EQ, value));
    assertThat(stages.get(6)).isInstanceOf(PipelineStage.JsonStage.class);
  }

  private static List<String> lineFilter(PipelineStage stage) {
    return ((PipelineStage.LineFilter) stage).alternatives();
  }
}
