// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import io.spanway.config.ConfigException;
import io.spanway.config.ConfigProblem;
import io.spanway.config.GrafanaImport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code spanway import-grafana}. */
@Command(
    name = "import-grafana",
    description = {
      "Makes a configuration of Grafana's data sources of type tempo and loki: addresses, users and"
          + " tenants, tracesToLogsV2, derivedFields.",
      "Secrets are not copied; the configuration names variables instead. What could not be taken"
          + " over is told on standard error."
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:the configuration can be used",
      "1:it could not be written",
      "2:a file cannot be used, or the configuration needs work"
    })
final class ImportGrafanaCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "Provisioning files, or the JSON of Grafana's /api/datasources.")
  private List<Path> files = List.of();

  @Option(
      names = "-o",
      paramLabel = "FILE",
      description = "Where the configuration goes; standard output without it.")
  private @Nullable Path target;

  @Option(names = "--force", description = "Writes over a file that is there.")
  private boolean force;

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    GrafanaImport.Result result;
    try {
      result = GrafanaImport.read(files);
    } catch (ConfigException e) {
      e.problems().forEach(problem -> err.println("error: " + problem));
      throw new CommandFailedException(2, "nothing was imported");
    }
    write(result.yaml());
    result.notes().forEach(note -> err.println("note: " + note));
    boolean errors = false;
    for (ConfigProblem problem : result.problems()) {
      if (problem.severity() != ConfigProblem.Severity.INFO) {
        boolean error = problem.severity() == ConfigProblem.Severity.ERROR;
        err.println((error ? "error: " : "warning: ") + problem);
        errors |= error;
      }
    }
    err.flush();
    return errors ? 2 : 0;
  }

  private void write(String yaml) {
    Path file = target;
    if (file == null) {
      spec.commandLine().getOut().print(yaml);
      spec.commandLine().getOut().flush();
      return;
    }
    OpenOption[] how =
        force
            ? new OpenOption[] {
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE
            }
            : new OpenOption[] {StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE};
    try {
      Files.writeString(file, yaml, how);
    } catch (FileAlreadyExistsException e) {
      throw new CommandFailedException(1, file + " is there already (--force writes over it)");
    } catch (IOException e) {
      throw new CommandFailedException(1, file + " cannot be written: " + e.getMessage());
    }
  }
}
