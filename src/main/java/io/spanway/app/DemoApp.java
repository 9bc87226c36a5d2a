// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import io.spanway.config.ConfigException;
import io.spanway.config.ConfigLoader;
import io.spanway.config.GatewayConfig;
import io.spanway.demo.DemoConfig;
import io.spanway.demo.DemoData;
import io.spanway.demo.DemoLoki;
import io.spanway.demo.DemoTempo;
import io.spanway.server.GatewayServer;
import io.spanway.server.RequestHandler;
import io.spanway.server.ServerConfig;
import io.spanway.server.ServerListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A Spanway in front of a Tempo and a Loki that live in this process, all on the loopback. */
public final class DemoApp implements AutoCloseable {
  private final Transport transport;
  private final GatewayServer loki;
  private final GatewayServer tempo;
  private final SpanwayApp app;

  private DemoApp(Transport transport, GatewayServer loki, GatewayServer tempo, SpanwayApp app) {
    this.transport = transport;
    this.loki = loki;
    this.tempo = tempo;
    this.app = app;
  }

  /**
   * Starts everything.
   *
   * @param port Spanway's data port; another one when it is taken, or 0
   * @param quiet whether requests are not logged
   */
  public static DemoApp start(int port, boolean quiet, String version) throws IOException {
    InstantSource clock = InstantSource.system();
    DemoData data = DemoData.startingAt(clock.instant());
    Transport transport = Transport.start(ServerConfig.DEFAULT);
    GatewayServer loki = bind(transport, new DemoLoki(data, clock), clock);
    GatewayServer tempo = bind(transport, new DemoTempo(data), clock);
    int free = free(port);
    GatewayConfig config = config(uri(loki.address()), uri(tempo.address()), free, quiet);
    return new DemoApp(transport, loki, tempo, SpanwayApp.start(config, version, clock));
  }

  private static GatewayServer bind(
      Transport transport, RequestHandler handler, InstantSource clock) throws IOException {
    return GatewayServer.bind(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        new GatewayServer.Setup(
            transport.acceptors(),
            transport.workers(),
            transport.serverType(),
            ServerConfig.DEFAULT.limits(),
            clock),
        handler,
        ServerListener.NONE);
  }

  /** Links in the demo's answers lead to Spanway itself, so its port is chosen before it starts. */
  private static int free(int wanted) throws IOException {
    try (ServerSocket socket = new ServerSocket(wanted, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      if (wanted == 0) {
        throw e;
      }
      return free(0);
    }
  }

  /** Through a file and the loader, as a user's own configuration would come. */
  private static GatewayConfig config(URI loki, URI tempo, int port, boolean quiet)
      throws IOException {
    Path file = Files.createTempFile("spanway-demo", ".yaml");
    try {
      String text =
          DemoConfig.yaml(
              loki,
              tempo,
              "127.0.0.1:" + port,
              "127.0.0.1:0",
              URI.create("http://127.0.0.1:" + port));
      if (quiet) {
        text += "\ntelemetry: { accessLog: { enabled: false } }\n";
      }
      Files.writeString(file, text);
      return ConfigLoader.load(file, Map.of()).config();
    } catch (ConfigException e) {
      throw new IllegalStateException("the demo's configuration: " + e.problems(), e);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static URI uri(InetSocketAddress address) {
    return URI.create("http://127.0.0.1:" + address.getPort());
  }

  /** Returns the Spanway. */
  public SpanwayApp app() {
    return app;
  }

  /** Returns the base URL of Spanway's data port. */
  public URI spanway() {
    return uri(app.dataAddress());
  }

  /** Returns the base URL of Spanway's admin port. */
  public URI admin() {
    return uri(app.adminAddress());
  }

  /** Returns the base URL of the sample Loki. */
  public URI loki() {
    return uri(loki.address());
  }

  /** Returns the base URL of the sample Tempo. */
  public URI tempo() {
    return uri(tempo.address());
  }

  @Override
  public void close() {
    app.stop();
    loki.close();
    tempo.close();
    transport.acceptors().shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    transport.workers().shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
