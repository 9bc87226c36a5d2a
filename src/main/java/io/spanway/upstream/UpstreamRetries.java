// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import java.util.List;

/**
 * When a read goes to another replica because the first did not answer it. It has to be a GET or
 * HEAD without a body, of which the client has seen nothing, there has to be another replica that
 * is well, and it happens once at most.
 *
 * @param budget how many of a hundred requests may be sent twice in the long run, so that retries
 *     do not bring down what is struggling
 * @param minimum how many a second may be in any case
 * @param statuses answers that another replica may do better than; 504 is not among them by
 *     default, since it is often a query that takes too long anywhere
 */
public record UpstreamRetries(int budget, int minimum, List<Integer> statuses) {
  private static final int LEAST_STATUS = 500;
  private static final int GREATEST_STATUS = 599;
  private static final int MOST = 1000;

  /** What holds where the file says nothing. */
  public static final UpstreamRetries DEFAULT = new UpstreamRetries(10, 3, List.of(502, 503));

  /** None at all. */
  public static final UpstreamRetries OFF = new UpstreamRetries(0, 0, List.of());

  /**
   * Checks the ranges and copies the list.
   *
   * @throws IllegalArgumentException if a value is outside its range
   */
  public UpstreamRetries {
    statuses = List.copyOf(statuses);
    if (budget < 0 || budget > 100) {
      throw new IllegalArgumentException("budget: was " + budget + " (expected: 0 to 100)");
    }
    if (minimum < 0 || minimum > MOST) {
      throw new IllegalArgumentException(
          "minimum: was " + minimum + " (expected: 0 to " + MOST + ")");
    }
    for (int status : statuses) {
      if (status < LEAST_STATUS || status > GREATEST_STATUS) {
        throw new IllegalArgumentException(
            "statuses: was "
                + status
                + " (expected: "
                + LEAST_STATUS
                + " to "
                + GREATEST_STATUS
                + ")");
      }
    }
  }
}
