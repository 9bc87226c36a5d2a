// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TextsTest {
  private static String firstLine(String body) {
    return Texts.firstLine(body.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void errorText_isItsFirstLineWithoutControls() {
    assertThat(firstLine("\n  parse error\u0007 at line 1\r\nstack\n"))
        .isEqualTo("parse error  at line 1");
    assertThat(firstLine("<html>x")).isEmpty();
    assertThat(firstLine("")).isEmpty();
    assertThat(firstLine("x".repeat(9_000))).hasSize(500);
  }

  @ParameterizedTest
  @CsvSource({"a b,a b", "a%b,a%25b", "é,%C3%A9", "'a\nb',a%0Ab", "'\u007f',%7F"})
  void headerValue_isPercentEncodedWhereItMustBe(String text, String expected) {
    assertThat(Texts.headerValue(text, 100)).isEqualTo(expected);
  }

  @Test
  void longHeaderValue_isCutBetweenCharacters() {
    assertThat(Texts.headerValue("aaé", 5)).isEqualTo("aa%C3");
    assertThat(Texts.headerValue("x".repeat(2_000), 1024)).hasSize(1024);
  }
}
