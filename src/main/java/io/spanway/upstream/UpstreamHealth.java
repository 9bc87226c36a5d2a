// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.spanway.units.DurationText;
import java.time.Duration;

/**
 * When a replica of an upstream is left out, and how it comes back.
 *
 * @param failures failures in a row after which it is left out; a refused connection counts as all
 *     of them
 * @param ejectFor how long it is left out the first time; doubled each time that no success came in
 *     between
 * @param ejectMax the longest that it is left out at a time
 * @param slowStart how long its share of the calls grows when it is back, or new; zero for at once
 */
public record UpstreamHealth(
    int failures, Duration ejectFor, Duration ejectMax, Duration slowStart) {
  private static final int MAX_FAILURES = 1000;
  private static final Duration LONGEST = Duration.ofHours(1);

  /** What holds where the file says nothing. */
  public static final UpstreamHealth DEFAULT =
      new UpstreamHealth(3, Duration.ofSeconds(1), Duration.ofSeconds(30), Duration.ofSeconds(10));

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is outside its range
   */
  public UpstreamHealth {
    if (failures < 1 || failures > MAX_FAILURES) {
      throw new IllegalArgumentException(
          "failures: was " + failures + " (expected: 1 to " + MAX_FAILURES + ")");
    }
    requireBetween("ejectFor", ejectFor, Duration.ofMillis(1), LONGEST);
    requireBetween("ejectMax", ejectMax, ejectFor, LONGEST);
    requireBetween("slowStart", slowStart, Duration.ZERO, LONGEST);
  }

  private static void requireBetween(String key, Duration was, Duration least, Duration most) {
    if (was.compareTo(least) < 0 || was.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          key
              + ": was "
              + DurationText.format(was)
              + " (expected: "
              + DurationText.format(least)
              + " to "
              + DurationText.format(most)
              + ")");
    }
  }
}
