// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

/**
 * What one check found.
 *
 * @param outcome whether it is well
 * @param check what was looked at
 * @param found what is there
 * @param remedy what to do; empty when there is nothing to do
 */
record CheckResult(Outcome outcome, String check, String found, String remedy) {
  /** How well. */
  enum Outcome {
    /** As it should be. */
    OK,
    /** Works, but should be looked at. */
    WARNING,
    /** Does not work. */
    FAULT,
    /** Could not be looked at. */
    SKIPPED
  }

  static CheckResult ok(String check, String found) {
    return new CheckResult(Outcome.OK, check, found, "");
  }

  static CheckResult warning(String check, String found, String remedy) {
    return new CheckResult(Outcome.WARNING, check, found, remedy);
  }

  static CheckResult fault(String check, String found, String remedy) {
    return new CheckResult(Outcome.FAULT, check, found, remedy);
  }

  static CheckResult skipped(String check, String found) {
    return new CheckResult(Outcome.SKIPPED, check, found, "");
  }
}
