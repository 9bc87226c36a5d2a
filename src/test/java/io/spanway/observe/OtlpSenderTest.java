// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OtlpSenderTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "30, 30",
    "999999999, 999999999",
    "9999999999, ",
    "'', ",
    "-1, ",
    "+1, ",
    "1.5, ",
    "'Fri, 31 Dec 1999 23:59:59 GMT', ",
    "\u0663, ",
  })
  void retryAfter_isANumberOfSecondsOrNothing(String text, @Nullable Long seconds) {
    var read = OtlpSender.seconds(text);

    assertThat(read == null ? null : (Long) read.toSeconds()).isEqualTo(seconds);
  }
}
