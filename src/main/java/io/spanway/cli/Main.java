// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import java.io.PrintWriter;
import java.nio.charset.Charset;
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
  private Main() {}

  /** Runs the program; its exit code is the command's. */
  public static void main(String[] args) {
    // Netty's sampling of buffers, each with its stack, is for finding leaks, and its events for
    // Flight Recorder are half a hundred classes: both for those who ask by the same properties.
    setIfAbsent("io.netty.leakDetection.level", "disabled");
    setIfAbsent("io.netty.jfr.enabled", "false");
    // Connections are given this one anyway: that what makes none has another is two to load.
    setIfAbsent("io.netty.allocator.type", "pooled");
    Logging.begin(System.getenv("SPANWAY_LOG_LEVEL"));
    Serving serving = Serving.plain(args);
    System.exit(
        serving == null
            ? commandLine(args.length == 0 ? "" : args[0]).execute(args)
            : serve(serving));
  }

  private static int serve(Serving serving) {
    PrintWriter err = new PrintWriter(System.err, true, Charset.defaultCharset());
    try {
      return serving.run(err);
    } catch (Exception e) {
      return tell(e, err);
    }
  }

  /** Tells the user why a command failed; returns the exit code. */
  private static int tell(Exception failure, PrintWriter err) {
    boolean foreseen = failure instanceof CommandFailedException;
    err.println("spanway: " + (foreseen ? failure.getMessage() : failure));
    return failure instanceof CommandFailedException failed ? failed.exitCode() : 1;
  }

  private static List<Class<?>> commands() {
    return List.of(
        ServeCommand.class,
        CheckConfigCommand.class,
        DemoCommand.class,
        LogsCommand.class,
        ExplainCommand.class,
        DoctorCommand.class,
        ImportGrafanaCommand.class,
        HealthCommand.class,
        VersionCommand.class);
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
    boolean known = commands().stream().anyMatch(command -> name(command).equals(name));
    for (Class<?> command : commands()) {
      if (!known || name(command).equals(name)) {
        line.addSubcommand(name(command), command);
      }
    }
    return line.setExecutionExceptionHandler(
        (failure, command, parsed) -> tell(failure, command.getErr()));
  }

  private static String name(Class<?> command) {
    return command.getAnnotation(Command.class).name();
  }
}
