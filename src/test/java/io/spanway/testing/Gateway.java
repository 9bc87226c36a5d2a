// SPDX-License-Identifier: Apache-2.0
package io.spanway.testing;

import static org.awaitility.Awaitility.await;

import io.spanway.app.SpanwayApp;
import io.spanway.config.ConfigException;
import io.spanway.config.ConfigLoader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;

/** A whole Spanway on free ports, configured by a file as a user's is. */
public final class Gateway implements AutoCloseable {
  private final SpanwayApp app;

  private Gateway(SpanwayApp app) {
    this.app = app;
  }

  /** Starts one whose configuration is {@code yaml}, in which the listeners are free ports. */
  public static Gateway start(String yaml) throws IOException {
    Path file = Files.createTempFile("spanway-wire", ".yaml");
    try {
      Files.writeString(file, yaml);
      return new Gateway(
          SpanwayApp.start(
              ConfigLoader.load(file, Map.of()).config(), "test", InstantSource.system()));
    } catch (ConfigException e) {
      throw new IllegalStateException(e.problems().toString(), e);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /**
   * Returns a configuration.
   *
   * @param threads event loops
   * @param server more keys of {@code server}, each with a comma before it
   * @param upstream more keys of {@code loki}, each with a comma before it
   */
  public static String yaml(int threads, URI loki, URI tempo, String server, String upstream) {
    return "server: { listen: 127.0.0.1:0, threads: "
        + threads
        + server
        + " }\nadmin: { listen: 127.0.0.1:0 }\nloki: { urls: ["
        + loki
        + "]"
        + upstream
        + " }\ntempo: { urls: ["
        + tempo
        + "] }\ntelemetry: { accessLog: { enabled: false } }\n";
  }

  /** Returns the application. */
  public SpanwayApp app() {
    return app;
  }

  /** Connects to the data port. */
  public RawClient client() throws IOException {
    return RawClient.to(data());
  }

  /** Returns the address of the data port. */
  public InetSocketAddress data() {
    return app.dataAddress();
  }

  /** Returns what the admin port answers. */
  public RawClient.Answer admin(String path) throws IOException {
    try (RawClient client = RawClient.to(app.adminAddress())) {
      return client.get(path);
    }
  }

  /** Returns how many errors were counted under a flag. */
  public double errors(String flag) throws IOException {
    return metric("spanway_errors_total{", "flag=\"" + flag + "\"");
  }

  /** Returns the sum of the metrics' lines that start with one text and hold another. */
  public double metric(String start, String part) throws IOException {
    return admin("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(start) && line.contains(part))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** Waits until nothing is under way. */
  public void awaitIdle() {
    await().atMost(Duration.ofSeconds(10)).until(() -> app.requestsInFlight() == 0);
  }

  @Override
  public void close() {
    app.stop();
  }
}
