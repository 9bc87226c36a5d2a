// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DoubleTextTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-0.0, 0",
    "200, 200",
    "0.1, 0.1",
    "-1.5, -1.5",
    "123.456, 123.456",
    "0.000001, 0.000001",
    "0.0000001, 1e-7",
    "1.25e-9, 1.25e-9",
    "1e20, 100000000000000000000",
    "1e21, 1e+21",
    "1.5e300, 1.5e+300",
    "5e-324, 5e-324",
    "5.684341886080802e-14, 5.684341886080802e-14",
    "NaN, NaN",
    "-Infinity, -Infinity",
  })
  void of_double_isWhatABrowserPrints(double value, String text) {
    assertThat(DoubleText.of(value)).isEqualTo(text);
  }

  @Test
  void of_anyDouble_readsBackAsItself() {
    long seed = 20_261_122;
    var random = new SplittableRandom(seed);
    for (int i = 0; i < 2_000; i++) {
      double value = Double.longBitsToDouble(random.nextLong());
      if (Double.isFinite(value)) {
        assertThat(Double.parseDouble(DoubleText.of(value))).as("seed " + seed).isEqualTo(value);
      }
    }
  }
}
