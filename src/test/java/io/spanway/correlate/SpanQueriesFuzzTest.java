// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import static io.spanway.correlate.Traces.ID;
import static io.spanway.correlate.Traces.SPAN;
import static io.spanway.correlate.Traces.config;
import static io.spanway.correlate.Traces.correlator;
import static io.spanway.correlate.Traces.metadata;
import static io.spanway.correlate.Traces.span;
import static io.spanway.correlate.Traces.tag;
import static io.spanway.correlate.Traces.trace;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.spanway.logql.LabelFilterExpr;
import io.spanway.logql.LabelMatcher;
import io.spanway.logql.LogPipeline;
import io.spanway.logql.LogqlParser;
import io.spanway.logql.MatchOp;
import io.spanway.logql.PipelineStage;
import io.spanway.model.Attributes;
import io.spanway.model.SpanRef;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Whatever stands in an attribute, it is one value of one matcher. */
final class SpanQueriesFuzzTest {
  private final Correlator correlator =
      correlator(config(null, null, tag("a", null), tag("b", "c"), metadata("m", null)));

  @FuzzTest
  void forSpan_anyValue_isOneMatcher(FuzzedDataProvider data) throws Exception {
    String a = data.consumeString(200);
    String m = data.consumeRemainingAsString();
    var attributes = Attributes.of("a", a, "b", "x", "m", m);

    SpanLogs logs =
        correlator.forSpan(
            trace(span(attributes, Attributes.EMPTY)),
            new SpanRef(ID, SPAN),
            SpanLogsOptions.DEFAULT);

    boolean usesA = isLabel(a);
    LabelMatcher c = LabelMatcher.of("c", MatchOp.EQ, "x");
    for (String text : logs.queries().get(0).texts()) {
      LogPipeline pipeline = LogqlParser.parse(text).pipelines().get(0);
      assertThat(pipeline.selector().matchers())
          .isEqualTo(usesA ? List.of(LabelMatcher.of("a", MatchOp.EQ, a), c) : List.of(c));
      if (isLabel(m)) {
        assertThat(pipeline.stages().get(0))
            .isInstanceOfSatisfying(
                PipelineStage.LabelFilter.class,
                filter ->
                    assertThat(filter.expr())
                        .isInstanceOfSatisfying(
                            LabelFilterExpr.StringCompare.class,
                            compare -> assertThat(compare.value()).isEqualTo(m)));
      }
    }
  }

  private static boolean isLabel(String value) {
    return !value.isEmpty() && StandardCharsets.UTF_8.newEncoder().canEncode(value);
  }
}
