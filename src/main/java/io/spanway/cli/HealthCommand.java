// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import io.spanway.config.LoadedConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code spanway health}: what a container's health check runs. */
@Command(
    name = "health",
    description = "Asks a running Spanway on this machine whether it is alive.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:it is", "1:it is not"})
final class HealthCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "The configuration file, for the admin listener's port.")
  private @Nullable Path config;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "The admin listener; http://127.0.0.1:9464 when neither is given.")
  private @Nullable String url;

  @Option(
      names = "--ready",
      description = "Asks whether it is ready: whether its upstreams answer.")
  private boolean ready;

  @Override
  public Integer call() throws InterruptedException {
    String uri = address() + (ready ? "/readyz" : "/healthz");
    HttpRequest request;
    try {
      request = HttpRequest.newBuilder(URI.create(uri)).timeout(Duration.ofSeconds(4)).build();
    } catch (IllegalArgumentException e) {
      throw new CommandFailedException(2, "not a URL: " + address());
    }
    HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(3)).build();
    try {
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      spec.commandLine().getOut().print(response.body());
      spec.commandLine().getOut().flush();
      return response.statusCode() == 200 ? 0 : 1;
    } catch (IOException e) {
      throw new CommandFailedException(1, "no answer at " + uri);
    }
  }

  private String address() {
    if (url != null) {
      return url;
    }
    Path file = config;
    if (file == null) {
      return "http://127.0.0.1:9464";
    }
    LoadedConfig loaded = ConfigFile.load(file, new PrintWriter(Writer.nullWriter()));
    var listen = loaded.config().admin().listen();
    boolean any = listen.host().equals("0.0.0.0") || listen.host().equals("::");
    String host = any ? "127.0.0.1" : listen.host();
    return "http://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + listen.port();
  }
}
