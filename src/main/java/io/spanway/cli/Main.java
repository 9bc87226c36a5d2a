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
  private Main() {}

  /** Runs the program; its exit code is the command's. */
  public static void main(String[] args) {
    // Netty's sampling of buffers, each with its stack, is for finding leaks, and its events for
    // Flight Recorder are half a hundred classes: both for those who ask by the same properties.
    setIfAbsent("io.netty.leakDetection.level", "disabled");
    setIfAbsent("io.netty.jfr.enabled", "false");
    Logging.begin(System.getenv("SPANWAY_LOG_LEVEL"));
    System.exit(commandLine().execute(args));
  }

  private static void setIfAbsent(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
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
