// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import static io.spanway.correlate.Traces.T;
import static io.spanway.correlate.Traces.config;
import static io.spanway.correlate.Traces.correlator;
import static io.spanway.correlate.Traces.tag;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.spanway.logql.LabelMatcher;
import io.spanway.logql.LogPipeline;
import io.spanway.logql.LogqlParser;
import io.spanway.logql.LogqlSyntaxException;
import io.spanway.logql.LogqlWriter;
import io.spanway.logql.MatchOp;
import io.spanway.logql.Query;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** What is rewritten keeps what is not ours, whatever it is. */
final class RewriterFuzzTest {
  private static final String ID =
      " | label_format log_line_contains_trace_id=`{{ contains \""
          + T
          + "\" __line__  }}` | log_line_contains_trace_id=\"true\" or trace_id=\""
          + T
          + "\"";
  private static final RequestWindow WINDOW = new RequestWindow(0, 1_000_000, true);

  private final Correlator plain = correlator(CorrelateConfig.DEFAULT);
  private final Correlator mapped =
      correlator(config("-2s", "2s", tag("service.name", "app"), tag("a", "b")));

  @FuzzTest
  void rewrite_anyValue_isOneMatcher(FuzzedDataProvider data) throws Exception {
    String value = data.consumeRemainingAsString();
    if (value.isEmpty() || !StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
      return;
    }
    String literal = LogqlWriter.string(value);
    String query = "{service.name=" + literal + ", a=" + literal + ", a=\"x\", c!=" + literal + "}";

    for (String text : rewritten(mapped, query + ID)) {
      LogPipeline pipeline = LogqlParser.parse(text).pipelines().get(0);
      assertThat(pipeline.selector().matchers())
          .containsExactly(
              LabelMatcher.of("app", MatchOp.EQ, value),
              value.equals("x")
                  ? LabelMatcher.of("b", MatchOp.EQ, "x")
                  : LabelMatcher.of("b", MatchOp.RE, LogqlWriter.regexQuote(value) + "|x"),
              LabelMatcher.of("c", MatchOp.NEQ, value));
    }
  }

  /** A query without an ID gets one, and gives it back but for the condition. */
  @FuzzTest
  void rewrite_anyQuery_keepsTheRest(FuzzedDataProvider data) {
    String text = data.consumeRemainingAsString();
    Query query;
    try {
      query = LogqlParser.parse(text);
    } catch (LogqlSyntaxException e) {
      assertThat(plain.recognize(text)).isNull();
      assertThat(plain.mapSelector(text, Set.of())).isEqualTo(text);
      return;
    }
    if (query.pipelines().size() != 1
        || query.pipelines().get(0).lineFilterInsertionPoint().isEmpty()
        || plain.recognize(text) != null) {
      return;
    }
    int at = query.pipelines().get(0).lineFilterInsertionPoint().getAsInt();
    String asked = text.substring(0, at) + ID + text.substring(at);
    Recognition recognition = plain.recognize(asked);
    if (recognition == null) {
      // It names Grafana's label itself.
      assertThat(text).contains("log_line_contains_");
      return;
    }

    SpanLogs logs = plain.rewrite(recognition, null, WINDOW).inOneQuery();

    if (logs.rewritten() && logs.warnings().isEmpty()) {
      String sent = logs.queries().get(0).texts().get(0);
      assertThat(sent.substring(sent.length() - (text.length() - at)))
          .isEqualTo(text.substring(at));
      List<LabelMatcher> matchers = query.pipelines().get(0).selector().matchers();
      boolean renamed = matchers.stream().anyMatch(LabelMatcher::dotted);
      if (!renamed
          && matchers.stream().map(LabelMatcher::name).distinct().count() == matchers.size()) {
        assertThat(sent).startsWith(text.substring(0, at));
      }
    }
  }

  private static List<String> rewritten(Correlator by, String query) {
    Recognition recognition = Objects.requireNonNull(by.recognize(query), query);
    return by.rewrite(recognition, null, WINDOW).queries().get(0).texts();
  }
}
