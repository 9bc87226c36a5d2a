// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.http.Origin;
import io.spanway.units.DataSize;
import io.spanway.units.DurationText;
import io.spanway.units.Excerpts;
import java.time.Duration;
import java.util.List;

/**
 * Who may tail, and what a tail may cost.
 *
 * @param allowedOrigins where pages may come from that open a tail in a browser, such as {@code
 *     https://grafana.example}; {@code *} is anywhere. Whoever is no browser names none and is let
 *     through
 * @param maxMessage the largest message of an upstream, in one frame or in many
 * @param idleTimeout how long either side may show no sign of life, although it was sent a ping
 *     half-way
 */
public record TailConfig(List<String> allowedOrigins, DataSize maxMessage, Duration idleTimeout) {
  /** Stands for any origin. */
  static final String ANY = "*";

  private static final DataSize LEAST = DataSize.kib(64);
  private static final DataSize GREATEST = DataSize.mib(1024);
  private static final Duration LONGEST = Duration.ofDays(1);

  /** What holds where the file says nothing. Loki looks at no origin either. */
  public static final TailConfig DEFAULT =
      new TailConfig(List.of(ANY), DataSize.mib(16), Duration.ofSeconds(60));

  /**
   * Checks the ranges and copies the list.
   *
   * @throws IllegalArgumentException if a value is outside its range or no origin
   */
  public TailConfig {
    allowedOrigins = List.copyOf(allowedOrigins);
    for (String origin : allowedOrigins) {
      if (!origin.equals(ANY) && Origin.parse(origin) == null) {
        throw new IllegalArgumentException(
            "allowedOrigins: was "
                + Excerpts.quote(origin)
                + " (expected: scheme://host, with :port if need be, or *)");
      }
    }
    if (maxMessage.compareTo(LEAST) < 0 || maxMessage.compareTo(GREATEST) > 0) {
      throw new IllegalArgumentException(
          "maxMessage: was " + maxMessage + " (expected: " + LEAST + " to " + GREATEST + ")");
    }
    if (idleTimeout.isZero() || idleTimeout.isNegative() || idleTimeout.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "idleTimeout: was "
              + DurationText.format(idleTimeout)
              + " (expected: 1ms to "
              + DurationText.format(LONGEST)
              + ")");
    }
  }
}
