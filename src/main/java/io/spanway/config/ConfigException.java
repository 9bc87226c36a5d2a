// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import static java.util.stream.Collectors.joining;

import java.util.List;

/** A configuration that cannot be used. Its message holds every problem, one a line. */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<ConfigProblem> problems;

  ConfigException(List<ConfigProblem> problems) {
    super(problems.stream().map(ConfigProblem::toString).collect(joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** Returns all that is to say about the file, errors and notes, in the order of the file. */
  public List<ConfigProblem> problems() {
    return problems;
  }
}
