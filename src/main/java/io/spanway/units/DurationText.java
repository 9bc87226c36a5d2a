// SPDX-License-Identifier: Apache-2.0
package io.spanway.units;

import java.time.Duration;

/**
 * Durations as text: {@code 250ms}, {@code 30s}, {@code 1h30m}, {@code 7d}. Whole numbers, each
 * with a unit, larger units first; a day has 24 hours. At most 36,500 days, so that the nanoseconds
 * of what was read always fit a {@code long}.
 */
public final class DurationText {
  private static final int MAX_DAYS = 36_500;
  private static final int MAX_DIGITS = 18;
  private static final String[] UNITS = {"d", "h", "m", "s", "ms"};
  private static final long[] UNIT_MILLIS = {86_400_000L, 3_600_000L, 60_000L, 1_000L, 1L};

  private DurationText() {}

  /**
   * Reads a duration. A bare {@code 0} needs no unit; every other number does.
   *
   * @throws IllegalArgumentException if the text is anything else, negative or too long
   */
  public static Duration parse(String text) {
    String trimmed = text.strip();
    if (trimmed.equals("0")) {
      return Duration.ZERO;
    }
    if (trimmed.startsWith("-")) {
      throw new IllegalArgumentException(
          "was " + Excerpts.quote(text) + " (expected: zero or more, such as 30s)");
    }
    if (trimmed.isEmpty()) {
      throw unreadable(text);
    }
    long millis = 0;
    int lastUnit = -1;
    int at = 0;
    while (at < trimmed.length()) {
      int digits = at;
      while (digits < trimmed.length() && isDigit(trimmed.charAt(digits))) {
        digits++;
      }
      int letters = digits;
      while (letters < trimmed.length() && isLetter(trimmed.charAt(letters))) {
        letters++;
      }
      int unit = unit(trimmed.substring(digits, letters));
      if (digits == at || digits - at > MAX_DIGITS || unit <= lastUnit) {
        throw unreadable(text);
      }
      try {
        long number = Long.parseLong(trimmed.substring(at, digits));
        millis = Math.addExact(millis, Math.multiplyExact(number, UNIT_MILLIS[unit]));
      } catch (ArithmeticException e) {
        throw tooLong(text);
      }
      lastUnit = unit;
      at = letters;
    }
    if (millis > MAX_DAYS * UNIT_MILLIS[0]) {
      throw tooLong(text);
    }
    return Duration.ofMillis(millis);
  }

  /**
   * Returns the canonical text, {@code 0s} for zero. What is below a millisecond is left out; a
   * negative duration, which {@link #parse} does not take back, has a sign.
   */
  public static String format(Duration duration) {
    long millis = duration.abs().toMillis();
    if (millis == 0) {
      return "0s";
    }
    StringBuilder text = new StringBuilder(duration.isNegative() ? "-" : "");
    for (int i = 0; i < UNITS.length; i++) {
      long number = millis / UNIT_MILLIS[i];
      if (number > 0) {
        text.append(number).append(UNITS[i]);
        millis -= number * UNIT_MILLIS[i];
      }
    }
    return text.toString();
  }

  /** Returns the index of the unit, -1 if there is none of that name. */
  private static int unit(String name) {
    for (int i = 0; i < UNITS.length; i++) {
      if (UNITS[i].equals(name)) {
        return i;
      }
    }
    return -1;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isLetter(char c) {
    return c >= 'a' && c <= 'z';
  }

  private static IllegalArgumentException unreadable(String text) {
    return new IllegalArgumentException(
        "was "
            + Excerpts.quote(text)
            + " (expected: a duration of whole numbers with d, h, m, s or ms, such as 1h30m)");
  }

  private static IllegalArgumentException tooLong(String text) {
    return new IllegalArgumentException(
        "was " + Excerpts.quote(text) + " (expected: at most " + MAX_DAYS + "d)");
  }
}
