// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import io.netty.handler.codec.http2.Http2Connection.Endpoint;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2PingFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.util.ReferenceCountUtil;
import io.spanway.http.ProxyError;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 connection to an upstream, a stream of it for each call. Confined to its event loop.
 *
 * <p>It takes calls from the upstream's SETTINGS on: only then is it known that HTTP/2 is spoken,
 * and how many streams there may be, so that a call never goes to an upstream that cannot read it.
 *
 * <p><b>Windows.</b> The connection's has room for the streams' windows all together, so that a
 * client that reads slowly holds up no other.
 */
final class Http2Connection extends ChannelInboundHandlerAdapter {
  /** What an upstream may send of one answer that nobody takes yet. */
  private static final int STREAM_WINDOW = 256 << 10;

  private static final int MAX_STREAMS = 128;
  private static final int CONNECTION_WINDOW = MAX_STREAMS * STREAM_WINDOW;

  /** As for the head of an answer by HTTP/1.1. */
  private static final long MAX_HEADERS = 1 << 20;

  private static final int DEFAULT_WINDOW = 65_535;
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(64 * 1024, 256 * 1024);

  /** Far above what servers send: a few for each connection, some PINGs to measure it. */
  private static final int MAX_CONTROL_FRAMES = 2000;

  private static final long CONTROL_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Http2Pool pool;
  private final long settingsUntil;
  private final Http2FrameCodec codec;
  private @Nullable Channel channel;
  private @Nullable Future<?> timer;
  private int streams;
  private int maxStreams = MAX_STREAMS;
  private boolean connected;
  private boolean settingsSeen;
  private boolean ready;
  private boolean over;
  private boolean draining;
  private @Nullable Throwable broken;
  private long idleSince;
  private long pingedAt;
  private boolean pongDue;
  private int controlFrames;
  private long controlSince;

  /**
   * Makes one.
   *
   * @param within nanoseconds from now that a new connection may take to its SETTINGS
   */
  Http2Connection(Http2Pool pool, long within) {
    this.pool = pool;
    this.settingsUntil = System.nanoTime() + within;
    this.codec =
        Http2FrameCodecBuilder.forClient()
            .initialSettings(
                new Http2Settings()
                    .pushEnabled(false)
                    .initialWindowSize(STREAM_WINDOW)
                    .maxHeaderListSize(MAX_HEADERS))
            .gracefulShutdownTimeoutMillis(0)
            // An upstream that refuses each call is no attack; one that resets far more is.
            .decoderEnforceMaxRstFramesPerWindow(2000, 10)
            .build();
  }

  /** Sets the handlers of a new connection. */
  void install(Channel made) {
    channel = made;
    ChannelPipeline pipeline = made.pipeline();
    pipeline.addLast("first", new FirstByte());
    // Those of all streams in a round of the event loop are one.
    pipeline.addLast(
        "flushes",
        new FlushConsolidationHandler(
            FlushConsolidationHandler.DEFAULT_EXPLICIT_FLUSH_AFTER_FLUSHES, true));
    pipeline.addLast("codec", codec);
    pipeline.addLast("streams", new Http2MultiplexHandler(new NoPush()));
    pipeline.addLast("connection", this);
  }

  private Channel channel() {
    Channel made = channel;
    if (made == null) {
      throw new IllegalStateException("no channel yet");
    }
    return made;
  }

  /** TCP, and TLS where it is spoken, stand. */
  void connected() {
    connected = true;
    if (over || !channel().isActive()) {
      over = true;
      pool.refused(Http2Pool.notHttp2("no HTTP/2: the upstream closed the connection at once"));
    } else if (settingsSeen) {
      begin();
    } else {
      var unused =
          channel()
              .eventLoop()
              .schedule(
                  () ->
                      refuse(
                          new UpstreamException(
                              ProxyError.CONNECTION_TIMEOUT, "no SETTINGS of HTTP/2 in time")),
                  Math.max(0, settingsUntil - System.nanoTime()),
                  TimeUnit.NANOSECONDS);
    }
  }

  private void begin() {
    ready = true;
    idleSince = System.nanoTime();
    pingedAt = idleSince;
    try {
      Endpoint<Http2LocalFlowController> local = codec.connection().local();
      local
          .flowController()
          .incrementWindowSize(
              codec.connection().connectionStream(), CONNECTION_WINDOW - DEFAULT_WINDOW);
    } catch (Http2Exception e) {
      throw new IllegalStateException("the window of a new connection", e);
    }
    channel().flush();
    long period =
        Math.max(
            TimeUnit.MILLISECONDS.toNanos(20),
            Math.min(
                TimeUnit.SECONDS.toNanos(5),
                Math.min(
                    pool.settings().timeouts().idle().toNanos() / 4,
                    pool.keepAlive().within().toNanos() / 4)));
    timer =
        channel().eventLoop().scheduleAtFixedRate(this::tick, period, period, TimeUnit.NANOSECONDS);
    pool.ready(this);
  }

  /** Ends what has not begun. */
  private void refuse(UpstreamException failure) {
    if (ready || over) {
      return;
    }
    over = true;
    channel().close();
    if (connected) {
      pool.refused(failure);
    }
  }

  boolean hasRoom() {
    return !draining && !over && streams < maxStreams && channel().isActive();
  }

  /** Says whether the upstream lets nobody in, so that a connection more would be no use. */
  boolean allowsNothing() {
    return maxStreams == 0;
  }

  /** Opens a stream for {@code call}. */
  void send(ClientCall call) {
    if (streams++ == 0) {
      pool.listener().acquired();
    }
    Http2Stream stream = new Http2Stream(this, call, pool.replica());
    call.at(stream);
    new Http2StreamChannelBootstrap(channel())
        .handler(stream)
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
        .open()
        .addListener(
            opened -> {
              if (!opened.isSuccess()) {
                streamOver();
                call.notProcessed(
                    new UpstreamException(
                        ProxyError.CONNECTION_TERMINATED,
                        "no stream: " + ConnectFailures.text(opened.cause())));
              }
            });
  }

  /**
   * Says whether the upstream went away before a stream, as its GOAWAY says. Netty closes such
   * streams without a word.
   */
  boolean hasNotSeen(Http2StreamChannel stream) {
    return codec.connection().goAwayReceived()
        && stream.stream().id() > codec.connection().local().lastStreamKnownByPeer();
  }

  /** A stream is closed. */
  void streamOver() {
    if (--streams == 0) {
      idleSince = System.nanoTime();
      pool.listener().released();
      if (draining) {
        channel().close();
      }
    }
    if (!draining && !over) {
      pool.serveWaiting();
    }
  }

  /** Takes no more calls; closes when those under way are over. */
  void drain() {
    if (draining) {
      return;
    }
    draining = true;
    if (streams == 0) {
      channel().close();
    }
    pool.draining(this);
  }

  /** Returns why the connection broke, for a message. */
  String ending() {
    Throwable cause = broken;
    return cause == null
        ? "the connection closed"
        : "the connection broke: " + ConnectFailures.text(cause);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (isTooMuch(msg)) {
      ReferenceCountUtil.release(msg);
      return;
    }
    if (msg instanceof Http2SettingsFrame frame) {
      Long most = frame.settings().maxConcurrentStreams();
      if (most != null) {
        maxStreams = (int) Math.min(MAX_STREAMS, most);
      }
      settingsSeen = true;
      if (ready) {
        pool.serveWaiting();
      } else if (connected && !over) {
        begin();
      }
    } else if (msg instanceof Http2GoAwayFrame) {
      if (ready) {
        drain();
      }
    } else if (msg instanceof Http2PingFrame ping && ping.ack()) {
      pongDue = false;
    }
    ReferenceCountUtil.release(msg);
  }

  /** Closes the connection of an upstream that keeps Spanway busy with nothing. */
  private boolean isTooMuch(Object msg) {
    if (!(msg instanceof Http2SettingsFrame) && !(msg instanceof Http2PingFrame)) {
      return false;
    }
    long now = System.nanoTime();
    if (controlFrames == 0 || now - controlSince > CONTROL_NANOS) {
      controlSince = now;
      controlFrames = 0;
    }
    if (++controlFrames <= MAX_CONTROL_FRAMES) {
      return false;
    }
    if (broken == null) {
      broken = new ProtocolException("too many SETTINGS and PING");
    }
    channel().close();
    return true;
  }

  private void tick() {
    long now = System.nanoTime();
    if (streams == 0) {
      pongDue = false;
      if (now - idleSince > pool.settings().timeouts().idle().toNanos()) {
        drain();
      }
    } else if (pongDue) {
      if (now - pingedAt > pool.keepAlive().within().toNanos()) {
        broken = new SocketTimeoutException("no answer to PING");
        channel().close();
      }
    } else if (now - pingedAt > pool.keepAlive().every().toNanos()) {
      pingedAt = now;
      pongDue = true;
      channel().writeAndFlush(new DefaultHttp2PingFrame(now));
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    Future<?> ticking = timer;
    if (ticking != null) {
      ticking.cancel(false);
    }
    if (ready) {
      over = true;
      pool.closed(this);
    } else {
      refuse(Http2Pool.notHttp2("no HTTP/2: " + ending() + " before SETTINGS"));
      over = true;
    }
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (broken == null) {
      broken = cause;
    }
    if (!ready) {
      ProxyError error = ConnectFailures.broken(cause, ProxyError.NOT_IMPLEMENTED);
      refuse(new UpstreamException(error, "no HTTP/2: " + ConnectFailures.text(cause)));
    }
    ctx.close();
  }

  /** Tells an answer in HTTP/1 from SETTINGS, whose first byte is part of a length. */
  private final class FirstByte extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      if (msg instanceof ByteBuf bytes && bytes.isReadable()) {
        if (bytes.getByte(bytes.readerIndex()) == 'H') {
          bytes.release();
          refuse(Http2Pool.notHttp2("no HTTP/2: the upstream answered in HTTP/1"));
          return;
        }
        ctx.pipeline().remove(this);
      }
      ctx.fireChannelRead(msg);
    }
  }

  /** Streams that the upstream begins; it was told that there are none. */
  @ChannelHandler.Sharable
  private static final class NoPush extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel pushed) {
      pushed.close();
    }
  }
}
