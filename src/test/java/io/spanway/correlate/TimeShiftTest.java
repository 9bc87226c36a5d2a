// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TimeShiftTest {
  @ParameterizedTest
  @CsvSource({
    "-2s, -2000",
    "2s, 2000",
    "+2s, 2000",
    "250ms, 250",
    "5m, 300000",
    "-1h, -3600000",
    "1d, 86400000",
    "1w, 604800000",
    "1M, 2592000000",
    "1y, 31536000000",
    "0, 0",
    "3, 3000",
    "-3, -3000",
    "'', 0",
    "0s, 0",
  })
  void parse_grafanasSyntax_isRead(String text, long millis) throws Exception {
    assertThat(TimeShift.parse(text)).isEqualTo(new TimeShift(millis * 1_000_000, null));
  }

  @ParameterizedTest
  @CsvSource({
    "1.5s, 1000, the fraction of",
    "-1.9m, -60000, the fraction of",
    "1h30m, 3600000, only 1h is read",
    "about 2s, 2000, only 2s is read",
  })
  void parse_whatGrafanaReadsOtherwise_isAWarning(String text, long millis, String warning)
      throws Exception {
    TimeShift shift = TimeShift.parse(text);

    assertThat(shift.nanos()).isEqualTo(millis * 1_000_000);
    assertThat(shift.warning()).contains(warning);
  }

  @ParameterizedTest
  @ValueSource(strings = {"abc", "s", "-", "2x", "99999999999y", "99999999999999999999s"})
  void parse_noShift_isRefused(String text) {
    assertThatThrownBy(() -> TimeShift.parse(text))
        .isInstanceOf(TimeShift.BadShiftException.class)
        .hasMessageContaining("\"" + text + "\"");
  }

  @Test
  void parse_absent_isZero() throws Exception {
    assertThat(TimeShift.parse(null)).isEqualTo(new TimeShift(0, null));
  }
}
