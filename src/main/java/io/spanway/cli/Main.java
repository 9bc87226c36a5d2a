// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import java.util.List;
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
    synopsisSubcommandLabel = "COMMAND")
public final class Main {
  private static final List<Class<?>> COMMANDS =
      List.of(
          ServeCommand.class,
          CheckConfigCommand.class,
          DemoCommand.class,
          LogsCommand.class,
          ExplainCommand.class,
          DoctorCommand.class,
          ImportGrafanaCommand.class,
          HealthCommand.class,
          VersionCommand.class);

  private Main() {}

  /** Runs the program; its exit code is the command's. */
  public static void main(String[] args) {
    // Netty's sampling of buffers, each with its stack, is for finding leaks, and its events for
    // Flight Recorder are half a hundred classes: both for those who ask by the same properties.
    setIfAbsent("io.netty.leakDetection.level", "disabled");
    setIfAbsent("io.netty.jfr.enabled", "false");
    Logging.begin(System.getenv("SPANWAY_LOG_LEVEL"));
    System.exit(commandLine(args.length == 0 ? "" : args[0]).execute(args));
  }

  private static void setIfAbsent(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  static CommandLine commandLine() {
    return commandLine("");
  }

  /** Returns a command line with the command of that name alone; with all where there is none. */
  private static CommandLine commandLine(String name) {
    CommandLine line = new CommandLine(new Main());
    // To look through the options of the others is a part of a start that one can notice.
    boolean known = COMMANDS.stream().anyMatch(command -> name(command).equals(name));
    for (Class<?> command : COMMANDS) {
      if (!known || name(command).equals(name)) {
        line.addSubcommand(name(command), command);
      }
    }
    return line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          if (failure instanceof CommandFailedException) {
            command.getErr().println("spanway: " + failure.getMessage());
          } else {
            command.getErr().println("spanway: " + failure);
          }
          return failure instanceof CommandFailedException failed ? failed.exitCode() : 1;
        });
  }

  private static String name(Class<?> command) {
    return command.getAnnotation(Command.class).name();
  }
}
