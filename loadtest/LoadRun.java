// SPDX-License-Identifier: Apache-2.0

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** One measurement of {@link LoadClient}, all of it on one event loop. */
final class LoadRun {
  private static final long GRACE_SECONDS = 20;

  private final EventLoop loop;
  private final Bootstrap bootstrap;
  private final LoadClient.Ask ask;
  private final int connections;
  private final Runnable atStart;
  private final double interval;
  private final long planned;
  private final long duration;
  private final CompletableFuture<LoadClient.Result> result = new CompletableFuture<>();
  private final Histogram latencies = new Histogram(TimeUnit.MINUTES.toNanos(2), 3);
  private final ArrayDeque<Connection> idle = new ArrayDeque<>();
  private final List<Channel> channels = new ArrayList<>();
  private int connected;
  private boolean begun;
  private long start;
  private long sent;
  private long answered;
  private long bytes;
  private long bad;
  private boolean timerSet;
  private String problem = "";

  LoadRun(
      EventLoop loop,
      Bootstrap bootstrap,
      LoadClient.Ask ask,
      int connections,
      double rate,
      double seconds,
      Runnable atStart) {
    this.loop = loop;
    this.ask = ask;
    this.connections = connections;
    this.atStart = atStart;
    this.duration = (long) (seconds * 1e9);
    this.interval = rate > 0 ? 1e9 / rate : 0;
    this.planned = rate > 0 ? Math.max(1, (long) (rate * seconds)) : Long.MAX_VALUE;
    this.bootstrap =
        bootstrap.handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel ch) {
                if (ask.tls() != null) {
                  ch.pipeline().addLast(ask.tls().newHandler(ch.alloc()));
                }
                ch.pipeline().addLast(new Connection());
              }
            });
  }

  CompletableFuture<LoadClient.Result> start() {
    for (int i = 0; i < connections; i++) {
      bootstrap.connect().addListener((ChannelFuture f) -> opened(f));
    }
    return result;
  }

  private void opened(ChannelFuture future) {
    if (!future.isSuccess()) {
      result.completeExceptionally(future.cause());
      return;
    }
    channels.add(future.channel());
    idle.add(future.channel().pipeline().get(Connection.class));
    if (++connected == connections) {
      // Connections' own cost, and a TLS handshake's, is not part of this.
      loop.schedule(this::begin, ask.tls() == null ? 50 : 1500, TimeUnit.MILLISECONDS);
    }
  }

  private void begin() {
    atStart.run();
    begun = true;
    start = System.nanoTime();
    loop.schedule(this::finish, duration / 1_000_000_000 + GRACE_SECONDS, TimeUnit.SECONDS);
    pump();
  }

  /** Sends what is due on the connections that are free. */
  private void pump() {
    if (!begun) {
      return;
    }
    long now = System.nanoTime();
    while (!idle.isEmpty() && mayHaveMore(now)) {
      long due = interval > 0 ? start + (long) (sent * interval) : now;
      if (due > now) {
        wakeAt(due - now);
        return;
      }
      idle.poll().send(due);
    }
    if (sent == answered && !mayHaveMore(now)) {
      finish();
    }
  }

  private boolean mayHaveMore(long now) {
    return interval > 0 ? sent < planned : now - start < duration;
  }

  private void wakeAt(long delay) {
    if (!timerSet) {
      timerSet = true;
      loop.schedule(
          () -> {
            timerSet = false;
            pump();
          },
          delay,
          TimeUnit.NANOSECONDS);
    }
  }

  private void finish() {
    if (result.isDone()) {
      return;
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    long missing = interval > 0 ? planned - answered : sent - answered;
    result.complete(
        new LoadClient.Result(answered, bytes, bad + missing, seconds, problem, latencies.copy()));
    channels.forEach(Channel::close);
  }

  private final class Connection extends ChannelInboundHandlerAdapter {
    private final AnswerReader reader = new AnswerReader();
    private ChannelHandlerContext context;
    private boolean waits;
    private long due;

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      context = ctx;
    }

    void send(long dueAt) {
      due = dueAt;
      waits = true;
      context.writeAndFlush(ask.requests().apply(sent++), context.voidPromise());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf in = (ByteBuf) message;
      try {
        while (reader.read(in) && waits) {
          waits = false;
          latencies.recordValue(
              Math.min(System.nanoTime() - due, latencies.getHighestTrackableValue()));
          answered++;
          bytes += reader.size();
          if (reader.status() != 200 || ask.size() >= 0 && reader.size() != ask.size()) {
            bad++;
          }
          idle.add(this);
          pump();
        }
      } finally {
        in.release();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      idle.remove(this);
      if (result.isDone()) {
        return;
      }
      if (waits) {
        waits = false;
        answered++;
        bad++;
      }
      bootstrap
          .connect()
          .addListener(
              (ChannelFuture f) -> {
                if (f.isSuccess() && !result.isDone()) {
                  channels.add(f.channel());
                  idle.add(f.channel().pipeline().get(Connection.class));
                  pump();
                }
              });
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      problem = cause.toString();
      ctx.close();
    }
  }
}
