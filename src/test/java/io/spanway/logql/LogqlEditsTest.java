// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class LogqlEditsTest {

  private static final String TEXT = "0123456789";

  @Test
  void noEdits_returnTheTextItself() {
    LogqlEdits edits = new LogqlEdits(TEXT);
    assertThat(edits.isEmpty()).isTrue();
    assertThat(edits.apply()).isSameAs(TEXT);
  }

  @Test
  void edits_inAnyOrder_changeOnlyTheirParts() {
    assertThat(
            new LogqlEdits(TEXT)
                .insert(10, "end")
                .replace(new SourceRange(4, 6), "xyz")
                .remove(new SourceRange(8, 9))
                .insert(0, "start")
                .insert(4, "a")
                .insert(4, "b")
                .insert(6, "c")
                .apply())
        .isEqualTo("start0123abxyzc679end");
  }

  @Test
  void overlappingEdits_areRefused() {
    LogqlEdits edits = new LogqlEdits(TEXT).replace(new SourceRange(4, 6), "");
    assertThatThrownBy(() -> edits.replace(new SourceRange(5, 7), ""))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> edits.insert(5, "x")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> edits.insert(11, "x")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void everyMatcherReplacedByItsOwnText_leavesTheQueryAsItWas() throws Exception {
    String text =
        "sum(rate( { a = \"b\" ,# c\n d!~`e` }[5m])) / rate({f=~\"g\"} |= \"é\uD83D\uDE00\"[5m])";
    LogqlEdits edits = new LogqlEdits(text);
    for (LogPipeline pipeline : LogqlParser.parse(text).pipelines()) {
      for (LabelMatcher matcher : pipeline.selector().matchers()) {
        edits.replace(matcher.range(), matcher.range().in(text));
      }
    }
    assertThat(edits.isEmpty()).isFalse();
    assertThat(edits.apply()).isEqualTo(text);
  }
}
