// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LogqlWriterTest {

  @Test
  void string_escapesWhatLiteralsCannotHold() {
    assertThat(LogqlWriter.string("a\"b\\c\n\r\t\0\u001f\u007f\u0085'`\uD83D\uDE00"))
        .isEqualTo("\"a\\\"b\\\\c\\n\\r\\t\\u0000\\u001f\\u007f\\u0085'`\uD83D\uDE00\"");
  }

  @Test
  void string_ofEveryCodePoint_readsBackAsItself() throws Exception {
    StringBuilder block = new StringBuilder();
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
        block.appendCodePoint(c);
      }
      if (block.length() > 10_000 || c == Character.MAX_CODE_POINT) {
        assertThat(readBack(block.toString())).isEqualTo(block.toString());
        block.setLength(0);
      }
    }
  }

  private static String readBack(String value) throws LogqlSyntaxException {
    return LogqlParser.parse("{a=" + LogqlWriter.string(value) + "}")
        .pipelines()
        .get(0)
        .selector()
        .matchers()
        .get(0)
        .value();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\uD83D", "x\uDE00", "\uD83Dx", "\uDE00\uD83D"})
  void string_withHalfACharacter_isRefused(String value) {
    assertThatThrownBy(() -> LogqlWriter.string(value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("unpaired surrogate at ");
  }

  @Test
  void regexQuote_matchesExactlyTheText() {
    String text = "a.b+c*d?e(f)g|h[i]j{k}l^m$n\\o-\n\"é";
    String quoted = LogqlWriter.regexQuote(text);
    assertThat(LabelMatcher.of("a", MatchOp.RE, quoted).matches(text)).isTrue();
    assertThat(LabelMatcher.of("a", MatchOp.RE, quoted).matches(text + "x")).isFalse();
    assertThat(quoted).startsWith("a\\.b\\+c\\*d\\?e\\(f\\)g\\|h\\[i\\]j\\{k\\}l\\^m\\$n\\\\o-");
  }

  @Test
  void selector_keepsOrderAndQuotesValues() {
    assertThat(
            LogqlWriter.selector(
                List.of(
                    LabelMatcher.of("b", MatchOp.EQ, "x\"} |= \"y"),
                    LabelMatcher.of("a", MatchOp.NRE, "z\\d"))))
        .isEqualTo("{b=\"x\\\"} |= \\\"y\", a!~\"z\\\\d\"}");
    assertThat(LogqlWriter.selector(List.of())).isEqualTo("{}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1a", "a.b", "a-b", "by", "JSON", "ä"})
  void matcher_withANameThatLokiDoesNotTake_isRefused(String name) {
    assertThatThrownBy(() -> LogqlWriter.matcher(name, MatchOp.EQ, "x"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({"by,true", "OFFSET,true", "of,true", "rate,false", "ip,false", "by_,false"})
  void reservedWord_isKnownInAnyCase(String word, boolean reserved) {
    assertThat(ReservedWords.isReserved(word)).isEqualTo(reserved);
  }
}
