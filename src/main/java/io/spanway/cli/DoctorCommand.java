// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import io.spanway.app.SpanwayApp;
import io.spanway.config.LoadedConfig;
import io.spanway.doctor.DoctorReport;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code spanway doctor}. */
@Command(
    name = "doctor",
    description =
        "Examines a configuration against its Tempo and Loki: what is found, and what to do.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:nothing is at fault", "1:something is", "2:the file cannot be used"})
final class DoctorCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The configuration file.")
  private Path config = Path.of("config.yaml");

  @Option(
      names = "--tenant",
      paramLabel = "T",
      description = "The tenant (X-Scope-OrgID) where the file names none.")
  private @Nullable String tenant;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    LoadedConfig loaded = ConfigFile.load(config, spec.commandLine().getErr());
    DoctorReport report =
        SpanwayApp.examine(loaded.config(), tenant, BuildVersion.text(), InstantSource.system());
    spec.commandLine().getOut().print(json ? report.json() : report.text());
    spec.commandLine().getOut().flush();
    return report.isHealthy() ? 0 : 1;
  }
}
