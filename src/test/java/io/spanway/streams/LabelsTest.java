// SPDX-License-Identifier: Apache-2.0
package io.spanway.streams;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LabelsTest {
  @Test
  void text_isSortedByName() {
    assertThat(Labels.of(Map.of("b", "2", "a", "1")).text()).isEqualTo("{a=\"1\", b=\"2\"}");
    assertThat(Labels.EMPTY.text()).isEqualTo("{}");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "34, \\\"",
        "92, \\\\",
        "10, \\n",
        "7, \\a",
        "1, \\x01",
        "127, \\x7f",
        "160, \\u00a0",
        "8232, \\u2028",
        "233, é",
        "128512, \ud83d\ude00",
        "917505, \\U000e0001"
      })
  void text_quotesValuesAsGoDoes(int codePoint, String quoted) {
    assertThat(Labels.of(Map.of("v", Character.toString(codePoint))).text())
        .isEqualTo("{v=\"" + quoted + "\"}");
  }

  @Test
  void and_letsTheOthersWin() {
    assertThat(Labels.of(Map.of("a", "1", "b", "1")).and(Labels.of(Map.of("b", "2"))).asMap())
        .containsExactlyEntriesOf(new TreeMap<>(Map.of("a", "1", "b", "2")));
  }
}
