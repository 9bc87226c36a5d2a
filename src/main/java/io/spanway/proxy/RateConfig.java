// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

/**
 * How often one caller may ask.
 *
 * @param requestsPerSecond requests in a second in the long run; 0 for any number
 * @param burst requests that may come at once after a pause
 */
public record RateConfig(int requestsPerSecond, int burst) {
  private static final int MOST = 1_000_000;

  /** What holds where the file says nothing: any number. */
  public static final RateConfig DEFAULT = new RateConfig(0, 100);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is outside its range
   */
  public RateConfig {
    Ranges.requireWithin("requestsPerSecond", requestsPerSecond, 0, MOST);
    Ranges.requireWithin("burst", burst, 1, MOST);
  }
}
