// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.BodySource;
import io.spanway.http.ProxyError;
import io.spanway.http.ResponseHead;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A listener on a free port and what its {@link ServerListener} was told. */
final class TestServer implements ServerListener, AutoCloseable {
  static final Duration LONG = Duration.ofSeconds(30);
  static final Duration SHORT = Duration.ofMillis(300);

  final Queue<CloseReason> cuts = new ConcurrentLinkedQueue<>();
  final Queue<ProxyError> refused = new ConcurrentLinkedQueue<>();
  final Queue<Boolean> reloads = new ConcurrentLinkedQueue<>();
  final AtomicInteger open = new AtomicInteger();
  final GatewayServer server;
  final @Nullable ServerTls tls;
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

  TestServer(ServerLimits limits, RequestHandler handler) throws IOException {
    this(limits, null, handler);
  }

  TestServer(ServerLimits limits, @Nullable TlsConfig config, RequestHandler handler)
      throws IOException {
    tls = config == null ? null : ServerTls.load(config, this);
    server =
        GatewayServer.bind(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new GatewayServer.Setup(
                loops, loops, NioServerSocketChannel.class, limits, InstantSource.system(), tls),
            handler,
            this);
  }

  static ServerLimits limits() {
    return new ServerLimits(1 << 20, LONG, LONG, LONG, LONG);
  }

  static ServerLimits limits(Http2Config http2) {
    return new ServerLimits(1 << 20, LONG, LONG, LONG, LONG, 0, 0, http2);
  }

  static ServerLimits maxBody(long bytes) {
    return new ServerLimits(1 << 20, LONG, LONG, LONG, LONG, 0, bytes, Http2Config.DEFAULT);
  }

  /** Answers 200 with {@code body}. */
  static void answer(ServerExchange exchange, BodySource body, String... headers) {
    answer(exchange, 200, body, headers);
  }

  static void answer(ServerExchange exchange, int status, BodySource body, String... headers) {
    HttpHeaders all = new DefaultHttpHeaders();
    for (int i = 0; i < headers.length; i += 2) {
      all.add(headers[i], headers[i + 1]);
    }
    exchange.respond(new ResponseHead(status, all), body);
  }

  Socket connect() throws IOException {
    Socket socket = new Socket(server.address().getAddress(), server.address().getPort());
    socket.setSoTimeout(20_000);
    return socket;
  }

  @Override
  public void connectionOpened(ClientProtocol protocol) {
    open.incrementAndGet();
  }

  @Override
  public void connectionClosed(ClientProtocol protocol) {
    open.decrementAndGet();
  }

  @Override
  public void connectionCut(CloseReason reason) {
    cuts.add(reason);
  }

  @Override
  public void certificatesReloaded(boolean loaded) {
    reloads.add(loaded);
  }

  @Override
  public void requestRefused(ProxyError error) {
    refused.add(error);
  }

  @Override
  public void close() {
    server.close();
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
