// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import io.spanway.units.DurationText;
import java.time.Duration;

/**
 * How changes of the file are taken up.
 *
 * @param interval how often the file, and the files of secrets that it names, are looked at; 0
 *     leaves it to {@code SIGHUP} and {@code POST /-/reload}
 */
public record ReloadConfig(Duration interval) {
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  /** What holds where the file says nothing. */
  public static final ReloadConfig DEFAULT = new ReloadConfig(Duration.ofSeconds(10));

  /**
   * Checks the range.
   *
   * @throws IllegalArgumentException if the interval is neither 0 nor a second or more
   */
  public ReloadConfig {
    if (!interval.isZero() && interval.compareTo(SHORTEST) < 0) {
      throw new IllegalArgumentException(
          "interval: was " + DurationText.format(interval) + " (expected: 0, or 1s or more)");
    }
  }
}
