// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RegexTextTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      emptyValue = "",
      value = {
        "trace_id=(\\w+), trace_id=",
        "^trace\\.id:(.*), trace.id:",
        "traces?=(x), trace",
        "ab{0}(c), a",
        "ab+(c), ab",
        "\"traceId\":\"(\\w+)\", \"traceId\":\"",
        "a|(b), ``",
        "a(b|c), a",
        "[a|b](c), ``",
        "(?i)trace=(x), ``",
        "\\Btrace(x), ``",
        "é(x), ``",
      })
  void literalPrefix_isWhatEveryMatchBeginsWith(String pattern, String prefix) {
    assertThat(RegexText.literalPrefix(pattern)).isEqualTo(prefix == null ? "" : prefix);
  }
}
