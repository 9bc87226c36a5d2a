// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import java.util.List;

/** A block {@code tracesToLogsV2} that cannot be used: everything that is wrong with it at once. */
public final class CorrelateConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<Finding> problems;
  private final transient List<Finding> warnings;

  CorrelateConfigException(List<Finding> problems, List<Finding> warnings) {
    super(problems.get(0).toString(), null, false, false);
    this.problems = List.copyOf(problems);
    this.warnings = List.copyOf(warnings);
  }

  /** What must be changed; never empty. */
  public List<Finding> problems() {
    return problems;
  }

  /** What should be looked at. */
  public List<Finding> warnings() {
    return warnings;
  }

  /**
   * Something about one key.
   *
   * @param path the key, as {@code tracesToLogsV2.tags[1].value}
   * @param message what is the matter, with the value and what was expected
   */
  public record Finding(String path, String message) {
    @Override
    public String toString() {
      return path + ": " + message;
    }
  }
}
