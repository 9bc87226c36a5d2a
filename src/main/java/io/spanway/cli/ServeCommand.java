// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code spanway serve}. */
@Command(name = "serve", description = "Runs the gateway until it is told to stop (SIGTERM).")
final class ServeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The configuration file.")
  private Path config = Path.of("config.yaml");

  @Option(
      names = "--port-file",
      paramLabel = "FILE",
      description = "Writes the addresses that were taken to this file, one a line: data, admin.")
  private @Nullable Path portFile;

  @Override
  public Integer call() throws Exception {
    return new Serving(config, portFile).run(spec.commandLine().getErr());
  }
}
