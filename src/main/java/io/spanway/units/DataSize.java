// SPDX-License-Identifier: Apache-2.0
package io.spanway.units;

/**
 * An amount of bytes, written as {@code 256MiB}. Units are powers of 1024 ({@code B}, {@code KiB},
 * {@code MiB}, {@code GiB}, {@code TiB}); {@code MB} is refused, because half of its users mean
 * {@code MiB}.
 *
 * @param bytes zero or more
 */
public record DataSize(long bytes) implements Comparable<DataSize> {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};
  private static final int MAX_DIGITS = 19;

  /**
   * Checks the amount.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public DataSize {
    if (bytes < 0) {
      throw new IllegalArgumentException("was " + bytes + " (expected: zero or more bytes)");
    }
  }

  /** Returns {@code n} times 1024 bytes. */
  public static DataSize kib(long n) {
    return new DataSize(Math.multiplyExact(n, 1L << 10));
  }

  /** Returns {@code n} times 1024² bytes. */
  public static DataSize mib(long n) {
    return new DataSize(Math.multiplyExact(n, 1L << 20));
  }

  /**
   * Reads a whole number with or without a unit: {@code 256MiB}, {@code 16 KiB}, {@code 1048576}
   * (bytes).
   *
   * @throws IllegalArgumentException if the text is anything else or above {@link Long#MAX_VALUE}
   *     bytes
   */
  public static DataSize parse(String text) {
    String trimmed = text.strip();
    int digits = 0;
    while (digits < trimmed.length() && isDigit(trimmed.charAt(digits))) {
      digits++;
    }
    int power = power(trimmed.substring(digits).strip());
    if (digits == 0 || digits > MAX_DIGITS || power < 0) {
      throw unreadable(text);
    }
    try {
      long number = Long.parseLong(trimmed.substring(0, digits));
      return new DataSize(Math.multiplyExact(number, 1L << (10 * power)));
    } catch (NumberFormatException | ArithmeticException e) {
      throw unreadable(text);
    }
  }

  @Override
  public int compareTo(DataSize other) {
    return Long.compare(bytes, other.bytes);
  }

  /** Returns the text with the largest unit that divides the amount; {@link #parse} reads it. */
  @Override
  public String toString() {
    long number = bytes;
    int power = 0;
    while (number != 0 && number % 1024 == 0 && power < UNITS.length - 1) {
      number /= 1024;
      power++;
    }
    return number + UNITS[power];
  }

  private static int power(String unit) {
    if (unit.isEmpty()) {
      return 0;
    }
    for (int i = 0; i < UNITS.length; i++) {
      if (UNITS[i].equals(unit)) {
        return i;
      }
    }
    return -1;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static IllegalArgumentException unreadable(String text) {
    return new IllegalArgumentException(
        "was "
            + Excerpts.quote(text)
            + " (expected: a whole number and one of B, KiB, MiB, GiB, TiB, such as 256MiB)");
  }
}
