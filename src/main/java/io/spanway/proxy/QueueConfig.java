// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.units.DurationText;
import java.time.Duration;

/**
 * Requests that wait until others are done.
 *
 * @param size the most that wait, of all callers; 0 for none
 * @param timeout how long one waits
 */
public record QueueConfig(int size, Duration timeout) {
  private static final int MOST = 10_000;
  private static final Duration LONGEST = Duration.ofMinutes(10);

  /** What holds where the file says nothing. */
  public static final QueueConfig DEFAULT = new QueueConfig(1000, Duration.ofSeconds(10));

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is outside its range
   */
  public QueueConfig {
    Ranges.requireWithin("size", size, 0, MOST);
    if (timeout.isZero() || timeout.isNegative() || timeout.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "timeout: was "
              + DurationText.format(timeout)
              + " (expected: 1ms to "
              + DurationText.format(LONGEST)
              + ")");
    }
  }
}
