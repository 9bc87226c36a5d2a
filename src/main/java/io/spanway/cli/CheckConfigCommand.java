// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code spanway check-config}. */
@Command(
    name = "check-config",
    description = "Checks a configuration file: what checks out is what starts.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:the file can be used", "2:it cannot"})
final class CheckConfigCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "FILE", description = "The configuration file.")
  private Path file = Path.of("config.yaml");

  @Override
  public Integer call() {
    var out = spec.commandLine().getOut();
    ConfigFile.load(file, out);
    out.println(file + " is good");
    out.flush();
    return 0;
  }
}
