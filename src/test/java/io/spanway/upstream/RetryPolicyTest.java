// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RetryPolicyTest {
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);

  private int taken(RetryPolicy policy) {
    int count = 0;
    while (policy.take()) {
      count++;
    }
    return count;
  }

  @ParameterizedTest
  @CsvSource({
    // budget, minimum, requests before, retries that are allowed
    "10, 0, 0, 0",
    "10, 0, 9, 0",
    "10, 0, 10, 1",
    "10, 0, 99, 9",
    "10, 3, 0, 3",
    "10, 3, 20, 5",
    "0, 3, 1000, 3",
    "0, 0, 1000, 0",
    "100, 0, 7, 7",
    "100, 0, 100000, 100",
  })
  void retries_areAShareOfTheRequests(int budget, int minimum, int requests, int allowed) {
    RetryPolicy policy =
        new RetryPolicy(new UpstreamRetries(budget, minimum, List.of(503)), now::get);
    for (int i = 0; i < requests; i++) {
      policy.sent();
    }

    assertThat(taken(policy)).isEqualTo(allowed);
  }

  @Test
  void minimum_isThereAgainEachSecond() {
    RetryPolicy policy = new RetryPolicy(new UpstreamRetries(0, 2, List.of(503)), now::get);
    assertThat(taken(policy)).isEqualTo(2);
    now.addAndGet(Duration.ofMillis(999).toNanos());
    assertThat(taken(policy)).isZero();
    now.addAndGet(Duration.ofMillis(1).toNanos());

    assertThat(taken(policy)).isEqualTo(2);
  }

  @Test
  void failures_areTheConfiguredStatuses() {
    RetryPolicy policy = new RetryPolicy(UpstreamRetries.DEFAULT, now::get);

    assertThat(policy.isFailure(503)).isTrue();
    assertThat(policy.isFailure(504)).isFalse();
    assertThat(policy.isFailure(200)).isFalse();
    assertThat(policy.isOn()).isTrue();
    assertThat(new RetryPolicy(UpstreamRetries.OFF, now::get).isOn()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 0, 503, 'budget: was -1 (expected: 0 to 100)'",
    "101, 0, 503, 'budget: was 101 (expected: 0 to 100)'",
    "1, -1, 503, 'minimum: was -1 (expected: 0 to 1000)'",
    "1, 1, 429, 'statuses: was 429 (expected: 500 to 599)'",
  })
  void valuesOutOfRange_areRefused(int budget, int minimum, int status, String message) {
    assertThatThrownBy(() -> new UpstreamRetries(budget, minimum, List.of(status)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }
}
