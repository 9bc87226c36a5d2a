// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code spanway logs}. */
@Command(
    name = "logs",
    description = "Prints the logs of a trace or of one of its spans, oldest first, to the end.",
    footer = "SPANWAY_URL takes the place of --url.")
final class LogsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "TRACE_ID", description = "The trace's ID.")
  private String traceId = "";

  @Option(names = "--span", paramLabel = "ID", description = "The span's ID; all spans without it.")
  private @Nullable String spanId;

  @Option(
      names = "--url",
      paramLabel = "URL",
      defaultValue = "${env:SPANWAY_URL:-http://localhost:3100}",
      description = "Spanway's data listener (default: ${DEFAULT-VALUE}).")
  private String url = "";

  @Option(names = "--tenant", paramLabel = "T", description = "The tenant (X-Scope-OrgID).")
  private @Nullable String tenant;

  @Option(names = "--json", description = "One JSON object for each line, labels included.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    LogPager pager = new LogPager(url, tenant, traceId, spanId);
    try {
      pager.run(
          line -> out.println(json ? line.json() : line.text()),
          warning -> err.println("spanway: " + warning));
    } catch (IOException e) {
      throw new CommandFailedException(1, "no answer at " + url + ": " + e.getMessage());
    } finally {
      out.flush();
      err.flush();
    }
    return 0;
  }
}
