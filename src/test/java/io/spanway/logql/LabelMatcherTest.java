// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LabelMatcherTest {

  @ParameterizedTest
  @CsvSource({
    "EQ,abc,true",
    "EQ,ab,false",
    "NEQ,ab,true",
    "RE,a.c,true",
    "RE,ab,false",
    "RE,ab|abc,true",
    "NRE,b,true",
    "NRE,.*,false",
  })
  void matcher_comparesTheWholeValue(MatchOp op, String value, boolean matches) {
    assertThat(LabelMatcher.of("x", op, value).matches("abc")).isEqualTo(matches);
  }

  @Test
  void absentLabel_equalsTheEmptyString() {
    assertThat(LabelMatcher.of("x", MatchOp.EQ, "").matches(null)).isTrue();
    assertThat(LabelMatcher.of("x", MatchOp.NEQ, "v").matches(null)).isTrue();
    assertThat(LabelMatcher.of("x", MatchOp.RE, ".+").matches(null)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(",
        "(?=x)",
        "((a{100}){11})",
        "[a-z]{1000}{2}",
        "x{1001}",
        "a{1000}(?:b{1000}){2}"
      })
  void badRegex_isRefused(String regex) {
    assertThatThrownBy(() -> LabelMatcher.of("x", MatchOp.RE, regex))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("regex of x: ");
  }

  @Test
  void hugeRegex_isRefusedBeforeItIsCompiled() {
    for (String regex :
        new String[] {
          "(".repeat(100_000), "a{1000}".repeat(1000), "a".repeat(100_000), "[a-z]".repeat(50_000)
        }) {
      assertThatThrownBy(() -> LabelMatcher.of("x", MatchOp.RE, regex))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(.*/)?(checkout)",
        "[0-9a-f]{32}",
        "[]a]{1}",
        "[^]]x",
        "[[:alpha:]]+",
        "a{,5}",
        "{",
        "\\Q(\\E",
        "\\{5}",
        "a{0,1000}?"
      })
  void ordinaryRegex_isAccepted(String regex) {
    assertThat(LabelMatcher.of("x", MatchOp.RE, regex).value()).isEqualTo(regex);
  }

  @Test
  void equality_doesNotLookAtPositions() throws Exception {
    LabelMatcher read =
        LogqlParser.parse("{ a = `b` }").pipelines().get(0).selector().matchers().get(0);
    assertThat(read)
        .isEqualTo(LabelMatcher.of("a", MatchOp.EQ, "b"))
        .hasSameHashCodeAs(LabelMatcher.of("a", MatchOp.EQ, "b"))
        .isNotEqualTo(LabelMatcher.of("a", MatchOp.NEQ, "b"));
  }
}
