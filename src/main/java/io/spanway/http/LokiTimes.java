// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import java.time.Instant;
import java.time.InstantSource;

/**
 * Times of requests as Loki reads them (grafana/loki:pkg/loghttp/params.go), so that a gateway that
 * looks at a window means the same one. All results are nanoseconds since the epoch; what does not
 * fit into 64 bits wraps as Go's {@code UnixNano} does. Errors carry Loki's own text.
 */
public final class LokiTimes {
  private static final long SECOND = 1_000_000_000L;
  private static final long DEFAULT_SINCE = 3600 * SECOND;

  private LokiTimes() {}

  /**
   * The window of a request.
   *
   * @param startNs its start, inclusive
   * @param endNs its end, not before the start; exclusive in log queries
   */
  public record Bounds(long startNs, long endNs) {}

  /** Returns the time now in nanoseconds since the epoch. */
  public static long nowNs(InstantSource clock) {
    Instant now = clock.instant();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  /**
   * Works out the window of a request from {@code start}, {@code end} and {@code since}: the end is
   * now unless given, the start is {@code since} (one hour unless given) before the end or, where
   * the end is in the future, before now.
   *
   * @param nowNs now, in nanoseconds since the epoch
   * @throws BadTargetException when a value cannot be read or the end is before the start
   */
  public static Bounds resolve(QueryParameters parameters, long nowNs) throws BadTargetException {
    long since = DEFAULT_SINCE;
    String sinceText = parameters.first("since");
    if (sinceText != null && !sinceText.isEmpty()) {
      try {
        since = LokiDurations.parse(sinceText);
      } catch (BadTargetException e) {
        throw new BadTargetException("could not parse 'since' parameter: " + e.getMessage());
      }
    }
    String endText = parameters.first("end");
    long end = endText != null && !endText.isEmpty() ? parseNs("end", endText) : nowNs;
    String startText = parameters.first("start");
    long start =
        startText != null && !startText.isEmpty()
            ? parseNs("start", startText)
            : Math.min(end, nowNs) - since;
    if (end < start) {
      throw new BadTargetException("end timestamp must not be before or equal to start time");
    }
    return new Bounds(start, end);
  }

  /**
   * Reads the time in the parameter {@code name}: with a point, seconds rounded to milliseconds; an
   * integer of at most ten characters, seconds; a longer one, nanoseconds; else RFC 3339.
   *
   * @throws BadTargetException when it is none of these: {@code could not parse 'start' parameter:
   *     …}
   */
  public static long parseNs(String name, String value) throws BadTargetException {
    if (value.indexOf('.') >= 0 && GoNumbers.isFloat(value)) {
      double seconds = Double.parseDouble(value);
      if (Double.isFinite(seconds)) {
        return fromSeconds(seconds);
      }
    }
    if (GoNumbers.isInteger(value)) {
      try {
        long number = Long.parseLong(value);
        return value.length() <= 10 ? number * SECOND : number;
      } catch (NumberFormatException e) {
        throw bad(name, value, "value out of range");
      }
    }
    Long instant = Rfc3339.parseNs(value);
    if (instant == null) {
      throw bad(name, value, "invalid syntax");
    }
    return instant;
  }

  /** Follows Loki's arithmetic step by step, so that both round to the same nanosecond. */
  private static long fromSeconds(double seconds) {
    double whole = seconds < 0 ? Math.ceil(seconds) : Math.floor(seconds);
    double fraction = seconds - whole;
    double millis = Math.copySign(Math.floor(Math.abs(fraction) * 1000 + 0.5), fraction) / 1000;
    long wholeSeconds = (long) whole;
    return wholeSeconds * SECOND + (long) (millis * SECOND);
  }

  private static BadTargetException bad(String name, String value, String why) {
    return new BadTargetException(
        "could not parse '"
            + name
            + "' parameter: strconv.ParseInt: parsing "
            + GoNumbers.quote(value)
            + ": "
            + why);
  }
}
