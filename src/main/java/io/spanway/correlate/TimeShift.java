// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A shift as Grafana reads it (packages/grafana-data rangeUtil.intervalToMs): the first number with
 * a unit, whatever stands around it; a number alone is seconds; a fraction is cut off.
 *
 * @param nanos the shift
 * @param warning what a person may not expect, else null
 */
record TimeShift(long nanos, @Nullable String warning) {
  private static final Pattern NUMBER_AND_UNIT =
      Pattern.compile("(-?[0-9]+)(\\.[0-9]+)?(ms|[Mwdhmsy])");
  private static final Pattern NUMBER = Pattern.compile("([+-]?[0-9]+)(\\.[0-9]*)?");
  private static final long SECOND = 1_000_000_000L;
  private static final Map<String, Long> UNITS =
      Map.of(
          "ms", SECOND / 1000,
          "s", SECOND,
          "m", 60 * SECOND,
          "h", 3_600 * SECOND,
          "d", 86_400 * SECOND,
          "w", 7 * 86_400 * SECOND,
          "M", 30 * 86_400 * SECOND,
          "y", 365 * 86_400 * SECOND);

  /** Reads {@code text}; null and blank are no shift. */
  static TimeShift parse(@Nullable String text) throws BadShiftException {
    if (text == null || text.isBlank()) {
      return new TimeShift(0, null);
    }
    String trimmed = text.strip();
    Matcher number = NUMBER.matcher(trimmed);
    if (number.matches()) {
      return shift(trimmed, number.group(1), number.group(2), "s", null);
    }
    Matcher found = NUMBER_AND_UNIT.matcher(trimmed);
    if (!found.find()) {
      throw new BadShiftException(text);
    }
    String read = found.group();
    boolean whole = read.equals(trimmed) || ("+" + read).equals(trimmed);
    return shift(
        trimmed,
        found.group(1),
        found.group(2),
        found.group(3),
        whole ? null : "of \"" + trimmed + "\" only " + read + " is read, as in Grafana");
  }

  private static TimeShift shift(
      String text, String count, @Nullable String fraction, String unit, @Nullable String warning)
      throws BadShiftException {
    try {
      long nanos = Math.multiplyExact(Long.parseLong(count), UNITS.getOrDefault(unit, SECOND));
      if (fraction != null && warning == null) {
        warning = "the fraction of \"" + text + "\" is cut off, as in Grafana: " + count + unit;
      }
      return new TimeShift(nanos, warning);
    } catch (ArithmeticException | NumberFormatException e) {
      throw new BadShiftException(text);
    }
  }

  /** A text without any number and unit, or out of range. */
  static final class BadShiftException extends Exception {
    private static final long serialVersionUID = 1L;

    BadShiftException(String text) {
      super(
          "was \"" + text + "\" (expected: a whole number and ms, s, m, h, d, w, M or y, as -2s)",
          null,
          false,
          false);
    }
  }
}
