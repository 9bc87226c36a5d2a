// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import io.spanway.app.SpanwayApp;
import io.spanway.config.ConfigException;
import io.spanway.config.ConfigLoader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A whole gateway on free ports, started from a file as a user's would be, and a client to it. */
public final class ScriptGateway implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final SpanwayApp app;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private ScriptGateway(SpanwayApp app) {
    this.app = app;
  }

  /** Starts one in front of two ports of this machine; {@code more} is added to its file. */
  public static ScriptGateway start(int lokiPort, int tempoPort, String more) {
    return start(
        "loki: { urls: ['http://127.0.0.1:%d'] }\ntempo: { urls: ['http://127.0.0.1:%d'] }\n"
                .formatted(lokiPort, tempoPort)
            + more);
  }

  /** Starts one; the file has everything but the listeners. */
  public static ScriptGateway start(String yaml) {
    return start(yaml, Map.of());
  }

  /** Starts one with variables of its environment. */
  public static ScriptGateway start(String yaml, Map<String, String> environment) {
    try {
      Path file = Files.createTempFile("spanway", ".yaml");
      try {
        Files.writeString(
            file,
            """
            server: { listen: '127.0.0.1:0', drainTimeout: 1s }
            admin: { listen: '127.0.0.1:0' }
            """
                + yaml);
        return new ScriptGateway(
            SpanwayApp.start(
                ConfigLoader.load(file, environment).config(), "test", InstantSource.system()));
      } finally {
        Files.delete(file);
      }
    } catch (ConfigException e) {
      throw new AssertionError(e.problems().toString(), e);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Returns the base URL of the data port. */
  public String url() {
    return "http://127.0.0.1:" + app.dataAddress().getPort();
  }

  /** Returns the base URL of the admin port. */
  public String adminUrl() {
    return "http://127.0.0.1:" + app.adminAddress().getPort();
  }

  /** Asks the data port; headers are names and values in turn. */
  public HttpResponse<String> get(String target, String... headers) {
    return send("GET", url() + target, "", headers);
  }

  /** Asks the data port by a form. */
  public HttpResponse<String> post(String target, String form, String... headers) {
    String[] all = java.util.Arrays.copyOf(headers, headers.length + 2);
    all[headers.length] = "Content-Type";
    all[headers.length + 1] = "application/x-www-form-urlencoded";
    return send("POST", url() + target, form, all);
  }

  /** Asks the admin port. */
  public HttpResponse<String> admin(String method, String target) {
    return send(method, adminUrl() + target, "");
  }

  /** Asks any URL. */
  public HttpResponse<String> send(String method, String url, String body, String... headers) {
    try {
      return client.send(request(method, url, body, headers), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(method + " " + url, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Asks the data port and gets the bytes. */
  public HttpResponse<byte[]> bytes(String method, String target, String body, String... headers) {
    try {
      return client.send(
          request(method, url() + target, body, headers), HttpResponse.BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new AssertionError(method + " " + target, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Asks the data port and does not wait. */
  public CompletableFuture<HttpResponse<String>> later(String target, String... headers) {
    return client.sendAsync(
        request("GET", url() + target, "", headers), HttpResponse.BodyHandlers.ofString());
  }

  private static HttpRequest request(String method, String url, String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(20));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return request
        .method(
            method,
            body.isEmpty()
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  /** Sends a GET over a socket of its own, whose closing is the client's leaving. */
  public Socket open(String target) throws IOException {
    Socket socket = new Socket();
    socket.connect(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), app.dataAddress().getPort()));
    socket
        .getOutputStream()
        .write(("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n").getBytes(StandardCharsets.UTF_8));
    return socket;
  }

  /** Reads an answer's JSON. */
  public static JsonNode json(HttpResponse<String> answer) {
    return JSON.readTree(answer.body());
  }

  /** Returns a header, empty when it is not there. */
  public static String header(HttpResponse<?> answer, String name) {
    return answer.headers().firstValue(name).orElse("");
  }

  @Override
  public void close() {
    app.stop();
  }
}
