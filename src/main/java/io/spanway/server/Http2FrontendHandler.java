// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 connection of a client: its limits, time-outs and end. Its requests are each the
 * business of a {@link Http2StreamHandler} on a channel of its own.
 *
 * <p><b>Time-outs.</b> One timer a connection looks at the connection and at its streams.
 */
final class Http2FrontendHandler extends ChannelInboundHandlerAdapter {
  private static final int WINDOW_SECONDS = 30;
  private static final long CLOSING_MILLIS = 100;

  /**
   * The least that a client may set for the head of an answer. Below it heads of real answers do
   * not fit, and all that is done for them would be for nothing.
   */
  private static final long LEAST_ANSWER_HEAD = 4096;

  private final Frontend frontend;
  private final FrameWatch watch;
  private final WriteProgress writing;
  private final Set<Http2StreamHandler> streams = new LinkedHashSet<>();
  private @Nullable ChannelHandlerContext context;
  private @Nullable Future<?> timer;
  private boolean draining;
  private long idleSince;

  private Http2FrontendHandler(Frontend frontend) {
    this.frontend = frontend;
    this.watch = new FrameWatch(frontend.limits().http2(), this);
    this.writing = new WriteProgress(frontend.limits().writeTimeout().toNanos());
  }

  /** Puts HTTP/2 in the place of the HTTP/1.1 handlers of {@code pipeline}, which did nothing. */
  static void takeOver(ChannelPipeline pipeline, Frontend frontend) {
    frontend.client().speaks(ClientProtocol.H2);
    Http2FrontendHandler connection = new Http2FrontendHandler(frontend);
    pipeline.remove(PipelineNames.EXCHANGE);
    pipeline.remove(PipelineNames.ENCODER);
    pipeline.remove(PipelineNames.DECODER);
    pipeline.remove(PipelineNames.JOINER);
    pipeline.addLast(
        PipelineNames.FLUSHES,
        new FlushConsolidationHandler(
            FlushConsolidationHandler.DEFAULT_EXPLICIT_FLUSH_AFTER_FLUSHES, true));
    pipeline.addLast(PipelineNames.FRAMES, connection.watch);
    pipeline.addLast(PipelineNames.CODEC, codec(frontend));
    pipeline.addLast(
        PipelineNames.STREAMS,
        new Http2MultiplexHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel stream) {
                stream.pipeline().addLast(new Http2StreamHandler(frontend, connection));
              }
            }));
    pipeline.addLast(PipelineNames.CONNECTION, connection);
  }

  /**
   * Returns the size from which the codec does not hand a head on. It counts 32 bytes more for each
   * header than HTTP/1.1 has, and all it answers is a status: a little above, there are words too.
   */
  private static long mostHeaderList(int maxHead) {
    return maxHead + maxHead / 4L;
  }

  private static Http2FrameCodec codec(Frontend frontend) {
    ServerLimits limits = frontend.limits();
    Http2Config http2 = limits.http2();
    Http2Settings settings =
        Http2Settings.defaultSettings()
            .maxConcurrentStreams(http2.maxStreams())
            .maxHeaderListSize(mostHeaderList(limits.maxHead()));
    Http2FrameCodec codec =
        Http2FrameCodecBuilder.forServer()
            .initialSettings(settings)
            // The reader of requests does, and knows whom to tell.
            .validateHeaders(false)
            .gracefulShutdownTimeoutMillis(CLOSING_MILLIS)
            .decoderEnforceMaxRstFramesPerWindow(http2.maxResets(), WINDOW_SECONDS)
            .decoderEnforceMaxSmallContinuationFrames(http2.maxContinuations())
            .encoderEnforceMaxRstFramesPerWindow(http2.maxResets(), WINDOW_SECONDS)
            .encoderEnforceMaxQueuedControlFrames(http2.maxQueuedControlFrames())
            .build();
    // Not before: a codec that knows it makes the connection's window twice as large by itself.
    settings.initialWindowSize((int) http2.initialWindow().bytes());
    // From the start: otherwise it holds only once the client has acknowledged it.
    codec.connection().remote().maxActiveStreams(http2.maxStreams());
    codec
        .connection()
        .addListener(
            new Http2ConnectionAdapter() {
              @Override
              public void onGoAwaySent(int lastStreamId, long errorCode, ByteBuf debugData) {
                if (errorCode != Http2Error.NO_ERROR.code()) {
                  boolean calm = errorCode == Http2Error.ENHANCE_YOUR_CALM.code();
                  frontend.client().closing(calm ? CloseReason.FLOOD : CloseReason.PROTOCOL);
                }
              }
            });
    return codec;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    idleSince = System.nanoTime();
    int more =
        (int) frontend.limits().http2().connectionWindow().bytes()
            - Http2CodecUtil.DEFAULT_WINDOW_SIZE;
    if (more > 0) {
      ctx.writeAndFlush(new DefaultHttp2WindowUpdateFrame(more));
    }
    long period = frontend.server().timerPeriodNanos();
    timer =
        ctx.executor().scheduleAtFixedRate(() -> tick(ctx), period, period, TimeUnit.NANOSECONDS);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    Future<?> ticking = timer;
    if (ticking != null) {
      ticking.cancel(false);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (msg instanceof Http2SettingsFrame frame) {
      Long fits = frame.settings().maxHeaderListSize();
      if (fits != null && fits < LEAST_ANSWER_HEAD) {
        calm(CloseReason.SETTINGS);
      }
    }
    ReferenceCountUtil.release(msg);
  }

  /** Ends the connection of a client that asks for too much. */
  void calm(CloseReason reason) {
    end(reason, Http2Error.ENHANCE_YOUR_CALM);
  }

  private void end(CloseReason reason, Http2Error error) {
    frontend.client().closing(reason);
    ChannelHandlerContext ctx = context();
    ctx.writeAndFlush(new DefaultHttp2GoAwayFrame(error));
    ctx.close();
  }

  boolean isDraining() {
    return draining || frontend.server().isDraining();
  }

  FrameWatch watch() {
    return watch;
  }

  void streamBegan(Http2StreamHandler stream) {
    streams.add(stream);
  }

  void streamEnded(Http2StreamHandler stream) {
    if (!streams.remove(stream) || !streams.isEmpty()) {
      return;
    }
    idleSince = System.nanoTime();
    if (isDraining()) {
      // Later: this may be told in the middle of a flush, where closing would drop the last word.
      context().executor().execute(this::sayGoodbye);
    }
  }

  private void sayGoodbye() {
    if (streams.isEmpty()) {
      ChannelHandlerContext ctx = context();
      // With the true last stream: what came after it was refused.
      ctx.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR));
      ctx.close();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event != DrainEvent.INSTANCE) {
      ctx.fireUserEventTriggered(event);
    } else if (streams.isEmpty()) {
      draining = true;
      sayGoodbye();
    } else if (!draining) {
      draining = true;
      // Streams that are on their way may still be answered: they are refused, one by one.
      ctx.writeAndFlush(
          new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR).setExtraStreamIds(Integer.MAX_VALUE));
    }
  }

  private void tick(ChannelHandlerContext ctx) {
    long now = System.nanoTime();
    ServerLimits limits = frontend.limits();
    long unfinished = watch.unfinishedSince();
    if (unfinished != 0 && now - unfinished > limits.headTimeout().toNanos()) {
      end(CloseReason.HEAD_TIMEOUT, Http2Error.NO_ERROR);
    } else if (writing.isStalled(WriteProgress.state(ctx.channel()), now)) {
      frontend.client().closing(CloseReason.WRITE_TIMEOUT);
      ctx.pipeline().firstContext().close();
    } else if (streams.isEmpty()) {
      if (now - idleSince > limits.idleTimeout().toNanos()) {
        end(CloseReason.IDLE, Http2Error.NO_ERROR);
      }
    } else {
      for (Http2StreamHandler stream : List.copyOf(streams)) {
        stream.tick(now);
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // Resets and failed writes. The codec tells the client of broken rules, and closes, once this
    // returns.
    if (Http2CodecUtil.getEmbeddedHttp2Exception(cause) == null) {
      ctx.close();
    }
  }

  private ChannelHandlerContext context() {
    ChannelHandlerContext ctx = context;
    if (ctx == null) {
      throw new IllegalStateException("not in a pipeline");
    }
    return ctx;
  }
}
