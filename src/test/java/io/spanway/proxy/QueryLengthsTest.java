// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.model.TimeRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class QueryLengthsTest {
  private static final String REFUSED =
      "the query time range exceeds the limit (query length: 2400h0m0s, limit: 30d1h)";
  private static final long HOUR = 3_600_000_000_000L;

  private final QueryLengths lengths = new QueryLengths();

  @Test
  void refusalOfLoki_isRememberedForItsTenant() {
    assertThat(lengths.learn("a", REFUSED)).isTrue();

    TimeRange window = new TimeRange(0, 722 * HOUR);
    assertThat(lengths.clip("a", window, true)).isEqualTo(new TimeRange(0, 721 * HOUR));
    assertThat(lengths.clip("a", window, false)).isEqualTo(new TimeRange(HOUR, 722 * HOUR));
    assertThat(lengths.clip("b", window, true)).isSameAs(window);
    TimeRange whole = new TimeRange(5, 5 + 721 * HOUR);
    assertThat(lengths.clip("a", whole, true)).isSameAs(whole);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "the query time range exceeds the limit",
        "the query time range exceeds the limit (query length: 1h, limit: soon)",
        "the query time range exceeds the limit (query length: 1h, limit: 0s)",
        "max entries limit per query exceeded, limit: 5",
      })
  void otherRefusals_teachNothing(String message) {
    assertThat(lengths.learn("a", message)).isFalse();
  }
}
