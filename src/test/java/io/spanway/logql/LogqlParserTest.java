// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.spanway.logql.LabelFilterExpr.And;
import io.spanway.logql.LabelFilterExpr.Or;
import io.spanway.logql.LabelFilterExpr.StringCompare;
import io.spanway.logql.PipelineStage.LabelFilter;
import io.spanway.logql.PipelineStage.LineFilter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LogqlParserTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{a=\"b\"}",
        "({a=\"b\"} | json)",
        "{a=\"b\",c!=`d`,e=~\"f\",g!~\"h\"}",
        "{count=\"1\", rate=\"2\", ip=\"3\", sum=\"4\", label_replace=\"5\"}",
        "{äöü=\"1\"}",
        "\uFEFF{a=\"b\"}",
        "{a=\"b\"} # comment",
        "# comment\n{a=\"b\"} // more\n/* and {more} */ |= \"x\"",
        "{a=\"{ } # // \\\" [\"} |= `\\ \" {`",
        "{a=\"b\"} |= \"a\" != \"b\" |~ \"c\" !~ \"d\" |> \"<_>e\" !> \"<_>f\"",
        "{a=\"b\"} |= \"a\" or \"b\" or `c`",
        "{a=\"b\"} |= ip(\"10.0.0.0/8\") or \"b\"",
        "{a=\"b\"} |= \"a\" or ip(\"10.0.0.0/8\")",
        "{a=\"b\"} | json | json x=\"y.z\", w | logfmt --strict --keep-empty | logfmt a, b=\"c\"",
        "{a=\"b\"} | logfmt --keep-empty a=\"b\" | unpack | decolorize",
        "{a=\"b\"} | regexp \"(?P<x>.*)\" | pattern \"<x> y\"",
        "{a=\"b\"} | line_format \"{{.x}}\" | label_format c=d, e=\"{{.f}}\"",
        "{a=\"b\"} | drop c, d=\"e\", f!~\"g\" | keep h, i=~\"j\"",
        "{a=\"b\"} | x > 5 | x >= 1.5s | x < 5KiB | x <= -3 | x = 1 | x == 2MB | x != +1e3",
        "{a=\"b\"} | x = ip(\"1.1.1.1\") or x != ip(\"::1\")",
        "{a=\"b\"} | ip=\"1\"",
        "{a=\"b\"} | (x=\"y\") != \"z\"",
        "{a=\"b\"} | (x=\"y\") |= \"z\"",
        "{a=\"b\"} | JSON | x=\"1\" OR y=\"2\" And z=\"3\"",
        "SUM BY (a) (RATE({a=\"b\"}[5m]))",
        "sum(rate({a=\"b\"}[1h30m])) by (a, b)",
        "topk(5, sum without () (count_over_time({a=\"b\"}[5m])))",
        "quantile_over_time(0.99, {a=\"b\"} | unwrap duration(x) | y=\"z\" [5m]) by (a)",
        "rate({a=\"b\"}[5m] offset -1h)",
        "rate({a=\"b\"}[5m]) / on (a) group_left (b) rate({a=\"c\"}[5m])",
        "rate({a=\"b\"}[5m]) > bool ignoring (a) group_right rate({a=\"c\"}[5m])",
        "label_replace(rate({a=\"b\"}[5m]), \"d\", \"$1\", \"s\", \"(.*)\")",
        "vector(1) or rate({a=\"b\"}[5m]) != 1",
        "1 + -2 * 3 ^ 4 % 5",
        "absent_over_time({a=\"b\"}[5m])",
        "(((rate(({a=\"b\"} | json)[5m]))))",
      })
  void validQuery_parses(String text) throws Exception {
    assertThat(LogqlParser.parse(text).text()).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "{a=\"b\",}",
        "{a=\"b\" c=\"d\"}",
        "{a='b'}",
        "{\"a.b\"=\"c\"}",
        "{a-b=\"c\"}",
        "{a .b=\"c\"}",
        "{a=\"b\"} | a.b=\"c\"",
        "{by=\"x\"}",
        "{Or=\"x\"}",
        "{a=\"b\n\"}",
        "{a=\"\\'\"}",
        "{a=\"\\/\"}",
        "{a=\"\\x80\"}",
        "{a=\"b\\",
        "{a=~\"(\"}",
        "{a=\"b\"}\u00A0|= \"x\"",
        "{a=\"b\"} /* open",
        "{a=\"b\"} | = \"x\"",
        "{a=\"b\"} |= \"a\" and \"b\"",
        "{a=\"b\"} | x == \"1\"",
        "{a=\"b\"} | unwrap x",
        "{a=\"b\"} or {c=\"d\"}",
        "({a=\"b\"}) | json",
        "({a=\"b\"}",
        "rate({a=\"b\"}[$__auto])",
        "rate({a=\"b\"}[5 m])",
        "rate({a=\"b\"})",
        "sum({a=\"b\"})",
        "rate /* no function */ ({a=\"b\"}[5m])",
        "count_over_time({a=\"b\"} | json [5m] | json)",
        "rate({a=\"b\"} | json [5m] | unwrap x)",
        "rate(({a=\"b\"})[5m] | json)",
        "rate({a=\"b\"}[5m] | json offset 1m)",
        "rate({a=\"b\"}[5m] @ 1)",
        "sum_over_time({a=\"b\"}[5m])",
        "topk(rate({a=\"b\"}[5m]))",
        "1 or rate({a=\"b\"}[5m])",
        "variants(rate({a=\"b\"}[5m])) of ({a=\"b\"}[5m])",
      })
  void invalidQuery_isRefused(String text) {
    assertThatThrownBy(() -> LogqlParser.parse(text)).isInstanceOf(LogqlSyntaxException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '%',
      value = {
        "{foo=\"bar\"} |= ;parse error at line 1, col 15: syntax error: unexpected $end, expecting"
            + " STRING or ip",
        "{foo=\"bar\";parse error at line 1, col 11: syntax error: unexpected $end, expecting } or ,",
        "{foo=\"bar};parse error at line 1, col 6: literal not terminated",
        "{foo=\"bar\"} foo;parse error at line 1, col 13: syntax error: unexpected IDENTIFIER",
        "rate({ foo = \"bar\" }[5minutes]);parse error at line 1, col 21: unknown unit \"minutes\" in"
            + " duration \"5minutes\"",
        "rate({a=\"b\"}[]);parse error at line 1, col 13: empty duration string",
        "min({ foo = \"bar\" }[5m]);parse error at line 1, col 20: syntax error: unexpected RANGE",
        "vector(abc);parse error at line 1, col 8: syntax error: unexpected IDENTIFIER, expecting"
            + " NUMBER",
        "count without (rate({a=\"b\"}[15s]));parse error at line 1, col 16: syntax error: unexpected"
            + " RATE, expecting IDENTIFIER or )",
        "{foo=\"bar\"} + {foo=\"bar\"};parse error : unexpected type for left leg of binary operation"
            + " (+): *syntax.MatchersExpr",
        "rate({a=\"b\"}[5m]) - {foo=\"bar\"} |= \"x\";parse error : unexpected type for right leg of"
            + " binary operation (-): *syntax.PipelineExpr",
        "sum_over_time({a=\"b\"}[5m]);parse error : invalid aggregation sum_over_time without unwrap",
        "count_over_time({a=\"b\"} | unwrap x [5m]);parse error : invalid aggregation count_over_time"
            + " with unwrap",
        "{a=~\"(((x{100}){100}){100})\"};parse error : error parsing regexp: invalid repeat count:"
            + " `{100}`",
      })
  void invalidQuery_isExplainedAsLokiDoes(String text, String message) {
    assertThatThrownBy(() -> LogqlParser.parse(text)).hasMessage(message);
  }

  @Test
  void error_afterNewlinesAndWideCharacters_hasLineColumnAndOffset() {
    String text = "{a=\"b\"}\n|= \"\uD83D\uDE00\" foo";
    LogqlSyntaxException e =
        catchThrowableOfType(LogqlSyntaxException.class, () -> LogqlParser.parse(text));
    assertThat(e).hasMessageContaining("line 2, col 8:");
    assertThat(e.offset()).isEqualTo(text.indexOf("foo"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "x or y and z; (x|(y&z))",
        "x and y or z; ((x&y)|z)",
        "x, y or z; (x&(y|z))",
        "x y or z; (x&(y|z))",
        "x or y, z; (x|(y&z))",
        "x or y z; (x|(y&z))",
        "x and y, z or w; (x&y&(z|w))",
        "(x or y) and z; ((x|y)&z)",
        "(x, y or z) or w; ((x&(y|z))|w)",
        "x (y or z); (x&(y|z))",
        "x or (y or z); (x|y|z)",
        "((x)); x",
      })
  void labelFilter_groupsAsLokisParserDoes(String filter, String grouped) throws Exception {
    StringBuilder text = new StringBuilder("{a=\"b\"} | ");
    for (int i = 0; i < filter.length(); i++) {
      char c = filter.charAt(i);
      boolean single = !letterAt(filter, i - 1) && !letterAt(filter, i + 1);
      text.append(c).append(letterAt(filter, i) && single ? "=\"1\"" : "");
    }
    LogPipeline pipeline = LogqlParser.parse(text.toString()).pipelines().get(0);
    assertThat(pipeline.stages()).hasSize(1);
    assertThat(dump(((LabelFilter) pipeline.stages().get(0)).expr())).isEqualTo(grouped);
  }

  private static boolean letterAt(String text, int i) {
    return i >= 0 && i < text.length() && Character.isLetter(text.charAt(i));
  }

  @Test
  void pipe_endsALabelFilter() throws Exception {
    String text = "{a=\"b\"} | x=\"1\" or y=\"2\" | z=\"3\"";
    List<PipelineStage> stages = LogqlParser.parse(text).pipelines().get(0).stages();
    assertThat(stages)
        .extracting(s -> dump(((LabelFilter) s).expr()))
        .containsExactly("(x|y)", "z");
    assertThat(stages.get(0).range().in(text)).isEqualTo("| x=\"1\" or y=\"2\"");
  }

  private static String dump(LabelFilterExpr expr) {
    if (expr instanceof And and) {
      return "(" + String.join("&", and.operands().stream().map(e -> dump(e)).toList()) + ")";
    }
    if (expr instanceof Or or) {
      return "(" + String.join("|", or.operands().stream().map(e -> dump(e)).toList()) + ")";
    }
    return ((StringCompare) expr).name();
  }

  @Test
  void parenthesisedFilter_hasRangeWithoutItsParentheses() throws Exception {
    String text = "{a=\"b\"} | (x=\"1\" or (y=\"2\"))";
    LabelFilter filter = (LabelFilter) LogqlParser.parse(text).pipelines().get(0).stages().get(0);
    assertThat(filter.range().in(text)).isEqualTo("| (x=\"1\" or (y=\"2\"))");
    assertThat(filter.expr().range().in(text)).isEqualTo("x=\"1\" or (y=\"2\")");
  }

  @Test
  void lineFilter_keepsOperandsAndFlagsIp() throws Exception {
    LineFilter filter =
        (LineFilter)
            LogqlParser.parse("{a=\"b\"} != \"x\" or ip(\"::1\")")
                .pipelines()
                .get(0)
                .stages()
                .get(0);
    assertThat(filter.op()).isEqualTo(LineFilterOp.NOT_CONTAINS);
    assertThat(filter.alternatives()).containsExactly("x", "::1");
    assertThat(filter.usesIp()).isTrue();
  }

  @Test
  void selectorsOfABinaryOperation_comeInTextOrder() throws Exception {
    String text =
        "sum(rate({a=\"1\"}[5m])) / (sum(rate({a=\"2\"} |= \"{\"[5m])) + rate({a=\"3\"}[1m]))";
    assertThat(LogqlParser.parse(text).pipelines())
        .extracting(pipeline -> pipeline.selector().range().in(text))
        .containsExactly("{a=\"1\"}", "{a=\"2\"}", "{a=\"3\"}");
  }

  @Test
  void operators_bindAsInProm() throws Exception {
    MetricQuery query = (MetricQuery) LogqlParser.parse("1 + 2 * 3 ^ 4 ^ 5 - 6 > 7");
    assertThat(dump(query.expr())).isEqualTo("(((1+(2*(3^(4^5))))-6)>7)");
  }

  private static String dump(MetricExpr expr) {
    return expr instanceof MetricExpr.BinaryOperation b
        ? "(" + dump(b.left()) + b.operator() + dump(b.right()) + ")"
        : String.valueOf((int) ((MetricExpr.NumberLiteral) expr).value());
  }

  @ParameterizedTest
  @ValueSource(strings = {"(", "sum(", "1+", "1^", "{a=\"b\"} | (", "rate((", "-", "1 or "})
  void endlessNesting_isRefusedNotOverflowing(String piece) {
    assertThatThrownBy(() -> LogqlParser.parse(piece.repeat(130_000 / piece.length())))
        .isInstanceOf(LogqlSyntaxException.class);
  }

  @Test
  void longFlatFilter_isNotNesting() throws Exception {
    String filter = "x=\"1\"" + ", x=\"1\"".repeat(10_000);
    LabelFilter stage =
        (LabelFilter) LogqlParser.parse("{a=\"b\"} | " + filter).pipelines().get(0).stages().get(0);
    assertThat(((And) stage.expr()).operands()).hasSize(10_001);
  }

  @Test
  void text_ofLokisLimitInBytes_isRefused() throws Exception {
    String frame = "{a=\"\"}";
    String fits = "{a=\"" + "é".repeat((LogqlParser.MAX_BYTES - 1 - frame.length()) / 2) + "\"}";
    assertThat(LogqlParser.parse(fits).isLog()).isTrue();
    assertThatThrownBy(() -> LogqlParser.parse(fits + "  "))
        .hasMessage("parse error : input size too long (131072 > 131072)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{}", "{a=~\".*\"}", "{a=\"\"}", "{a!=\"x\"}", "{a!~\"x\"}", "{a=~\"a|\"}"})
  void selectorThatFitsTheEmptyString_isRefusedForReading(String text) throws Exception {
    Query query = LogqlParser.parse(text);
    assertThat(query.pipelines().get(0).selector().hasNonEmptyMatcher()).isFalse();
    assertThatThrownBy(query::requireNonEmptySelectors)
        .hasMessageStartingWith("parse error : queries require at least one regexp or equality");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{a=\"x\"}",
        "{a=~\".+\"}",
        "{a=~\"a|b\"}",
        "{a!=\"\"}",
        "{a!~\"a?\"}",
        "{b=\"\",a=\"x\"}"
      })
  void selectorThatNeedsAValue_isAcceptedForReading(String text) throws Exception {
    LogqlParser.parse(text).requireNonEmptySelectors();
  }
}
