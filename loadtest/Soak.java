// SPDX-License-Identifier: Apache-2.0

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;

/**
 * Thousands of connections, most of them idle, and hundreds of tails, for half an hour: in the last
 * half heap, direct memory and descriptors must stay what they are.
 */
final class Soak {
  private static final int CONNECTIONS = 2000;
  private static final int TAILS = 500;
  private static final int FILES_NEEDED = 2 * CONNECTIONS + 4 * TAILS;
  private static final int ASKING_PAUSE_MILLIS = 40;
  private static final int SAMPLE_MILLIS = 10_000;
  private static final double WITHIN = 1.10;

  private final ChaosTally tally = new ChaosTally();
  private final AtomicLong answers = new AtomicLong();
  private final AtomicLong lines = new AtomicLong();
  private volatile boolean running = true;

  private record Sample(
      long second,
      double heap,
      double direct,
      long descriptors,
      long threads,
      long rssKib,
      double core,
      long answers,
      long lines) {}

  private Soak() {}

  /** Runs it; says whether all went well. */
  static boolean run(Path program, Path work, double minutes)
      throws IOException, InterruptedException {
    long files = mostFiles();
    if (files < FILES_NEEDED) {
      System.err.println(
          "soak: ulimit -n is " + files + " (expected: " + FILES_NEEDED + " or more): raise it");
      return false;
    }
    return new Soak().go(program, work, (long) (minutes * 60));
  }

  private static long mostFiles() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
      if (line.startsWith("Max open files")) {
        String hard = line.split("\\s+")[4];
        return hard.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(hard);
      }
    }
    return Long.MAX_VALUE;
  }

  private boolean go(Path program, Path work, long seconds)
      throws IOException, InterruptedException {
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    URI upstream = SoakUpstream.start(loops);
    String yaml =
        """
        server: { listen: 127.0.0.1:0 }
        admin: { listen: 127.0.0.1:0 }
        loki: { urls: [%s], maxConnections: 1000 }
        tempo: { urls: [%s] }
        cache: { maxSize: 16MiB }
        derivedFields: [{ name: TraceID, matcherRegex: 'trace_id=(\\w+)', url: 'http://x/${__value.raw}' }]
        telemetry: { accessLog: { enabled: false } }
        """
            .formatted(upstream, upstream);
    List<Sample> samples = new ArrayList<>();
    try (ChaosProcess spanway = ChaosProcess.start(program, work, yaml, "-Xmx128m")) {
      List<ChaosWire> wires = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        wires.add(ChaosWire.to(spanway.data()));
      }
      for (int i = 0; i < TAILS; i++) {
        tail(loops, spanway.data(), i);
      }
      ChaosTally.thread("asking", () -> ask(wires));
      System.out.println(
          "| s | heap MiB | direct MiB | descriptors | threads | RSS MiB | of a core | answers | lines |");
      System.out.println("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
      long started = System.nanoTime();
      long ticks = spanway.ticks();
      while (System.nanoTime() - started < seconds * 1_000_000_000L && spanway.isAlive()) {
        Thread.sleep(SAMPLE_MILLIS);
        long now = spanway.ticks();
        samples.add(sample(spanway, started, (now - ticks) * 10.0 / SAMPLE_MILLIS));
        ticks = now;
        // Those of the sampling's own collections are not the load's.
        ticks = spanway.ticks();
        if (samples.size() % 6 == 1) {
          System.out.println(row(samples.get(samples.size() - 1)));
        }
      }
      running = false;
      if (!spanway.isAlive()) {
        tally.failure("spanway", "ended by itself: " + spanway.log());
      }
      double tails = ChaosProcess.metric(spanway.metrics(), "spanway_tails");
      if (tails != TAILS) {
        tally.failure("tails", "are " + tails + " (expected: " + TAILS + ")");
      }
      for (String line : spanway.log().split("\n")) {
        if (line.contains(" ERROR ") || line.contains("LEAK") || line.startsWith("\tat ")) {
          tally.failure("log", line);
        }
      }
    } finally {
      loops.shutdownGracefully();
    }
    List<Sample> half = samples.subList(samples.size() / 2, samples.size());
    System.out.println();
    System.out.println("| last half | least | most | verdict |");
    System.out.println("| --- | --- | --- | --- |");
    steady("heap MiB", half, s -> s.heap() / (1 << 20));
    steady("direct MiB", half, s -> s.direct() / (1 << 20));
    steady("descriptors", half, Sample::descriptors);
    System.out.print(tally.table());
    System.out.println(tally.failed() == 0 ? "\nPassed." : "\n" + tally.failed() + " failures.");
    return tally.failed() == 0;
  }

  private void steady(String what, List<Sample> half, ToDoubleFunction<Sample> figure) {
    double least = half.stream().mapToDouble(figure).min().orElse(0);
    double most = half.stream().mapToDouble(figure).max().orElse(Double.MAX_VALUE);
    boolean fine = most <= least * WITHIN;
    if (!fine) {
      tally.failure(what, "from " + least + " to " + most + " in the last half");
    }
    System.out.printf(
        Locale.ROOT,
        "| %s | %.1f | %.1f | %s |%n",
        what,
        least,
        most,
        fine ? "within 10 %" : "NOT within 10 %");
  }

  private Sample sample(ChaosProcess spanway, long started, double core)
      throws IOException, InterruptedException {
    spanway.collect();
    String metrics = spanway.metrics();
    return new Sample(
        (System.nanoTime() - started) / 1_000_000_000L,
        ChaosProcess.metric(metrics, "jvm_memory_used_bytes", "\"heap\""),
        ChaosProcess.metric(metrics, "jvm_buffer_memory_used_bytes", "\"direct\""),
        spanway.descriptors(),
        spanway.status("Threads"),
        spanway.status("VmRSS"),
        core,
        answers.get(),
        lines.get());
  }

  private static String row(Sample s) {
    return String.format(
        Locale.ROOT,
        "| %d | %s | %s | %d | %d | %d | %.2f | %d | %d |",
        s.second(),
        ChaosProcess.mib(s.heap()),
        ChaosProcess.mib(s.direct()),
        s.descriptors(),
        s.threads(),
        s.rssKib() / 1024,
        s.core(),
        s.answers(),
        s.lines());
  }

  /** Asks on one connection after the other, so that each has something to do now and then. */
  private void ask(List<ChaosWire> wires) {
    Random random = new Random(1);
    for (int i = 0; running; i = (i + 1) % wires.size()) {
      ChaosTruth.Question q = ChaosTruth.random(random, System.currentTimeMillis() / 60_000);
      try {
        ChaosWire wire = wires.get(i);
        wire.send(ChaosClients.request(q, random));
        ChaosWire.Answer answer = wire.answer();
        String mistake =
            answer.status() == 200
                ? ChaosTruth.mistake(q, answer.body())
                : answer.status() + " " + answer.text();
        if (mistake != null) {
          tally.failure("answer", mistake + " for " + q);
        }
        answers.incrementAndGet();
        Thread.sleep(ASKING_PAUSE_MILLIS);
      } catch (IOException e) {
        if (running) {
          tally.failure("answer", e + " for " + q);
        }
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void tail(EventLoopGroup loops, URI data, int number) throws InterruptedException {
    String target = "/loki/api/v1/tail?query=%7Bapp%3D%22soak-" + number + "%22%7D";
    var headers = new DefaultHttpHeaders();
    headers.set("X-Scope-OrgID", "t" + number % 3).set("Authorization", "Bearer c" + number % 2);
    var protocol =
        new WebSocketClientProtocolHandler(
            URI.create("ws://127.0.0.1:" + data.getPort() + target),
            WebSocketVersion.V13,
            null,
            false,
            headers,
            1 << 20);
    new Bootstrap()
        .group(loops)
        .channel(NioSocketChannel.class)
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                channel
                    .pipeline()
                    .addLast(
                        new HttpClientCodec(),
                        new HttpObjectAggregator(1 << 16),
                        protocol,
                        new Lines(number));
              }
            })
        .connect("127.0.0.1", data.getPort())
        .sync();
  }

  /** Looks whether a tail's lines are its own, one after the other, with the derived field. */
  private final class Lines extends SimpleChannelInboundHandler<WebSocketFrame> {
    private final int number;
    private int next;

    Lines(int number) {
      this.number = number;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) {
      if (frame instanceof TextWebSocketFrame) {
        ByteBuf content = frame.content();
        String text = content.toString(StandardCharsets.UTF_8);
        if (!text.contains("soak-" + number + "%22")
            || !text.contains(" seq=" + next + " ")
            || !text.contains("\"TraceID\":\"")) {
          tally.failure("tail", "line " + next + " of " + number + " is " + text);
        }
        next++;
        lines.incrementAndGet();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      if (running) {
        tally.failure("tail", number + " was closed after " + next + " lines");
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      if (running) {
        tally.failure("tail", number + ": " + cause);
      }
      ctx.close();
    }
  }
}
