// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import io.spanway.http.QueryParameters;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code spanway explain}. */
@Command(
    name = "explain",
    description = {
      "Says what a running Spanway does with a question, step by step, and why: for a trace or span,"
          + " or for a query as Grafana sends it. Nothing is asked for but what it takes to know."
    },
    footer = "SPANWAY_URL takes the place of --url.")
final class ExplainCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "TRACE_ID",
      description = "The trace's ID; not with --query.")
  private @Nullable String traceId;

  @Option(names = "--span", paramLabel = "ID", description = "The span's ID; all spans without it.")
  private @Nullable String spanId;

  @Option(names = "--query", paramLabel = "LOGQL", description = "A query of Loki's query_range.")
  private @Nullable String query;

  @Option(
      names = "--start",
      paramLabel = "TIME",
      description = "The window's start, as in Loki's API.")
  private @Nullable String start;

  @Option(names = "--end", paramLabel = "TIME", description = "The window's end.")
  private @Nullable String end;

  @Option(
      names = "--url",
      paramLabel = "URL",
      defaultValue = "${env:SPANWAY_URL:-http://localhost:3100}",
      description = "Spanway's data listener (default: ${DEFAULT-VALUE}).")
  private String url = "";

  @Option(names = "--tenant", paramLabel = "T", description = "The tenant (X-Scope-OrgID).")
  private @Nullable String tenant;

  @Override
  public Integer call() throws InterruptedException {
    QueryParameters parameters = QueryParameters.empty();
    parameters = with(parameters, "traceId", traceId);
    parameters = with(parameters, "spanId", spanId);
    parameters = with(parameters, "query", query);
    parameters = with(parameters, "start", start);
    parameters = with(parameters, "end", end);
    String base = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    HttpRequest.Builder request;
    try {
      request =
          HttpRequest.newBuilder(URI.create(base + "/spanway/v1/explain"))
              .timeout(Duration.ofMinutes(1))
              .header("Content-Type", "application/x-www-form-urlencoded")
              .POST(HttpRequest.BodyPublishers.ofString(parameters.encode()));
      if (tenant != null) {
        request.header("X-Scope-OrgID", tenant);
      }
    } catch (IllegalArgumentException e) {
      throw new CommandFailedException(2, "not a URL: " + url);
    }
    HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    try {
      HttpResponse<String> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw new CommandFailedException(
            1, "answer " + response.statusCode() + ": " + response.body().strip());
      }
      spec.commandLine().getOut().print(response.body());
      spec.commandLine().getOut().flush();
      return 0;
    } catch (IOException e) {
      throw new CommandFailedException(1, "no answer at " + url + ": " + LogsCommand.reason(e));
    }
  }

  private static QueryParameters with(
      QueryParameters parameters, String name, @Nullable String value) {
    return value == null ? parameters : parameters.with(name, value);
  }
}
