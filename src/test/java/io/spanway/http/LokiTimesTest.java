// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LokiTimesTest {
  private static final long NOW = 1_700_000_000_123_456_789L;
  private static final long HOUR = 3_600_000_000_000L;

  @ParameterizedTest
  @CsvSource({
    "1700000000, 1700000000000000000",
    "9999999999, -8446744074709551616",
    "0, 0",
    "-1, -1000000000",
    "+5, 5000000000",
    "-999999999, -999999999000000000",
    "-1000000000, -1000000000",
    "1700000000000, 1700000000000",
    "1700000000123456789, 1700000000123456789",
    "1700000000.5, 1700000000500000000",
    "1700000000.1236, 1700000000124000000",
    "1700000000.0004, 1700000000000000000",
    "-1.5, -1500000000",
    "1.7e9, 1700000000000000000",
    ".5, 500000000",
    "5., 5000000000",
    "2023-11-14T22:13:20Z, 1700000000000000000",
    "2023-11-14T22:13:20.123456789Z, 1700000000123456789",
    "2023-11-14T22:13:20.1234567899Z, 1700000000123456789",
    "2023-11-14T23:13:20.5+01:00, 1700000000500000000",
    "2023-11-14T17:43:20-04:30, 1700000000000000000",
    "2024-02-29T00:00:00Z, 1709164800000000000",
    "0001-01-01T00:00:00Z, -6795364578871345152",
  })
  void time_isReadAsLokiReadsIt(String text, long expected) throws BadTargetException {
    assertThat(LokiTimes.parseNs("start", text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "yesterday",
        "1e9",
        "1_000",
        "0x10",
        " 1",
        "1d",
        "1.5f",
        "1.5.5",
        ".",
        "-",
        "\u0661\u0662",
        "2023-11-14",
        "2023-11-14T22:13:20",
        "2023-11-14t22:13:20z",
        "2023-11-14T22:13:20.Z",
        "2023-13-14T22:13:20Z",
        "2023-02-30T22:13:20Z",
        "2023-11-14T24:13:20Z",
        "2023-11-14T22:13:60Z",
        "2023-11-14T22:13:20+1:00",
        "2023-11-14T22:13:20+01:00x",
        "2023-11-14 22:13:20Z",
      })
  void otherText_isRefusedInLokisWords(String text) {
    assertThatThrownBy(() -> LokiTimes.parseNs("start", text))
        .isInstanceOf(BadTargetException.class)
        .hasMessage(
            "could not parse 'start' parameter: strconv.ParseInt: parsing \""
                + text
                + "\": invalid syntax");
  }

  @Test
  void numberOfTooManyDigits_isOutOfRange() {
    assertThatThrownBy(() -> LokiTimes.parseNs("end", "99999999999999999999"))
        .hasMessage(
            "could not parse 'end' parameter: strconv.ParseInt: parsing \"99999999999999999999\":"
                + " value out of range");
  }

  @Test
  void messages_stayOnOneLine() {
    assertThatThrownBy(() -> LokiTimes.parseNs("time", "a\n\"\\\u0001\u0085"))
        .hasMessage(
            "could not parse 'time' parameter: strconv.ParseInt: parsing"
                + " \"a\\n\\\"\\\\\\x01\\u0085\": invalid syntax");
  }

  private static LokiTimes.Bounds resolve(String... parameters) throws BadTargetException {
    return LokiTimes.resolve(QueryParameters.of(parameters), NOW);
  }

  @Test
  void window_isTheLastHourByDefault() throws BadTargetException {
    assertThat(resolve()).isEqualTo(new LokiTimes.Bounds(NOW - HOUR, NOW));
    assertThat(resolve("start", "", "end", "", "since", ""))
        .isEqualTo(new LokiTimes.Bounds(NOW - HOUR, NOW));
    assertThat(resolve("since", "30m")).isEqualTo(new LokiTimes.Bounds(NOW - HOUR / 2, NOW));
  }

  @Test
  void defaultStart_countsFromTheEndButNotFromTheFuture() throws BadTargetException {
    assertThat(resolve("end", "1600000000"))
        .isEqualTo(
            new LokiTimes.Bounds(1_600_000_000_000_000_000L - HOUR, 1_600_000_000_000_000_000L));
    assertThat(resolve("end", "1800000000"))
        .isEqualTo(new LokiTimes.Bounds(NOW - HOUR, 1_800_000_000_000_000_000L));
  }

  @Test
  void firstValue_counts() throws BadTargetException {
    assertThat(resolve("start", "1", "start", "2", "end", "3").startNs()).isEqualTo(1_000_000_000L);
  }

  @Test
  void endBeforeStart_isRefusedAndEqualIsNot() throws BadTargetException {
    assertThat(resolve("start", "5", "end", "5"))
        .isEqualTo(new LokiTimes.Bounds(5_000_000_000L, 5_000_000_000L));
    assertThatThrownBy(() -> resolve("start", "6", "end", "5"))
        .hasMessage("end timestamp must not be before or equal to start time");
  }

  @Test
  void errors_nameTheFirstBadParameter() {
    assertThatThrownBy(() -> resolve("start", "x", "end", "y", "since", "z"))
        .hasMessage("could not parse 'since' parameter: not a valid duration string: \"z\"");
    assertThatThrownBy(() -> resolve("start", "x", "end", "y"))
        .hasMessageStartingWith("could not parse 'end' parameter: ");
    assertThatThrownBy(() -> resolve("start", "x"))
        .hasMessageStartingWith("could not parse 'start' parameter: ");
  }
}
