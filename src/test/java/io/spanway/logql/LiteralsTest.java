// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LiteralsTest {

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '%',
      value = {
        "\\101,A",
        "\\x41\\u0042\\U00000043,ABC",
        "\\xc3\\xa9,é",
        "\\u00e9,é",
        "\\U0001F600,\uD83D\uDE00",
        "\\ud83d\\ude00,\uFFFD\uFFFD",
        "\\\\\\\",\\\"",
      })
  void escape_hasGosMeaning(String inside, String value) {
    assertThat(StringLiterals.unescape(inside)).isEqualTo(value);
  }

  @Test
  void controlEscapes_haveGosMeaning() {
    assertThat(StringLiterals.unescape("\\a\\b\\f\\n\\r\\t\\v"))
        .isEqualTo("\u0007\b\f\n\r\t\u000B");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\\",
        "\\q",
        "\\'",
        "\\/",
        "\\x4",
        "\\u12",
        "\\400",
        "\\18",
        "\\U00110000",
        "\\xff"
      })
  void badEscape_hasNoValue(String inside) {
    assertThat(StringLiterals.unescape(inside)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "5m,3e11",
    "1h30m,5.4e12",
    "1d,8.64e13",
    "2w,1.2096e15",
    "1y,3.1536e16",
    "1.5s,1.5e9",
    "-5m,-3e11",
    "100us,1e5",
    "100µs,1e5",
    "7ns,7",
    "1s500ms,1.5e9",
    "500ms1s,1.5e9",
  })
  void duration_isNanoseconds(String text, double nanos) {
    assertThat(UnitLiterals.nanos(text)).isEqualTo(nanos);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-", "5", "m", "5x", "1.d", "1d.5", "999999999999y", "300000000h"})
  void noDuration_hasNoNanoseconds(String text) {
    assertThat(UnitLiterals.nanos(text)).isNull();
  }

  @ParameterizedTest
  @CsvSource({"5B,5", "5KB,5e3", "1.5kB,1500", "2KiB,2048", "1GB,1e9", "1PiB,1125899906842624"})
  void size_isBytes(String text, double bytes) {
    assertThat(UnitLiterals.bytes(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"5", "B", "5iB", "5KBB", "1.2.3KB", "99999999999999PB"})
  void noSize_hasNoBytes(String text) {
    assertThat(UnitLiterals.bytes(text)).isNull();
  }
}
