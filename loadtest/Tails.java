// SPDX-License-Identifier: Apache-2.0

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakerFactory;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Five hundred people who look at the same live logs: what each contender takes for it. */
final class Tails {
  private static final int WATCHERS = 500;
  private static final int FRAMES_A_SECOND = 10;
  private static final String PATH = "/loki/api/v1/tail?query=%7Bapp%3D%22shop%22%7D&limit=10";
  // The time at which a frame was due stands at the front of its line, in 19 digits.
  private static final String BEFORE =
      "{\"streams\":[{\"stream\":{\"app\":\"shop\"},\"values\":[[\"1700000000000000000\",\"";
  private static final String AFTER =
      " level=info msg=\\\"request done\\\" path=/cart status=200"
          + " trace_id=4bf92f3577b34da6a3ce929d0e0e4736\"]]}]}";

  private final Settings settings;
  private final Machine machine;
  private final Report report;
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final ChannelGroup tails = new DefaultChannelGroup(group.next());

  Tails(Settings settings, Machine machine, Report report) {
    this.settings = settings;
    this.machine = machine;
    this.report = report;
  }

  void run() throws IOException, InterruptedException {
    try (Peers peers = new Peers(machine, settings)) {
      Channel loki = loki();
      int origin = ((java.net.InetSocketAddress) loki.localAddress()).getPort();
      Map<String, Peer> contenders = new LinkedHashMap<>();
      contenders.put("nginx", peers.nginx(origin, ";", "", ""));
      contenders.put("Spanway", peers.spanway(origin, "", ProxyScenarios.JAVA_OPTIONS));
      Peer haproxy = peers.haproxy(origin, "");
      if (haproxy != null) {
        contenders.put("HAProxy", haproxy);
      }
      String name = "tail, %d watchers, %d frames/s".formatted(WATCHERS, FRAMES_A_SECOND);
      System.err.println("loadtest: " + name);
      Map<String, Report.Row> rows = new LinkedHashMap<>();
      Map<String, Long> errors = new LinkedHashMap<>();
      Report.Row yardstick = Report.Row.of(name, "nginx", null);
      for (int round = -1; round < settings.rounds(); round++) {
        for (Map.Entry<String, Peer> contender : contenders.entrySet()) {
          Report.Row row =
              contender.getKey().equals("nginx")
                  ? yardstick
                  : Report.Row.of(name, contender.getKey(), yardstick);
          row = rows.getOrDefault(contender.getKey(), row);
          boolean warmUp = round < 0;
          long bad =
              measure(
                  contender.getValue(),
                  warmUp ? Report.Row.of("", "", null) : row,
                  warmUp ? settings.warmUp() : settings.seconds());
          errors.merge(contender.getKey(), warmUp ? 0 : bad, Long::sum);
          rows.put(contender.getKey(), row);
        }
      }
      rows.forEach((target, row) -> report.add(row.withErrors(errors.get(target))));
      loki.close().sync();
    } finally {
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    }
  }

  private long measure(Peer peer, Report.Row row, double seconds)
      throws IOException, InterruptedException {
    Histogram latencies = new Histogram(TimeUnit.MINUTES.toNanos(2), 3);
    List<Channel> clients = new ArrayList<>();
    for (int i = 0; i < WATCHERS; i++) {
      clients.add(watch(peer.port(), latencies));
    }
    for (int i = 0; tails.size() < WATCHERS; i++) {
      if (i == 200) {
        throw new IOException(tails.size() + " tails stand of " + WATCHERS);
      }
      group.next().schedule(() -> {}, 50, TimeUnit.MILLISECONDS).await();
    }
    Proc.Cpu before = peer.cpu();
    int frames = Math.max(1, (int) (seconds * FRAMES_A_SECOND));
    long start = System.nanoTime();
    for (int i = 0; i < frames; i++) {
      long due = start + i * TimeUnit.SECONDS.toNanos(1) / FRAMES_A_SECOND;
      group.next().schedule(() -> send(due), due - System.nanoTime(), TimeUnit.NANOSECONDS);
    }
    long wanted = (long) frames * WATCHERS;
    // What has not come two seconds after the last was due is counted as lost.
    long deadline = start + (long) (seconds * 1e9) + TimeUnit.SECONDS.toNanos(2);
    long[] got = {0};
    while (got[0] < wanted && System.nanoTime() < deadline) {
      group
          .next()
          .schedule(() -> got[0] = latencies.getTotalCount(), 100, TimeUnit.MILLISECONDS)
          .await();
    }
    Proc.Cpu used = peer.cpu().minus(before);
    row.samples("rate").add(got[0] / ((System.nanoTime() - start) / 1e9));
    row.samples("cpu").add(used.total() / Math.max(1, got[0]) * 10_000);
    row.samples("busy").add(used.total() / seconds);
    row.samples("at").add((double) FRAMES_A_SECOND * WATCHERS);
    row.latencies(latencies);
    row.samples("rss").add(peer.rssMib());
    for (Channel client : clients) {
      client.close().sync();
    }
    for (int i = 0; !tails.isEmpty() && i < 100; i++) {
      group.next().schedule(() -> {}, 50, TimeUnit.MILLISECONDS).await();
    }
    tails.close().sync();
    return wanted - got[0];
  }

  private void send(long due) {
    ByteBuf text =
        Unpooled.copiedBuffer(
            BEFORE + String.format("%019d", due) + AFTER, StandardCharsets.US_ASCII);
    for (Channel tail : tails) {
      tail.writeAndFlush(new TextWebSocketFrame(text.retainedDuplicate()));
    }
    text.release();
  }

  private Channel loki() throws InterruptedException {
    return new ServerBootstrap()
        .group(group)
        .channel(NioServerSocketChannel.class)
        .option(ChannelOption.SO_BACKLOG, 4096)
        .childHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel ch) {
                ch.pipeline()
                    .addLast(new HttpServerCodec())
                    .addLast(new HttpObjectAggregator(65536))
                    .addLast(
                        new WebSocketServerProtocolHandler(
                            "/loki/api/v1/tail", null, false, 65536, false, true))
                    .addLast(new Joining());
              }
            })
        .bind("127.0.0.1", 0)
        .sync()
        .channel();
  }

  private final class Joining extends SimpleChannelInboundHandler<Object> {
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof WebSocketServerProtocolHandler.HandshakeComplete) {
        tails.add(ctx.channel());
      }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, Object message) {}

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }

  private Channel watch(int port, Histogram latencies) throws InterruptedException {
    ChannelFuture connected =
        new Bootstrap()
            .group(group)
            .channel(NioSocketChannel.class)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel ch) {
                    ch.pipeline()
                        .addLast(new HttpClientCodec())
                        .addLast(new HttpObjectAggregator(65536))
                        .addLast(
                            new WebSocketClientProtocolHandler(
                                WebSocketClientHandshakerFactory.newHandshaker(
                                    URI.create("ws://127.0.0.1:" + port + PATH),
                                    WebSocketVersion.V13,
                                    null,
                                    false,
                                    new DefaultHttpHeaders(),
                                    1 << 20)))
                        .addLast(new Watching(latencies));
                  }
                })
            .connect("127.0.0.1", port)
            .sync();
    return connected.channel();
  }

  private static final class Watching extends SimpleChannelInboundHandler<Object> {
    private final Histogram latencies;

    Watching(Histogram latencies) {
      this.latencies = latencies;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, Object message) {
      if (message instanceof TextWebSocketFrame frame
          && frame.content().readableBytes() > BEFORE.length() + 19) {
        long due = 0;
        for (int i = 0; i < 19; i++) {
          due = due * 10 + frame.content().getByte(BEFORE.length() + i) - '0';
        }
        latencies.recordValue(Math.max(0, Math.min(System.nanoTime() - due, 100_000_000_000L)));
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
