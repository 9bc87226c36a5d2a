// SPDX-License-Identifier: Apache-2.0
package io.spanway.units;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DurationTextTest {
  @ParameterizedTest
  @CsvSource({
    "0, PT0S, 0s",
    "0s, PT0S, 0s",
    "250ms, PT0.25S, 250ms",
    "30s, PT30S, 30s",
    "5m, PT5M, 5m",
    "90s, PT90S, 1m30s",
    "1h30m, PT1H30M, 1h30m",
    "24h, PT24H, 1d",
    "7d, PT168H, 7d",
    "' 1d2h3m4s5ms ', PT26H3M4.005S, 1d2h3m4s5ms",
    "36500d, PT876000H, 36500d",
  })
  void text_isReadAndWrittenCanonically(String text, Duration duration, String canonical) {
    assertThat(DurationText.parse(text)).isEqualTo(duration);
    assertThat(DurationText.format(duration)).isEqualTo(canonical);
    assertThat(DurationText.parse(canonical)).isEqualTo(duration);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "s",
        "30",
        "00",
        "1.5s",
        "+1s",
        "30 s",
        "30S",
        "1w",
        "1y",
        "30m1h",
        "1s1s",
        "1h-5m",
        "5us",
        "PT5S",
        "1000000000000000000000d",
        "٣s"
      })
  void textThatIsNoDuration_isRefusedWithWhatWasExpected(String text) {
    assertThatThrownBy(() -> DurationText.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "was \"%s\" (expected: a duration of whole numbers with d, h, m, s or ms, such as"
                + " 1h30m)",
            text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"36501d", "36500d1ms", "999999999999999999d"})
  void durationAboveAHundredYears_isRefused(String text) {
    assertThatThrownBy(() -> DurationText.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("was \"%s\" (expected: at most 36500d)", text);
  }

  @Test
  void negativeDuration_isRefusedButCanBeShown() {
    assertThatThrownBy(() -> DurationText.parse("-5s"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("was \"-5s\" (expected: zero or more, such as 30s)");
    assertThat(DurationText.format(Duration.ofSeconds(-65))).isEqualTo("-1m5s");
  }

  @Test
  void nanoseconds_areLeftOutOfTheText() {
    assertThat(DurationText.format(Duration.ofNanos(1_500_000))).isEqualTo("1ms");
    assertThat(DurationText.format(Duration.ofNanos(999))).isEqualTo("0s");
  }
}
