// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

/**
 * Something wrong or doubtful in the configuration of derived fields.
 *
 * @param key the place, such as {@code derivedFields[0].matcherRegex}
 * @param message the value and what was expected
 */
public record AnnotateProblem(String key, String message) {
  @Override
  public String toString() {
    return key + ": " + message;
  }
}
