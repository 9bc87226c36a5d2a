// SPDX-License-Identifier: Apache-2.0
package io.spanway.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TraceIdTest {
  private static final String HEX = "6513270e269e0d37f2a74de452e6b438";

  @ParameterizedTest
  @CsvSource({
    "6513270e269e0d37f2a74de452e6b438, 6513270e269e0d37f2a74de452e6b438",
    "6513270E269E0D37F2A74DE452E6B438, 6513270e269e0d37f2a74de452e6b438",
    "6513270e-269e-0d37-f2a7-4de452e6b438, 6513270e269e0d37f2a74de452e6b438",
    "1, 00000000000000000000000000000001",
    "7946b05c2e2e4e5a, 00000000000000007946b05c2e2e4e5a",
  })
  void parse_anySpelling_isCanonical(String text, String hex) {
    assertThat(TraceId.parse(text).hex()).isEqualTo(hex);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        "0",
        "00000000000000000000000000000000",
        "6513270e269e0d37f2a74de452e6b4380",
        "xyz",
        "12 34",
        "１",
        "00-6513270e269e0d37f2a74de452e6b438-0123456789abcdef-01",
      })
  void parse_noId_saysWhatAnIdIs(String text) {
    assertThatThrownBy(() -> TraceId.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("a trace ID is 1 to 32 hex digits");
  }

  @Test
  void constructor_notCanonical_isRefused() {
    assertThatThrownBy(() -> new TraceId(HEX.toUpperCase(Locale.ROOT)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void spellings_longId_areLowerAndUpper() {
    assertThat(TraceId.parse(HEX).spellings())
        .containsExactly(HEX, "6513270E269E0D37F2A74DE452E6B438");
  }

  @Test
  void spellings_digitsOnly_areNotRepeated() {
    assertThat(TraceId.parse("12345678901234567890123456789012").spellings())
        .containsExactly("12345678901234567890123456789012");
  }

  @Test
  void spellings_64Bits_areAlsoWithoutZeros() {
    TraceId id = TraceId.parse("7946b05c2e2e4e5a");

    assertThat(id.spellings())
        .containsExactly(
            "00000000000000007946b05c2e2e4e5a",
            "00000000000000007946B05C2E2E4E5A",
            "7946b05c2e2e4e5a",
            "7946B05C2E2E4E5A");
    assertThat(id.fieldValues())
        .containsExactly("00000000000000007946b05c2e2e4e5a", "7946b05c2e2e4e5a");
    assertThat(id.searchableInLines()).isTrue();
  }

  @Test
  void spellings_fifteenDigitsRemain_areStripped() {
    assertThat(TraceId.parse("946b05c2e2e4e5a").spellings()).contains("946b05c2e2e4e5a");
  }

  @Test
  void spellings_fewerDigitsRemain_arePaddedOnly() {
    TraceId id = TraceId.parse("1");

    assertThat(id.spellings()).containsExactly("00000000000000000000000000000001");
    assertThat(id.searchableInLines()).isFalse();
  }

  @Test
  void spanId_anySpelling_isSixteenDigits() {
    assertThat(SpanId.parse("B7AD6B7169203331").hex()).isEqualTo("b7ad6b7169203331");
    assertThat(SpanId.parse("1").hex()).isEqualTo("0000000000000001");
    assertThatThrownBy(() -> SpanId.parse("b7ad6b71692033310"))
        .hasMessageStartingWith("a span ID is 1 to 16 hex digits");
  }
}
