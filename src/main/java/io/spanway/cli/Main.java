// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;

/** The program: a query gateway in front of Grafana Tempo and Grafana Loki. */
@Command(
    name = "spanway",
    description = "A query gateway in front of Grafana Tempo and Grafana Loki.",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = BuildVersion.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ServeCommand.class,
      CheckConfigCommand.class,
      DemoCommand.class,
      LogsCommand.class,
      ExplainCommand.class,
      DoctorCommand.class,
      ImportGrafanaCommand.class,
      HealthCommand.class,
      VersionCommand.class
    })
public final class Main {
  private static final String LEAK_DETECTION = "io.netty.leakDetection.level";

  private Main() {}

  /** Runs the program; its exit code is the command's. */
  public static void main(String[] args) {
    // Its samples record where buffers go, with the stack each time. That is for finding leaks, by
    // those who ask for it with the same property.
    if (System.getProperty(LEAK_DETECTION) == null) {
      System.setProperty(LEAK_DETECTION, "disabled");
    }
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              if (failure instanceof CommandFailedException) {
                command.getErr().println("spanway: " + failure.getMessage());
              } else {
                command.getErr().println("spanway: " + failure);
              }
              return failure instanceof CommandFailedException failed ? failed.exitCode() : 1;
            });
  }
}
