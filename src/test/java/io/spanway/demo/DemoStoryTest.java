// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.spanway.server.GatewayServer;
import io.spanway.server.RequestHandler;
import io.spanway.server.ServerLimits;
import io.spanway.server.ServerListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class DemoStoryTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final List<GatewayServer> servers = new ArrayList<>();
  private final InstantSource clock = InstantSource.system();
  private final DemoData data = DemoData.startingAt(clock.instant());
  private final DemoLoki loki = new DemoLoki(data, clock);
  private final DemoTempo tempo = new DemoTempo(data);

  @AfterEach
  void stop() {
    servers.forEach(GatewayServer::close);
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private URI serve(RequestHandler handler) throws IOException {
    var setup =
        new GatewayServer.Setup(
            loops,
            loops,
            NioServerSocketChannel.class,
            new ServerLimits(1 << 20, LONG, LONG, LONG, LONG),
            clock);
    GatewayServer server =
        GatewayServer.bind(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            setup,
            handler,
            ServerListener.NONE);
    servers.add(server);
    return URI.create("http://127.0.0.1:" + server.address().getPort() + "/");
  }

  @Test
  void story_endsWell() throws Exception {
    var base = new AtomicReference<String>();
    URI spanway = serve(new StandInSpanway(loki, tempo, base::get));
    base.set(StoryScene.base(spanway));
    var out = new StringBuilder();

    boolean isGood = new DemoStory(spanway, serve(loki), serve(tempo), System::nanoTime).tell(out);

    assertThat(out.toString())
        .doesNotContain("FAILED")
        .contains("Loki answers 3 lines", "Spanway answers 5 lines", "20 lines of 4 services")
        .contains("trace_link = " + base.get() + "/api/traces/" + DemoData.NGINX_TRACE)
        .contains("its services: nginx, checkout, payments, legacy");
    assertThat(isGood).isTrue();
  }

  @Test
  void withoutSpanway_storyEndsBadly() throws Exception {
    URI lokiUri = serve(loki);
    var out = new StringBuilder();

    boolean isGood = new DemoStory(lokiUri, lokiUri, serve(tempo), System::nanoTime).tell(out);

    assertThat(isGood).isFalse();
    assertThat(out.toString())
        .contains("Loki answers 3 lines")
        .contains("FAILED: expected 5 lines")
        .contains("FAILED: expected the field TraceID")
        .contains("FAILED: expected a hit");
  }

  @Test
  void withoutServers_storyEndsBadly() throws Exception {
    URI closed = serve(loki);
    servers.get(0).close();
    var out = new StringBuilder();

    boolean isGood = new DemoStory(closed, closed, closed, System::nanoTime).tell(out);

    assertThat(isGood).isFalse();
    assertThat(out.toString()).contains("FAILED: no answer", "FAILED: the span was not found");
  }

  @Test
  void hints_areCommands() {
    assertThat(DemoStory.demoHints(URI.create("http://localhost:3100/")))
        .hasSizeGreaterThan(6)
        .allMatch(line -> line.startsWith("# ") || line.startsWith("curl "))
        .anyMatch(line -> line.contains("http://localhost:3100/spanway/v1/logs?traceId="));
  }

  @Test
  void yaml_hasNoPlaceholderLeft() {
    URI uri = URI.create("http://127.0.0.1:1");

    String yaml = DemoConfig.yaml(uri, uri, "127.0.0.1:0", "127.0.0.1:0", uri);

    assertThat(yaml)
        .doesNotContain("@")
        .contains("url: 'http://127.0.0.1:1/api/traces/${__value.raw}'");
  }
}
