// SPDX-License-Identifier: Apache-2.0
package io.spanway.units;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DataSizeTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0, 0B",
    "0GiB, 0, 0B",
    "1, 1, 1B",
    "17B, 17, 17B",
    "1048576, 1048576, 1MiB",
    "16 KiB, 16384, 16KiB",
    "' 256MiB ', 268435456, 256MiB",
    "1024MiB, 1073741824, 1GiB",
    "1536KiB, 1572864, 1536KiB",
    "2TiB, 2199023255552, 2TiB",
    "4096TiB, 4503599627370496, 4096TiB",
    "9223372036854775807, 9223372036854775807, 9223372036854775807B",
  })
  void text_isReadAndWrittenCanonically(String text, long bytes, String canonical) {
    DataSize size = DataSize.parse(text);

    assertThat(size.bytes()).isEqualTo(bytes);
    assertThat(size).hasToString(canonical);
    assertThat(DataSize.parse(canonical)).isEqualTo(size);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "MiB",
        "-1MiB",
        "+1MiB",
        "1.5GiB",
        "256MB",
        "256mib",
        "256M",
        "1_000",
        "1 2",
        "0x10",
        "9223372036854775808",
        "8388608TiB",
        "99999999999999999999999",
        "١KiB"
      })
  void textThatIsNoSize_isRefusedWithWhatWasExpected(String text) {
    assertThatThrownBy(() -> DataSize.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "was \"%s\" (expected: a whole number and one of B, KiB, MiB, GiB, TiB, such as"
                + " 256MiB)",
            text);
  }

  @Test
  void longText_isCutInTheMessage() {
    assertThatThrownBy(() -> DataSize.parse("x\n".repeat(1000)))
        .message()
        .startsWith("was \"x?x?")
        .contains("…\" (expected:")
        .hasSizeLessThan(200);
  }

  @Test
  void negativeBytes_areRefused() {
    assertThatThrownBy(() -> new DataSize(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("was -1 (expected: zero or more bytes)");
  }

  @Test
  void factories_multiply() {
    assertThat(DataSize.kib(3)).isEqualTo(new DataSize(3072));
    assertThat(DataSize.mib(2)).isEqualTo(new DataSize(2_097_152)).isGreaterThan(DataSize.kib(3));
  }
}
