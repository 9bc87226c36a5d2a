// SPDX-License-Identifier: Apache-2.0
package io.spanway.otlp;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * Prints a double as a browser does (ECMA-262, Number::toString), since that is what Grafana puts
 * into a query: {@code 200} for 200.0, {@code 1e+21}, {@code 1e-7}.
 */
final class DoubleText {
  /** Below this every whole double is exact, and its decimal digits are the shortest. */
  private static final double EXACT = 1L << 53;

  private DoubleText() {}

  static String of(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "Infinity" : "-Infinity";
    }
    if (value == Math.rint(value) && Math.abs(value) < EXACT) {
      return Long.toString((long) value);
    }
    BigDecimal shortest = shortest(Math.abs(value));
    String digits = shortest.unscaledValue().toString();
    int exponent = digits.length() - shortest.scale();
    return (value < 0 ? "-" : "") + layOut(digits, exponent);
  }

  // Double.toString of Java 17 sometimes has a digit too many (JDK-4511638).
  private static BigDecimal shortest(double value) {
    BigDecimal exact = new BigDecimal(value);
    BigDecimal best = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    while (best.precision() > 1) {
      int precision = best.precision() - 1;
      BigDecimal shorter = exact.round(new MathContext(precision, RoundingMode.HALF_EVEN));
      if (shorter.doubleValue() != value) {
        // Below a power of two doubles lie closer: only the neighbour above may read back.
        shorter = exact.round(new MathContext(precision, RoundingMode.UP));
      }
      if (shorter.doubleValue() != value) {
        break;
      }
      best = shorter.stripTrailingZeros();
    }
    return best;
  }

  /** {@code digits} with the decimal point after the first {@code exponent} of them. */
  private static String layOut(String digits, int exponent) {
    int count = digits.length();
    if (count <= exponent && exponent <= 21) {
      return digits + "0".repeat(exponent - count);
    }
    if (0 < exponent && exponent <= 21) {
      return digits.substring(0, exponent) + "." + digits.substring(exponent);
    }
    if (-6 < exponent && exponent <= 0) {
      return "0." + "0".repeat(-exponent) + digits;
    }
    int power = exponent - 1;
    String mantissa = count == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
    return mantissa + "e" + (power < 0 ? "-" : "+") + Math.abs(power);
  }
}
