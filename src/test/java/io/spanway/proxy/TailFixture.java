// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.spanway.app.SpanwayApp;
import io.spanway.config.ConfigLoader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A whole Spanway whose Loki is a socket in the test's hand. */
final class TailFixture implements AutoCloseable {
  static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";
  static final String V1 = "/loki/api/v1/tail?query=%7Ba%3D%22b%22%7D";
  static final String LEGACY = "/api/prom/tail?query=%7Ba%3D%22b%22%7D";
  static final String FIELDS =
      "derivedFields:\n  - { name: TraceID, matcherRegex: 'trace_id=(\\w+)' }\n";

  private final ServerSocket loki;
  final SpanwayApp app;
  private boolean stopped;

  TailFixture(String moreYaml) throws Exception {
    loki = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    loki.setSoTimeout(15_000);
    String url = "http://127.0.0.1:" + loki.getLocalPort();
    Path file = Files.createTempFile("tail", ".yaml");
    Files.writeString(
        file,
        "server: { listen: '127.0.0.1:0', threads: 1 }\n"
            + "admin: { listen: '127.0.0.1:0' }\n"
            + "loki: { urls: ['"
            + url
            + "'] }\n"
            // Discarded port: nothing of a tail goes to Tempo.
            + "tempo: { urls: ['http://127.0.0.1:9'] }\n"
            + moreYaml);
    try {
      app =
          SpanwayApp.start(
              ConfigLoader.load(file, Map.of()).config(),
              "test",
              InstantSource.fixed(Instant.EPOCH));
    } finally {
      Files.delete(file);
    }
  }

  /** The next connection that asks for a tail; what else Spanway asks Loki for is answered 404. */
  Upstream nextTail() throws IOException {
    while (true) {
      FrameSocket socket = new FrameSocket(loki.accept(), false);
      String head = socket.readHead();
      if (head.contains("tail?")) {
        return new Upstream(socket, head);
      }
      socket
          .raw("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
          .flush();
      socket.close();
    }
  }

  /** Loki's end of a tail. */
  record Upstream(FrameSocket socket, String head) {}

  FrameSocket connect() throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(16 * 1024);
    socket.connect(app.dataAddress());
    return new FrameSocket(socket, true);
  }

  /** Says whether new connections are taken. */
  boolean accepts() {
    try {
      connect().close();
      return true;
    } catch (IOException refused) {
      return false;
    }
  }

  /** A client's end and Loki's end of one tail. */
  record Tail(FrameSocket client, FrameSocket loki) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      client.close();
      loki.close();
    }
  }

  Tail open(String target) throws IOException {
    FrameSocket client = connect();
    client.raw(handshake(target, "")).flush();
    Upstream upstream = nextTail();
    upstream.socket().accept(upstream.head(), "").flush();
    client.readHead();
    return new Tail(client, upstream.socket());
  }

  static String handshake(String target, String moreHeaders) {
    return "GET "
        + target
        + " HTTP/1.1\r\nHost: spanway\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
        + KEY
        + "\r\n"
        + moreHeaders
        + "\r\n";
  }

  String metrics() throws Exception {
    InetSocketAddress admin = app.adminAddress();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin.getPort() + "/metrics"))
            .build();
    HttpResponse<byte[]> answer =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofByteArray());
    return new String(answer.body(), UTF_8);
  }

  /** Stops Spanway as a signal does, on another thread. */
  CompletableFuture<Boolean> stop() {
    stopped = true;
    return CompletableFuture.supplyAsync(app::stop);
  }

  @Override
  public void close() throws IOException {
    if (!stopped) {
      app.close();
    }
    loki.close();
  }
}
