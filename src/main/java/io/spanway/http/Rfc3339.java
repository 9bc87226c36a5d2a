// SPDX-License-Identifier: Apache-2.0
package io.spanway.http;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/** Times in RFC 3339 as Go's {@code time.RFC3339Nano} reads them. */
final class Rfc3339 {
  private static final String SHAPE = "dddd-dd-ddTdd:dd:dd";

  private Rfc3339() {}

  /**
   * Reads {@code 2024-01-01T00:00:00.5+01:00} as nanoseconds since the epoch; digits of a fraction
   * beyond the ninth are cut off. Null when it is no such time.
   */
  static @Nullable Long parseNs(String text) {
    if (!hasShape(text)) {
      return null;
    }
    int at = SHAPE.length();
    int nanos = 0;
    if (at < text.length() && text.charAt(at) == '.') {
      int first = ++at;
      int unit = 100_000_000;
      while (at < text.length() && isDigit(text.charAt(at))) {
        nanos += (text.charAt(at) - '0') * unit;
        unit /= 10;
        at++;
      }
      if (at == first) {
        return null;
      }
    }
    int offset = offsetSeconds(text, at);
    if (offset == Integer.MIN_VALUE) {
      return null;
    }
    try {
      LocalDateTime time =
          LocalDateTime.of(
              number(text, 0, 4),
              number(text, 5, 7),
              number(text, 8, 10),
              number(text, 11, 13),
              number(text, 14, 16),
              number(text, 17, 19));
      return (time.toEpochSecond(ZoneOffset.UTC) - offset) * 1_000_000_000L + nanos;
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static boolean hasShape(String text) {
    if (text.length() <= SHAPE.length()) {
      return false;
    }
    for (int i = 0; i < SHAPE.length(); i++) {
      char expected = SHAPE.charAt(i);
      char c = text.charAt(i);
      if (expected == 'd' ? !isDigit(c) : c != expected) {
        return false;
      }
    }
    return true;
  }

  /** Reads {@code Z} or {@code +hh:mm} up to the end; the least integer when it is neither. */
  private static int offsetSeconds(String text, int at) {
    int left = text.length() - at;
    if (left == 1 && text.charAt(at) == 'Z') {
      return 0;
    }
    if (left != 6
        || (text.charAt(at) != '+' && text.charAt(at) != '-')
        || text.charAt(at + 3) != ':'
        || !isDigit(text.charAt(at + 1))
        || !isDigit(text.charAt(at + 2))
        || !isDigit(text.charAt(at + 4))
        || !isDigit(text.charAt(at + 5))) {
      return Integer.MIN_VALUE;
    }
    int hours = number(text, at + 1, at + 3);
    int minutes = number(text, at + 4, at + 6);
    if (hours > 24 || minutes > 60) {
      return Integer.MIN_VALUE;
    }
    int seconds = hours * 3600 + minutes * 60;
    return text.charAt(at) == '-' ? -seconds : seconds;
  }

  private static int number(String text, int from, int to) {
    return Integer.parseInt(text, from, to, 10);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
