// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import org.jspecify.annotations.Nullable;

/**
 * What callers of one rate class may have, each of them; null for what others may.
 *
 * @param rate how often one may ask
 * @param maxInFlightPerCaller requests of one that are under way at once; 0 for any number
 * @param maxTailsPerCaller tails of one at once; 0 for any number
 */
public record ClassLimits(
    @Nullable RateConfig rate,
    @Nullable Integer maxInFlightPerCaller,
    @Nullable Integer maxTailsPerCaller) {
  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is outside its range
   */
  public ClassLimits {
    if (maxInFlightPerCaller != null) {
      Ranges.requireWithin(
          "maxInFlightPerCaller", maxInFlightPerCaller, 0, LimitsConfig.MOST_AT_ONCE);
    }
    if (maxTailsPerCaller != null) {
      Ranges.requireWithin("maxTailsPerCaller", maxTailsPerCaller, 0, LimitsConfig.MOST_AT_ONCE);
    }
  }

  /** Returns these, and of {@code general} what they leave open. */
  CallerLimits over(CallerLimits general) {
    return new CallerLimits(
        rate == null ? general.rate() : rate,
        maxInFlightPerCaller == null ? general.maxInFlight() : maxInFlightPerCaller,
        maxTailsPerCaller == null ? general.maxTails() : maxTailsPerCaller);
  }
}
