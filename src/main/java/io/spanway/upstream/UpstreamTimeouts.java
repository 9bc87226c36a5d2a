// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.spanway.units.DurationText;
import java.time.Duration;

/**
 * How long an upstream may take. There is no limit on a whole answer: a long one that comes
 * steadily is fine.
 *
 * @param connect to accept a connection
 * @param firstByte from the request's end to the answer's head
 * @param read the longest pause inside an answer while Spanway is ready to read
 * @param idle how long an unused connection is kept
 */
public record UpstreamTimeouts(Duration connect, Duration firstByte, Duration read, Duration idle) {
  /** What holds where the file says nothing. */
  public static final UpstreamTimeouts DEFAULT =
      new UpstreamTimeouts(
          Duration.ofSeconds(5),
          Duration.ofMinutes(5),
          Duration.ofMinutes(5),
          Duration.ofSeconds(90));

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a duration is not above zero
   */
  public UpstreamTimeouts {
    requirePositive("connect", connect);
    requirePositive("firstByte", firstByte);
    requirePositive("read", read);
    requirePositive("idle", idle);
  }

  private static void requirePositive(String name, Duration duration) {
    if (duration.isZero() || duration.isNegative()) {
      throw new IllegalArgumentException(
          name + ": was " + DurationText.format(duration) + " (expected: 1ms or more)");
    }
  }
}
