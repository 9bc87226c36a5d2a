// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LokiDurationsTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0s, 0",
    "5m, 300000000000",
    "1h30m, 5400000000000",
    "15000ms, 15000000000",
    "1d, 86400000000000",
    "1w, 604800000000000",
    "1y, 31536000000000000",
    "1y1w1d1h1m1s1ms, 32230861001000000",
    "292y, 9208512000000000000",
  })
  void prometheusDuration_isRead(String text, long nanos) throws BadTargetException {
    assertThat(LokiDurations.parse(text)).isEqualTo(nanos);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|empty duration string",
        "5|not a valid duration string: \"5\"",
        "1.5s|not a valid duration string: \"1.5s\"",
        "m|not a valid duration string: \"m\"",
        "1m1h|not a valid duration string: \"1m1h\"",
        "1m1m|not a valid duration string: \"1m1m\"",
        "-1m|not a valid duration string: \"-1m\"",
        "1M|not a valid duration string: \"1M\"",
        "1us|not a valid duration string: \"1us\"",
        "'1m '|not a valid duration string: \"1m \"",
        "293y|duration out of range",
        "99999999999999999999s|duration out of range",
      })
  void otherText_isRefused(String text, String message) {
    assertThatThrownBy(() -> LokiDurations.parse(text))
        .isInstanceOf(BadTargetException.class)
        .hasMessage(message);
  }

  @ParameterizedTest
  @CsvSource({
    "15, 15000000000",
    "0.5, 500000000",
    "1e3, 1000000000000",
    "-1, -1000000000",
    "15s, 15000000000",
    "15000ms, 15000000000",
    "1h, 3600000000000",
  })
  void step_isSecondsOrADuration(String text, long nanos) throws BadTargetException {
    assertThat(LokiDurations.parseStep(text)).isEqualTo(nanos);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1.5s|cannot parse \"1.5s\" to a valid duration",
        "''|cannot parse \"\" to a valid duration",
        "NaN|cannot parse \"NaN\" to a valid duration",
        "1d1|cannot parse \"1d1\" to a valid duration",
        "1f|cannot parse \"1f\" to a valid duration",
        "1e30|cannot parse \"1e30\" to a valid duration. It overflows int64",
      })
  void badStep_isRefused(String text, String message) {
    assertThatThrownBy(() -> LokiDurations.parseStep(text)).hasMessage(message);
  }
}
