// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.nio.channels.UnresolvedAddressException;
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
      throw new CommandFailedException(1, "no answer at " + url + ": " + reason(e));
    } finally {
      out.flush();
      err.flush();
    }
    return 0;
  }

  /** Java's client has no words for the commonest failures. */
  static String reason(IOException failure) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (at.getMessage() != null) {
        return at.getMessage();
      }
      if (at instanceof UnresolvedAddressException) {
        return "the name does not resolve";
      }
    }
    if (failure instanceof ConnectException) {
      return "connection refused";
    }
    StringBuilder words = new StringBuilder();
    for (char c : failure.getClass().getSimpleName().replace("Exception", "").toCharArray()) {
      boolean starts = Character.isUpperCase(c) && !words.isEmpty();
      words.append(starts ? " " : "").append(Character.toLowerCase(c));
    }
    return words.toString();
  }
}
