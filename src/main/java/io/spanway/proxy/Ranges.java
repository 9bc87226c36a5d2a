// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

/**
 * Checks numbers of a configuration. Not part of any of its records: their defaults are made of
 * each other, and must not wait for each other.
 */
final class Ranges {
  private Ranges() {}

  /** Refuses a number that is not within {@code least} and {@code most}. */
  static void requireWithin(String name, int number, int least, int most) {
    if (number < least || number > most) {
      throw new IllegalArgumentException(
          name + ": was " + number + " (expected: " + least + " to " + most + ")");
    }
  }
}
