// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

/** A variable has no value. */
final class MissingValueException extends Exception {
  private static final long serialVersionUID = 1L;

  MissingValueException(String reason) {
    super(reason, null, false, false);
  }

  /** Returns the value of {@code variable}. */
  static String require(TemplateValues values, Variable variable) throws MissingValueException {
    String value = values.value(variable);
    if (value == null) {
      throw new MissingValueException(values.reason(variable));
    }
    return value;
  }
}
