// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code spanway version}. */
@Command(name = "version", description = "Prints the version.")
final class VersionCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    spec.commandLine()
        .getOut()
        .println(
            "spanway "
                + BuildVersion.text()
                + " (Java "
                + Runtime.version()
                + ", "
                + System.getProperty("os.arch")
                + ")");
    spec.commandLine().getOut().flush();
    return 0;
  }
}
