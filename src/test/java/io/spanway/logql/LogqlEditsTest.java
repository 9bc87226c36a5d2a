// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class LogqlEditsTest {
  @Test
  void edits_ofOnePlace_keepTheirOrder() {
    LogqlEdits edits =
        new LogqlEdits("abcdef")
            .replace(new SourceRange(2, 4), "XY")
            .insert(2, "1")
            .cut(2)
            .insert(2, "2")
            .remove(new SourceRange(5, 6));

    assertThat(edits.pieces()).containsExactly("ab1", "2XYe");
    assertThat(edits.apply()).isEqualTo("ab12XYe");
  }

  @Test
  void noEdits_areTheTextItself() {
    String text = "{a=\"b\"}";

    assertThat(new LogqlEdits(text).apply()).isSameAs(text);
    assertThat(new LogqlEdits(text).pieces()).containsExactly(text);
    assertThat(new LogqlEdits(text).cut(7).pieces()).containsExactly(text, "");
  }

  @Test
  void edits_thatClash_areRefused() {
    LogqlEdits edits = new LogqlEdits("abc").remove(new SourceRange(0, 2));

    assertThatThrownBy(() -> edits.replace(new SourceRange(1, 3), "x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("overlaps");
    assertThatThrownBy(() -> edits.cut(4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(expected: <= 3)");
  }
}
