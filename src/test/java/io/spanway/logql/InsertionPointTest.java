// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The shapes around a selector; {@code ^} marks where a label filter belongs. */
final class InsertionPointTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "S R^",
        "S R O^",
        "(S^) R",
        "(S^) R O",
        "S R^ U",
        "S R O^ U",
        "(S) R U^",
        "(S) R O U^",
        "(S) R O U^ | y=1",
        "S^ U R",
        "S^ U R O",
        "(S^ U) R",
        "(S^ U) R O",
        "S^ P R",
        "S^ P R O",
        "(S^ P) R",
        "(S^ P) R O",
        "S^ P U R",
        "S^ P U R O",
        "(S^ P U) R",
        "(S^ P U) R O",
        "S R^ P",
        "S R O^ P",
        "S R^ P U",
        "S R O^ P U",
        "((S R^ U))",
        "((S^ P) R)",
        "((S) R U^)",
      })
  void rangeShape_hasOnePlaceForFilters(String shape) throws Exception {
    String marked =
        (shape.contains("U") ? "rate(" : "count_over_time(")
            + shape
                .replace("S", "{a=\"b\"}")
                .replace("P", "| json")
                .replace("U", "| unwrap bytes(x)")
                .replace("R", "[5m]")
                .replace("O", "offset 1m")
            + ")";
    int expected = marked.indexOf('^');
    String text = marked.replace("^", "");
    LogPipeline pipeline = LogqlParser.parse(text).pipelines().get(0);
    assertThat(pipeline.filterInsertionPoint()).isEqualTo(expected);
    boolean noLineFilter = shape.contains("(S) R") && shape.contains("U");
    assertThat(pipeline.lineFilterInsertionPoint())
        .isEqualTo(noLineFilter ? OptionalInt.empty() : OptionalInt.of(expected));
    String filtered = new LogqlEdits(text).insert(expected, " | (t=\"1\" or u=\"2\")").apply();
    assertThat(LogqlParser.parse(filtered).pipelines().get(0).stages())
        .hasSize(pipeline.stages().size() + 1);
    if (!noLineFilter) {
      String lines = new LogqlEdits(text).insert(expected, " |= \"1\" or \"2\"").apply();
      assertThat(LogqlParser.parse(lines).pipelines().get(0).stages())
          .hasSize(pipeline.stages().size() + 1);
    }
  }

  @Test
  void logQuery_takesFiltersBehindTheBrace() throws Exception {
    String text = "/* { */ ({a=\"}\"} # x\n | json)";
    LogPipeline pipeline = LogqlParser.parse(text).pipelines().get(0);
    assertThat(pipeline.filterInsertionPoint()).isEqualTo(text.indexOf("} #") + 1);
  }
}
