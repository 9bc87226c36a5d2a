// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import static java.util.Comparator.comparingInt;

import io.spanway.config.ConfigProblem.Severity;
import java.util.ArrayList;
import java.util.List;

/** Collects all that is to say about one file, so that one run of the loader tells everything. */
final class Problems {
  /** More than anybody reads; a file that is no configuration would have thousands. */
  private static final int MOST = 100;

  private final String file;
  private final List<ConfigProblem> found = new ArrayList<>();
  private boolean errors;

  Problems(String file) {
    this.file = file;
  }

  void error(Place place, String key, String message) {
    errors = true;
    add(new ConfigProblem(Severity.ERROR, file, place.line(), place.column(), key, message));
  }

  void warning(Place place, String key, String message) {
    add(new ConfigProblem(Severity.WARNING, file, place.line(), place.column(), key, message));
  }

  void info(Place place, String key, String message) {
    add(new ConfigProblem(Severity.INFO, file, place.line(), place.column(), key, message));
  }

  /** Tells of the whole file. */
  void fileError(String message) {
    errors = true;
    add(new ConfigProblem(Severity.ERROR, file, 0, 0, "", message));
  }

  boolean hasErrors() {
    return errors;
  }

  /** Returns them in the order of the file. */
  List<ConfigProblem> inOrder() {
    List<ConfigProblem> sorted = new ArrayList<>(found);
    sorted.sort(comparingInt(ConfigProblem::line).thenComparingInt(ConfigProblem::column));
    return sorted;
  }

  private void add(ConfigProblem problem) {
    // Overrides repeat the keys of their block, and would repeat what is wrong with them.
    if (found.size() < MOST && !found.contains(problem)) {
      found.add(problem);
    }
  }
}
