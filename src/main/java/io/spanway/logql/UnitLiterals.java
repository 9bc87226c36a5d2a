// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Durations and sizes: numbers with units. */
final class UnitLiterals {

  private static final String[] ORDERED_UNITS = {"y", "w", "d", "h", "m", "s", "ms"};
  private static final long MS = 1_000_000L;
  private static final long SECOND = 1000 * MS;
  private static final long HOUR = 3600 * SECOND;
  private static final long DAY = 24 * HOUR;
  private static final long[] ORDERED_NANOS = {
    365 * DAY, 7 * DAY, DAY, HOUR, 60 * SECOND, SECOND, MS
  };

  private UnitLiterals() {}

  /** Returns the nanoseconds of a duration in Prometheus's form, or null if it is not one. */
  static @Nullable Long prometheusNanos(String text) {
    if (text.equals("0")) {
      return 0L;
    }
    long total = 0;
    int unit = 0;
    int i = 0;
    try {
      while (i < text.length()) {
        int digitsEnd = digitsEnd(text, i);
        int unitEnd = digitsEnd;
        while (unitEnd < text.length() && !isDigit(text.charAt(unitEnd))) {
          unitEnd++;
        }
        String name = text.substring(digitsEnd, unitEnd);
        while (unit < ORDERED_UNITS.length && !ORDERED_UNITS[unit].equals(name)) {
          unit++;
        }
        if (digitsEnd == i || unit == ORDERED_UNITS.length) {
          return null;
        }
        long count = Long.parseLong(text.substring(i, digitsEnd));
        total = Math.addExact(total, Math.multiplyExact(count, ORDERED_NANOS[unit]));
        unit++;
        i = unitEnd;
      }
    } catch (ArithmeticException | NumberFormatException e) {
      return null;
    }
    return text.isEmpty() ? null : total;
  }

  /** Returns what Prometheus says about a text that {@link #prometheusNanos} refused. */
  static String prometheusError(String text) {
    if (text.isEmpty()) {
      return "empty duration string";
    }
    int i = 0;
    while (i < text.length()) {
      int digitsEnd = digitsEnd(text, i);
      int unitEnd = digitsEnd;
      while (unitEnd < text.length() && !isDigit(text.charAt(unitEnd))) {
        unitEnd++;
      }
      if (digitsEnd == i || unitEnd == digitsEnd) {
        break;
      }
      String unit = text.substring(digitsEnd, unitEnd);
      if (!Arrays.asList(ORDERED_UNITS).contains(unit)) {
        return "unknown unit " + quoted(unit) + " in duration " + quoted(text);
      }
      i = unitEnd;
    }
    return i < text.length() || text.length() < 19
        ? "not a valid duration string: " + quoted(text)
        : "duration out of range";
  }

  private static String quoted(String text) {
    return LogqlWriter.string(text);
  }

  /** Returns the nanoseconds of a duration in Prometheus's or Go's form, or null. */
  static @Nullable Double nanos(String text) {
    Long prometheus = prometheusNanos(text);
    return prometheus != null ? Double.valueOf(prometheus) : goNanos(text);
  }

  private static @Nullable Double goNanos(String text) {
    boolean negative = text.startsWith("-");
    int i = negative ? 1 : 0;
    double total = 0;
    if (i == text.length()) {
      return null;
    }
    while (i < text.length()) {
      int numberEnd = digitsEnd(text, i);
      int digits = numberEnd - i;
      if (numberEnd < text.length() && text.charAt(numberEnd) == '.') {
        int fraction = numberEnd + 1;
        numberEnd = digitsEnd(text, fraction);
        digits += numberEnd - fraction;
      }
      int unitEnd = numberEnd;
      while (unitEnd < text.length()
          && !isDigit(text.charAt(unitEnd))
          && text.charAt(unitEnd) != '.') {
        unitEnd++;
      }
      long unit = goUnit(text.substring(numberEnd, unitEnd));
      if (digits == 0 || unit == 0) {
        return null;
      }
      total += Double.parseDouble(text.substring(i, numberEnd)) * unit;
      if (total > Long.MAX_VALUE) {
        return null;
      }
      i = unitEnd;
    }
    return negative ? -total : total;
  }

  private static long goUnit(String name) {
    return switch (name) {
      case "ns" -> 1;
      case "us", "\u00B5s" -> 1000;
      case "ms" -> MS;
      case "s" -> SECOND;
      case "m" -> 60 * SECOND;
      case "h" -> HOUR;
      default -> 0;
    };
  }

  /** Returns the bytes of a size such as {@code 5KiB} or {@code 1.5MB}, or null. */
  static @Nullable Double bytes(String text) {
    int numberEnd = 0;
    while (numberEnd < text.length()
        && (isDigit(text.charAt(numberEnd)) || text.charAt(numberEnd) == '.')) {
      numberEnd++;
    }
    double factor =
        switch (text.substring(numberEnd).toLowerCase(Locale.ROOT)) {
          case "b" -> 1;
          case "k", "kb" -> 1e3;
          case "m", "mb" -> 1e6;
          case "g", "gb" -> 1e9;
          case "t", "tb" -> 1e12;
          case "p", "pb" -> 1e15;
          case "ki", "kib" -> 0x1p10;
          case "mi", "mib" -> 0x1p20;
          case "gi", "gib" -> 0x1p30;
          case "ti", "tib" -> 0x1p40;
          case "pi", "pib" -> 0x1p50;
          default -> 0;
        };
    if (factor == 0) {
      return null;
    }
    try {
      double bytes = Double.parseDouble(text.substring(0, numberEnd)) * factor;
      return bytes < 0x1p64 ? Double.valueOf(Math.floor(bytes)) : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static int digitsEnd(String text, int from) {
    int i = from;
    while (i < text.length() && isDigit(text.charAt(i))) {
      i++;
    }
    return i;
  }

  static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }
}
