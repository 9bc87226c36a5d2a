// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.units.DataSize;
import java.time.Duration;

/**
 * Settings of the cache.
 *
 * @param maxSize bytes of answers held, with their overhead; zero switches the cache off, sharing
 *     of requests in flight included. Answers being collected may take as much again
 * @param maxEntry the largest answer held, decoded; larger ones stream through
 * @param tenantPercent the percentage of {@code maxSize} above which a tenant's own oldest answers
 *     make room for its new ones while other tenants hold any; 1 to 100
 * @param freshFor how long an answer is used whose data is younger than {@code freshWindow}
 * @param freshWindow the age below which more data is expected to arrive
 * @param staleIfError for how long after its time an answer is still used when the upstream cannot
 *     be reached or answers 5xx; zero for never
 * @param ttl how long the other answers are used
 * @param redis the level that replicas share
 */
public record CacheConfig(
    DataSize maxSize,
    DataSize maxEntry,
    int tenantPercent,
    Duration freshFor,
    Duration freshWindow,
    Duration staleIfError,
    Ttl ttl,
    RedisConfig redis) {
  private static final Duration MAX_STALE = Duration.ofDays(7);

  /** The defaults. */
  public static final CacheConfig DEFAULT =
      new CacheConfig(
          DataSize.mib(256),
          DataSize.mib(16),
          50,
          Duration.ofSeconds(2),
          Duration.ofMinutes(10),
          Duration.ofMinutes(5),
          Ttl.DEFAULT);

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public CacheConfig {
    if (maxEntry.bytes() == 0 || maxEntry.bytes() > Integer.MAX_VALUE / 4) {
      throw new IllegalArgumentException(
          "maxEntry: was " + maxEntry + " (expected: more than 0B, less than 512MiB)");
    }
    if (tenantPercent < 1 || tenantPercent > 100) {
      throw new IllegalArgumentException(
          "tenantPercent: was " + tenantPercent + " (expected: 1 to 100)");
    }
    Ttl.requireNotNegative("freshFor", freshFor);
    Ttl.requireNotNegative("freshWindow", freshWindow);
    Ttl.requireNotNegative("staleIfError", staleIfError);
    if (staleIfError.compareTo(MAX_STALE) > 0) {
      throw new IllegalArgumentException(
          "staleIfError: was " + staleIfError + " (expected: at most " + MAX_STALE + ")");
    }
  }

  /** One level, in memory. */
  public CacheConfig(
      DataSize maxSize,
      DataSize maxEntry,
      int tenantPercent,
      Duration freshFor,
      Duration freshWindow,
      Duration staleIfError,
      Ttl ttl) {
    this(
        maxSize,
        maxEntry,
        tenantPercent,
        freshFor,
        freshWindow,
        staleIfError,
        ttl,
        RedisConfig.DEFAULT);
  }

  /** Says whether anything is cached at all. */
  public boolean isOn() {
    return maxSize.bytes() > 0;
  }

  /**
   * How long answers are used, by what they are and how old their data is. Zero keeps an answer no
   * longer than its request is in flight.
   *
   * @param queries Loki's logs and metrics, by the age of the end of their window
   * @param metadata Loki's labels, values, series, detected fields and labels, patterns
   * @param index Loki's index stats and volume, when their end is older than {@code freshWindow}
   * @param traces traces by ID
   * @param search Tempo's search, tags and metrics whose end is at least 30 minutes ago
   * @param info build information, Drilldown limits, formatted queries
   */
  public record Ttl(
      Queries queries,
      Metadata metadata,
      Duration index,
      Traces traces,
      Duration search,
      Duration info) {
    /** The defaults. */
    public static final Ttl DEFAULT =
        new Ttl(
            Queries.DEFAULT,
            Metadata.DEFAULT,
            Duration.ofMinutes(5),
            Traces.DEFAULT,
            Duration.ofSeconds(60),
            Duration.ofSeconds(60));

    /** Checks the durations. */
    public Ttl {
      requireNotNegative("index", index);
      requireNotNegative("search", search);
      requireNotNegative("info", info);
    }

    static void requireNotNegative(String name, Duration duration) {
      if (duration.isNegative()) {
        throw new IllegalArgumentException(
            name + ": was " + duration + " (expected: zero or more)");
      }
    }
  }

  /**
   * Logs and metric ranges. An empty answer is used a tenth as long, since late lines would show
   * there first.
   *
   * @param recent end older than {@code freshWindow}
   * @param hour end at least an hour ago: an active stream takes no older lines (Loki's {@code
   *     max_chunk_age}/2)
   * @param day end at least a day ago
   * @param week end at least seven days ago: Loki takes no older lines at all ({@code
   *     reject_old_samples_max_age})
   * @param emptyMax the most for an empty answer
   */
  public record Queries(
      Duration recent, Duration hour, Duration day, Duration week, Duration emptyMax) {
    /** The defaults. */
    public static final Queries DEFAULT =
        new Queries(
            Duration.ofSeconds(30),
            Duration.ofMinutes(5),
            Duration.ofHours(1),
            Duration.ofHours(24),
            Duration.ofSeconds(60));

    /** Checks the durations. */
    public Queries {
      Ttl.requireNotNegative("recent", recent);
      Ttl.requireNotNegative("hour", hour);
      Ttl.requireNotNegative("day", day);
      Ttl.requireNotNegative("week", week);
      Ttl.requireNotNegative("emptyMax", emptyMax);
    }
  }

  /**
   * Names rather than data.
   *
   * @param recent all of them
   * @param day labels, values and series whose end is at least a day ago
   */
  public record Metadata(Duration recent, Duration day) {
    /** The defaults. */
    public static final Metadata DEFAULT =
        new Metadata(Duration.ofSeconds(60), Duration.ofHours(1));

    /** Checks the durations. */
    public Metadata {
      Ttl.requireNotNegative("recent", recent);
      Ttl.requireNotNegative("day", day);
    }
  }

  /**
   * Traces by ID.
   *
   * @param absent not found, empty or partial
   * @param recent complete, the newest span ended less than 30 minutes ago: more may come
   * @param settled complete, the newest span ended at least 30 minutes ago
   * @param day complete, the newest span ended at least a day ago
   */
  public record Traces(Duration absent, Duration recent, Duration settled, Duration day) {
    /** The defaults. */
    public static final Traces DEFAULT =
        new Traces(
            Duration.ofSeconds(2),
            Duration.ofSeconds(5),
            Duration.ofMinutes(10),
            Duration.ofHours(1));

    /** Checks the durations. */
    public Traces {
      Ttl.requireNotNegative("absent", absent);
      Ttl.requireNotNegative("recent", recent);
      Ttl.requireNotNegative("settled", settled);
      Ttl.requireNotNegative("day", day);
    }
  }
}
