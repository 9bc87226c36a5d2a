// SPDX-License-Identifier: Apache-2.0

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.HdrHistogram.Histogram;

/** Tempo's search over gRPC as Grafana streams it: a hundred messages of 1 KiB to an answer. */
final class Grpc {
  private static final String PATH = "/tempopb.StreamingQuerier/Search";
  private static final int MESSAGES = 100;
  private static final int MESSAGE = 1024;
  private static final int CALLS = 8;

  private final Settings settings;
  private final Machine machine;
  private final Report report;
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

  Grpc(Settings settings, Machine machine, Report report) {
    this.settings = settings;
    this.machine = machine;
    this.report = report;
  }

  void run() throws IOException, InterruptedException {
    try (Peers peers = new Peers(machine, settings)) {
      Channel tempo =
          new ServerBootstrap()
              .group(group)
              .channel(NioServerSocketChannel.class)
              .childHandler(http2(true))
              .bind("127.0.0.1", 0)
              .sync()
              .channel();
      int origin = ((InetSocketAddress) tempo.localAddress()).getPort();
      Map<String, Peer> contenders = new LinkedHashMap<>();
      contenders.put("nginx", peers.nginxGrpc(origin));
      contenders.put(
          "Spanway", peers.spanwayGrpc(peers.origin().port(), origin, ProxyScenarios.JAVA_OPTIONS));
      contenders.put("direct", null);
      String name = "grpc, %d messages a call".formatted(MESSAGES);
      System.err.println("loadtest: " + name);
      Map<String, Report.Row> rows = new LinkedHashMap<>();
      Map<String, Long> errors = new LinkedHashMap<>();
      for (int round = -1; round < settings.rounds(); round++) {
        for (Map.Entry<String, Peer> contender : contenders.entrySet()) {
          String target = contender.getKey();
          Report.Row row =
              rows.computeIfAbsent(target, t -> Report.Row.of(name, t, rows.get("nginx")));
          Peer peer = contender.getValue();
          boolean warmUp = round < 0;
          long bad =
              measure(
                  peer == null ? origin : peer.port(),
                  peer,
                  warmUp ? Report.Row.of("", "", null) : row,
                  warmUp ? settings.warmUp() : settings.seconds());
          errors.merge(target, warmUp ? 0 : bad, Long::sum);
        }
      }
      rows.forEach((target, row) -> report.add(row.withErrors(errors.get(target))));
      report.note(
          name + ": latencies are of whole calls, " + CALLS + " under way at a time (closed)");
      tempo.close().sync();
    } finally {
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    }
  }

  private long measure(int port, Peer peer, Report.Row row, double seconds)
      throws IOException, InterruptedException {
    Channel connection =
        new Bootstrap()
            .group(group)
            .channel(NioSocketChannel.class)
            .handler(http2(false))
            .connect("127.0.0.1", port)
            .sync()
            .channel();
    Proc.Cpu before = peer == null ? new Proc.Cpu(0, 0) : peer.cpu();
    Calls calls = new Calls(connection, System.nanoTime() + (long) (seconds * 1e9));
    long start = System.nanoTime();
    connection.eventLoop().execute(calls::start);
    try {
      calls.over.get((long) seconds + 30, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("gRPC calls do not end: " + e, e);
    }
    double took = (System.nanoTime() - start) / 1e9;
    connection.close().sync();
    row.samples("rate").add(calls.done / took);
    if (peer != null) {
      double used = peer.cpu().minus(before).total();
      row.samples("cpu").add(used / calls.done * 10_000);
      row.samples("busy").add(used / took);
      row.samples("rss").add(peer.rssMib());
    }
    row.latencies(calls.latencies);
    return calls.bad;
  }

  private static ChannelInitializer<Channel> http2(boolean server) {
    Http2Settings windows = Http2Settings.defaultSettings().initialWindowSize(1 << 20);
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel ch) {
        ch.pipeline()
            .addLast(
                (server ? Http2FrameCodecBuilder.forServer() : Http2FrameCodecBuilder.forClient())
                    .initialSettings(windows)
                    .build())
            .addLast(
                new Http2MultiplexHandler(
                    new ChannelInitializer<Channel>() {
                      @Override
                      protected void initChannel(Channel stream) {
                        stream.pipeline().addLast(new Answering());
                      }
                    }));
      }
    };
  }

  /** Plays Tempo: at the end of the request, all messages and the trailers. */
  private static final class Answering extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object frame) {
      boolean end =
          frame instanceof Http2HeadersFrame headers && headers.isEndStream()
              || frame instanceof Http2DataFrame data && data.isEndStream();
      ReferenceCountUtil.release(frame);
      if (!end) {
        return;
      }
      Http2Headers head =
          new DefaultHttp2Headers().status("200").set("content-type", "application/grpc");
      ctx.write(new DefaultHttp2HeadersFrame(head));
      for (int i = 0; i < MESSAGES; i++) {
        // Each in a frame of its own, as Go's library writes them.
        ctx.write(
            new DefaultHttp2DataFrame(
                Unpooled.buffer(5 + MESSAGE).writeByte(0).writeInt(MESSAGE).writeZero(MESSAGE)));
      }
      ctx.writeAndFlush(
          new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().set("grpc-status", "0"), true));
    }
  }

  /** Calls one after the other, some at a time, until the time is over. Confined to one loop. */
  private static final class Calls {
    final CompletableFuture<Void> over = new CompletableFuture<>();
    final Histogram latencies = new Histogram(TimeUnit.MINUTES.toNanos(2), 3);
    private final Http2StreamChannelBootstrap streams;
    private final long end;
    private int underWay;
    long done;
    long bad;

    Calls(Channel connection, long end) {
      this.streams = new Http2StreamChannelBootstrap(connection);
      this.end = end;
    }

    void start() {
      for (int i = 0; i < CALLS; i++) {
        call();
      }
    }

    private void call() {
      underWay++;
      long begun = System.nanoTime();
      streams.handler(new Reading(this, begun));
      streams
          .open()
          .addListener(
              (Future<Channel> opened) -> {
                if (!opened.isSuccess()) {
                  ended(begun, false);
                  return;
                }
                Http2Headers head =
                    new DefaultHttp2Headers()
                        .method("POST")
                        .scheme("http")
                        .authority("loadtest")
                        .path(PATH)
                        .set("content-type", "application/grpc")
                        .set("te", "trailers");
                opened.getNow().write(new DefaultHttp2HeadersFrame(head));
                opened
                    .getNow()
                    .writeAndFlush(
                        new DefaultHttp2DataFrame(Unpooled.buffer(5).writeZero(5), true));
              });
    }

    void ended(long begun, boolean good) {
      done++;
      bad += good ? 0 : 1;
      underWay--;
      latencies.recordValue(Math.min(System.nanoTime() - begun, 100_000_000_000L));
      if (System.nanoTime() < end && bad < 1000) {
        call();
      } else if (underWay == 0) {
        over.complete(null);
      }
    }
  }

  private static final class Reading extends SimpleChannelInboundHandler<Http2StreamFrame> {
    private final Calls calls;
    private final long begun;
    private long bytes;
    private boolean ended;

    Reading(Calls calls, long begun) {
      this.calls = calls;
      this.begun = begun;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, Http2StreamFrame frame) {
      if (frame instanceof Http2DataFrame data) {
        bytes += data.content().readableBytes();
      } else if (frame instanceof Http2HeadersFrame head && head.isEndStream()) {
        CharSequence status = head.headers().get("grpc-status");
        end(
            status != null
                && status.toString().equals("0")
                && bytes == (long) MESSAGES * (5 + MESSAGE));
      } else if (frame instanceof Http2ResetFrame) {
        end(false);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      end(false);
    }

    private void end(boolean good) {
      if (!ended) {
        ended = true;
        calls.ended(begun, good);
      }
    }
  }
}
