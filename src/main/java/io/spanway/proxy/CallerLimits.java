// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import java.util.Map;
import java.util.TreeMap;

/**
 * What one caller may have.
 *
 * @param rate how often it may ask
 * @param maxInFlight requests under way at once; 0 for any number
 * @param maxTails tails at once; 0 for any number
 */
record CallerLimits(RateConfig rate, int maxInFlight, int maxTails) {
  /** Says whether there is a limit that concerns more than tails. */
  boolean isAnyForRequests() {
    return rate.requestsPerSecond() > 0 || maxInFlight > 0;
  }

  /**
   * The limits in force, worked out.
   *
   * @param all what was configured
   * @param general what holds for callers of no class
   * @param classes what holds for those of one, whole
   */
  record InForce(LimitsConfig all, CallerLimits general, Map<String, CallerLimits> classes) {
    static InForce of(LimitsConfig config) {
      CallerLimits general =
          new CallerLimits(
              config.rate(), config.maxInFlightPerCaller(), config.maxTailsPerCaller());
      Map<String, CallerLimits> classes = new TreeMap<>();
      config.classes().forEach((name, own) -> classes.put(name, own.over(general)));
      return new InForce(config, general, Map.copyOf(classes));
    }

    /** Returns what holds for a class; one that is no more, or never was, is like none. */
    CallerLimits of(String rateClass) {
      return classes.getOrDefault(rateClass, general);
    }
  }
}
