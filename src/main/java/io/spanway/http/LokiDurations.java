// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

/**
 * Durations of requests as Loki reads them: Prometheus' ({@code model.ParseDuration}: whole numbers
 * with the units {@code y w d h m s ms}, each at most once and in that order) and, for {@code step}
 * and {@code interval}, seconds as a number too. All results are nanoseconds.
 */
public final class LokiDurations {
  private static final String[] UNITS = {"y", "w", "d", "h", "m", "s", "ms"};
  private static final long[] MILLIS = {
    365L * 86_400_000, 7L * 86_400_000, 86_400_000, 3_600_000, 60_000, 1000, 1
  };
  private static final long MILLION = 1_000_000;

  private LokiDurations() {}

  /**
   * Reads a Prometheus duration such as {@code 1h30m}.
   *
   * @throws BadTargetException when it is none, or longer than 292 years
   */
  public static long parse(String value) throws BadTargetException {
    if (value.isEmpty()) {
      throw new BadTargetException("empty duration string");
    }
    if (value.equals("0")) {
      return 0;
    }
    long millis = 0;
    int unit = -1;
    int at = 0;
    try {
      while (at < value.length()) {
        int digits = at;
        while (at < value.length() && value.charAt(at) >= '0' && value.charAt(at) <= '9') {
          at++;
        }
        int letters = at;
        while (at < value.length() && value.charAt(at) >= 'a' && value.charAt(at) <= 'z') {
          at++;
        }
        int next = indexOfUnit(value.substring(letters, at));
        if (letters == digits || next <= unit) {
          throw new BadTargetException("not a valid duration string: " + GoNumbers.quote(value));
        }
        unit = next;
        long part = Math.multiplyExact(number(value, digits, letters), MILLIS[unit]);
        millis = Math.addExact(millis, part);
      }
      return Math.multiplyExact(millis, MILLION);
    } catch (ArithmeticException e) {
      throw new BadTargetException("duration out of range");
    }
  }

  /**
   * Reads {@code step} or {@code interval}: a number of seconds ({@code 15}, {@code 0.5}) or a
   * Prometheus duration.
   *
   * @throws BadTargetException when it is neither
   */
  public static long parseStep(String value) throws BadTargetException {
    if (GoNumbers.isFloat(value)) {
      double nanos = Double.parseDouble(value) * 1e9;
      if (nanos > Long.MAX_VALUE || nanos < Long.MIN_VALUE) {
        throw new BadTargetException(
            "cannot parse " + GoNumbers.quote(value) + " to a valid duration. It overflows int64");
      }
      return (long) nanos;
    }
    try {
      return parse(value);
    } catch (BadTargetException e) {
      throw new BadTargetException(
          "cannot parse " + GoNumbers.quote(value) + " to a valid duration");
    }
  }

  private static int indexOfUnit(String unit) {
    for (int i = 0; i < UNITS.length; i++) {
      if (UNITS[i].equals(unit)) {
        return i;
      }
    }
    return -1;
  }

  private static long number(String value, int from, int to) {
    try {
      return Long.parseLong(value, from, to, 10);
    } catch (NumberFormatException e) {
      throw new ArithmeticException("more than 64 bits");
    }
  }
}
