// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.identity.Caller;
import io.spanway.plan.QueryLimits;
import io.spanway.units.DataSize;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a single request may cost, and what it may reach.
 *
 * @param maxForm a request body that Spanway reads whole: the form of a POSTed query
 * @param maxTrace a trace that is fetched to build a query
 * @param maxLogLimit log lines that one request of the script API may ask for
 * @param maxLimit the largest {@code limit} of a query, and {@code spss} of Tempo's searches
 * @param maxRange the longest time from start to end of a query; zero for any
 * @param maxPoints the most steps between start and end of a metric query; Loki itself takes 11,000
 * @param maxQueryLength the longest query, in UTF-8
 * @param maxInFlight requests under way at once, of all callers
 * @param maxInFlightPerCaller those of one caller; 0 for any number
 * @param rate how often one caller may ask
 * @param queue what waits until others are done
 * @param maxTails tails at once, of all callers
 * @param maxTailsPerCaller those of one caller; 0 for any number
 * @param maxMemory bytes of requests and answers that are held at once, whole or for the cache; 0
 *     for half of the Java heap
 * @param classes what holds for callers of a rate class, by its name, in place of {@code rate},
 *     {@code maxInFlightPerCaller} and {@code maxTailsPerCaller}
 * @param allowAdminPaths administration paths of the upstreams that are let through, although they
 *     are refused by default: exact, or with {@code /*} at the end everything below
 */
public record LimitsConfig(
    DataSize maxForm,
    DataSize maxTrace,
    int maxLogLimit,
    int maxLimit,
    Duration maxRange,
    int maxPoints,
    DataSize maxQueryLength,
    int maxInFlight,
    int maxInFlightPerCaller,
    RateConfig rate,
    QueueConfig queue,
    int maxTails,
    int maxTailsPerCaller,
    DataSize maxMemory,
    Map<String, ClassLimits> classes,
    List<String> allowAdminPaths) {
  private static final DataSize LEAST = DataSize.kib(1);
  private static final DataSize GREATEST = DataSize.mib(1024);
  private static final int MOST_LINES = 1_000_000;
  private static final int MOST_AT_ONCE = 1_000_000;

  /** What holds where the file says nothing. */
  public static final LimitsConfig DEFAULT =
      new LimitsConfig(
          DataSize.mib(10),
          DataSize.mib(64),
          5000,
          MOST_LINES,
          Duration.ZERO,
          100_000,
          DataSize.mib(1),
          10_000,
          0,
          RateConfig.DEFAULT,
          QueueConfig.DEFAULT,
          2000,
          0,
          new DataSize(0),
          Map.of(),
          List.of());

  /**
   * Checks the ranges and copies the collections.
   *
   * @throws IllegalArgumentException if a value is outside its range
   */
  public LimitsConfig {
    allowAdminPaths = List.copyOf(allowAdminPaths);
    classes = Collections.unmodifiableMap(new LinkedHashMap<>(classes));
    if (classes.containsKey(Caller.DEFAULT_CLASS)) {
      throw new IllegalArgumentException(
          "classes."
              + Caller.DEFAULT_CLASS
              + ": is not a class (expected: another name; for callers of no class there are rate,"
              + " maxInFlightPerCaller and maxTailsPerCaller)");
    }
    requireHeldInMemory("maxForm", maxForm);
    requireHeldInMemory("maxTrace", maxTrace);
    if (maxLogLimit < 1 || maxLogLimit > MOST_LINES) {
      throw new IllegalArgumentException(
          "maxLogLimit: was " + maxLogLimit + " (expected: 1 to " + MOST_LINES + ")");
    }
    requirePositive("maxLimit", maxLimit);
    requirePositive("maxPoints", maxPoints);
    requireHeldInMemory("maxQueryLength", maxQueryLength);
    if (maxMemory.bytes() > 0 && maxMemory.compareTo(DataSize.kib(64)) < 0) {
      throw new IllegalArgumentException(
          "maxMemory: was " + maxMemory + " (expected: 0B, or 64KiB or more)");
    }
    Ranges.requireWithin("maxInFlight", maxInFlight, 1, MOST_AT_ONCE);
    Ranges.requireWithin("maxInFlightPerCaller", maxInFlightPerCaller, 0, MOST_AT_ONCE);
    Ranges.requireWithin("maxTails", maxTails, 0, MOST_AT_ONCE);
    Ranges.requireWithin("maxTailsPerCaller", maxTailsPerCaller, 0, MOST_AT_ONCE);
  }

  /** Returns what queries may ask of an upstream. */
  public QueryLimits queries() {
    return new QueryLimits(maxLimit, maxRange, maxPoints, maxQueryLength.bytes());
  }

  private static void requirePositive(String name, int number) {
    if (number < 1) {
      throw new IllegalArgumentException(name + ": was " + number + " (expected: 1 or more)");
    }
  }

  private static void requireHeldInMemory(String name, DataSize size) {
    if (size.compareTo(LEAST) < 0 || size.compareTo(GREATEST) > 0) {
      throw new IllegalArgumentException(
          name + ": was " + size + " (expected: " + LEAST + " to " + GREATEST + ")");
    }
  }

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
        Ranges.requireWithin("maxInFlightPerCaller", maxInFlightPerCaller, 0, MOST_AT_ONCE);
      }
      if (maxTailsPerCaller != null) {
        Ranges.requireWithin("maxTailsPerCaller", maxTailsPerCaller, 0, MOST_AT_ONCE);
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
}
