// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A listener: accepts connections and hands their requests to one {@link RequestHandler}. The same
 * class serves the data and the admin port. Thread-safe.
 */
public final class GatewayServer {
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(64 * 1024, 256 * 1024);
  // RFC 9110 section 5.6.7; java.time's own formatter writes days of one digit.
  private static final DateTimeFormatter HTTP_DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private final InstantSource clock;
  private final ChannelGroup connections =
      new DefaultChannelGroup("connections", GlobalEventExecutor.INSTANCE, true);
  private final Initializer initializer;
  private volatile long timerPeriodNanos;
  private volatile boolean draining;
  private volatile CachedDate date = new CachedDate(Long.MIN_VALUE, "");
  private Channel listening;

  private record CachedDate(long second, String text) {}

  private GatewayServer(
      ServerLimits limits, InstantSource clock, Channel unbound, Initializer initializer) {
    this.clock = clock;
    this.listening = unbound;
    this.initializer = initializer;
    this.timerPeriodNanos = timerPeriod(limits);
  }

  private static long timerPeriod(ServerLimits limits) {
    long shortest = limits.idleTimeout().toNanos();
    for (Duration each :
        new Duration[] {limits.headTimeout(), limits.bodyTimeout(), limits.writeTimeout()}) {
      shortest = Math.min(shortest, each.toNanos());
    }
    long longest = TimeUnit.SECONDS.toNanos(5);
    return Math.max(TimeUnit.MILLISECONDS.toNanos(20), Math.min(longest, shortest / 4));
  }

  /** What a listener needs besides its handler. */
  public record Setup(
      EventLoopGroup acceptors,
      EventLoopGroup workers,
      Class<? extends ServerChannel> channelType,
      ServerLimits limits,
      InstantSource clock,
      @Nullable ServerTls tls) {
    /** What a listener without TLS needs. */
    public Setup(
        EventLoopGroup acceptors,
        EventLoopGroup workers,
        Class<? extends ServerChannel> channelType,
        ServerLimits limits,
        InstantSource clock) {
      this(acceptors, workers, channelType, limits, clock, null);
    }
  }

  /**
   * Starts to listen.
   *
   * @param address where; port 0 takes a free one
   * @throws IOException when the address cannot be had
   */
  public static GatewayServer bind(
      InetSocketAddress address, Setup setup, RequestHandler handler, ServerListener listener)
      throws IOException {
    Initializer initializer = new Initializer(setup, handler, listener);
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(setup.acceptors(), setup.workers())
            .channel(setup.channelType())
            .option(ChannelOption.SO_BACKLOG, 4096)
            .option(ChannelOption.SO_REUSEADDR, true)
            // The adaptive one makes, and clears, new chunks all the time where answers are large.
            .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
            .childOption(
                ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(512, 4096, 65536))
            .childHandler(initializer);
    ChannelFuture registered = bootstrap.register().syncUninterruptibly();
    GatewayServer server =
        new GatewayServer(setup.limits(), setup.clock(), registered.channel(), initializer);
    initializer.server = server;
    ChannelFuture bound = registered.channel().bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      registered.channel().close();
      throw new IOException("cannot listen on " + text(address) + ": " + reason(bound.cause()));
    }
    return server;
  }

  private static String text(InetSocketAddress address) {
    return address.getHostString() + ":" + address.getPort();
  }

  private static String reason(Throwable cause) {
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }

  /** Returns the address that was taken. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listening.localAddress();
  }

  /**
   * Changes what connections get from now on; open ones keep what they have.
   *
   * @param tls how they are encrypted, null for not at all
   */
  public void configure(ServerLimits limits, @Nullable ServerTls tls) {
    timerPeriodNanos = timerPeriod(limits);
    initializer.terms = new Terms(limits, tls);
  }

  /** Returns how many connections are open. */
  public int connections() {
    return connections.size();
  }

  /**
   * Stops accepting and asks connections to end: idle ones close now, others after the answer that
   * they are at, which says {@code Connection: close}.
   */
  public void drain() {
    draining = true;
    listening.close();
    for (Channel channel : connections) {
      channel
          .eventLoop()
          .execute(() -> channel.pipeline().fireUserEventTriggered(DrainEvent.INSTANCE));
    }
  }

  /** Closes all that is open, at once. */
  public void close() {
    draining = true;
    listening.close();
    connections.close();
  }

  boolean isDraining() {
    return draining;
  }

  long timerPeriodNanos() {
    return timerPeriodNanos;
  }

  /** Returns the value of a {@code Date} header for now. */
  String date() {
    Instant now = clock.instant();
    CachedDate cached = date;
    if (cached.second() != now.getEpochSecond()) {
      // Two loops may both do this; they write the same.
      cached = new CachedDate(now.getEpochSecond(), HTTP_DATE.format(now));
      date = cached;
    }
    return cached.text();
  }

  /** What connections get, taken together. */
  private record Terms(ServerLimits limits, @Nullable ServerTls tls) {}

  private static final class Initializer extends ChannelInitializer<Channel> {
    private volatile Terms terms;
    private final RequestHandler handler;
    private final ServerListener listener;
    private final AtomicInteger open = new AtomicInteger();
    private volatile @Nullable GatewayServer server;

    Initializer(Setup setup, RequestHandler handler, ServerListener listener) {
      this.terms = new Terms(setup.limits(), setup.tls());
      this.handler = handler;
      this.listener = listener;
    }

    @Override
    protected void initChannel(Channel channel) {
      GatewayServer owner = server;
      if (owner == null) {
        channel.close();
        return;
      }
      Terms mine = terms;
      ServerLimits limits = mine.limits();
      int count = open.incrementAndGet();
      channel.closeFuture().addListener(closed -> open.decrementAndGet());
      if (limits.maxConnections() > 0 && count > limits.maxConnections()) {
        listener.connectionCut(CloseReason.LIMIT);
        channel.close();
        return;
      }
      owner.connections.add(channel);
      ClientConnection client = new ClientConnection(listener);
      channel.closeFuture().addListener(closed -> client.closed());
      Frontend frontend = new Frontend(owner, handler, limits, listener, client);
      ExchangeResponseEncoder encoder = new ExchangeResponseEncoder();
      Http1FrontendHandler exchanges =
          new Http1FrontendHandler(owner, handler, limits, listener, client, encoder);
      ChannelPipeline pipeline = channel.pipeline();
      ServerTls encrypted = mine.tls();
      if (encrypted == null) {
        pipeline.addLast(PipelineNames.PREFACE, new PrefaceDetector(frontend, exchanges));
      } else {
        TlsFrontHandler.addTo(pipeline, frontend, encrypted);
      }
      pipeline.addLast(PipelineNames.JOINER, new SmallWrites());
      pipeline.addLast(
          PipelineNames.DECODER,
          new StrictRequestDecoder(limits.maxHead(), exchanges::bytesArrived));
      pipeline.addLast(PipelineNames.ENCODER, encoder);
      pipeline.addLast(PipelineNames.EXCHANGE, exchanges);
    }
  }
}
