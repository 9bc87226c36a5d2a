// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import java.util.List;
import java.util.stream.Collectors;

/** Says everything that keeps a list of derived fields from being compiled. */
public final class AnnotateConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<AnnotateProblem> problems;

  AnnotateConfigException(List<AnnotateProblem> problems) {
    super(
        problems.stream().map(AnnotateProblem::toString).collect(Collectors.joining("; ")),
        null,
        false,
        false);
    this.problems = List.copyOf(problems);
  }

  /** Returns the problems in the order of the configuration; never empty. */
  public List<AnnotateProblem> problems() {
    return problems;
  }
}
