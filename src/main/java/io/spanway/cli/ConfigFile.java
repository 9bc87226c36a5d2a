// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import io.spanway.config.ConfigException;
import io.spanway.config.ConfigLoader;
import io.spanway.config.ConfigProblem;
import io.spanway.config.LoadedConfig;
import java.io.PrintWriter;
import java.nio.file.Path;

/** Loads the configuration file that a command names, and tells what is to be said about it. */
final class ConfigFile {
  private ConfigFile() {}

  /**
   * Loads the file; prints its problems, or its warnings.
   *
   * @throws CommandFailedException with exit code 2 when the file cannot be used
   */
  static LoadedConfig load(Path file, PrintWriter to) {
    try {
      LoadedConfig loaded = ConfigLoader.load(file, System.getenv());
      loaded.notes().forEach(note -> to.println(text(note)));
      to.flush();
      return loaded;
    } catch (ConfigException e) {
      e.problems().forEach(problem -> to.println(text(problem)));
      to.flush();
      long errors =
          e.problems().stream()
              .filter(problem -> problem.severity() == ConfigProblem.Severity.ERROR)
              .count();
      throw new CommandFailedException(
          2, file + " has " + errors + (errors == 1 ? " error" : " errors"));
    }
  }

  private static String text(ConfigProblem problem) {
    return switch (problem.severity()) {
      case ERROR -> "error: " + problem;
      case WARNING -> "warning: " + problem;
      case INFO -> "note: " + problem;
    };
  }
}
