// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The connection of a {@code tail} after its upgrade: sends the entries of the last hour, then
 * those that are pushed, and a ping each second. Entries that come while the client is too slow are
 * dropped and reported in the next frame.
 */
final class TailHandler extends SimpleChannelInboundHandler<WebSocketFrame> {
  private static final int ROWS_PER_FRAME = 100;
  private static final int MAX_DROPPED = 1000;

  private final LogStages stages;
  private final LogStore store;
  private final List<LogRow> history;
  private final boolean isCategorized;
  private final List<LogRow> dropped = new ArrayList<>();
  private @Nullable Consumer<List<DemoEntry>> subscription;
  private @Nullable ScheduledFuture<?> pings;

  /**
   * Creates a tail.
   *
   * @param history what to send at first, oldest first
   */
  TailHandler(LogStages stages, LogStore store, List<LogRow> history, boolean isCategorized) {
    this.stages = stages;
    this.store = store;
    this.history = history;
    this.isCategorized = isCategorized;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    WebSocketDecoderConfig config = WebSocketDecoderConfig.newBuilder().build();
    ctx.pipeline()
        .addBefore(ctx.name(), "tail-decoder", new WebSocket13FrameDecoder(config))
        .addBefore(ctx.name(), "tail-encoder", new WebSocket13FrameEncoder(false));
    // Not now: the handlers of HTTP are still in the pipeline.
    ctx.executor().execute(() -> begin(ctx));
  }

  private void begin(ChannelHandlerContext ctx) {
    if (!ctx.channel().isActive()) {
      return;
    }
    send(ctx, history);
    Consumer<List<DemoEntry>> listener =
        entries -> ctx.executor().execute(() -> pushed(ctx, entries));
    subscription = listener;
    store.subscribe(listener);
    pings =
        ctx.executor()
            .scheduleAtFixedRate(
                () -> ctx.writeAndFlush(new PingWebSocketFrame(Unpooled.EMPTY_BUFFER)),
                1,
                1,
                TimeUnit.SECONDS);
  }

  private void pushed(ChannelHandlerContext ctx, List<DemoEntry> entries) {
    var rows = new ArrayList<LogRow>();
    for (DemoEntry entry : entries) {
      LogRow row = stages.selects(entry.stream()) ? stages.run(entry) : null;
      if (row != null) {
        rows.add(row);
      }
    }
    send(ctx, rows);
  }

  private void send(ChannelHandlerContext ctx, List<LogRow> rows) {
    for (int from = 0; from < rows.size(); from += ROWS_PER_FRAME) {
      List<LogRow> part = rows.subList(from, Math.min(rows.size(), from + ROWS_PER_FRAME));
      if (ctx.channel().isWritable()) {
        ctx.write(new TextWebSocketFrame(LogAnswer.frame(part, dropped, isCategorized)));
        dropped.clear();
      } else {
        dropped.addAll(part.subList(0, Math.min(part.size(), MAX_DROPPED - dropped.size())));
      }
    }
    ctx.flush();
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) {
    if (frame instanceof CloseWebSocketFrame close) {
      end();
      ctx.writeAndFlush(new CloseWebSocketFrame(true, 0, close.content().retain()))
          .addListener(written -> ctx.close());
    } else if (frame instanceof PingWebSocketFrame ping) {
      ctx.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    end();
    super.channelInactive(ctx);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    end();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    end();
    ctx.close();
  }

  private void end() {
    Consumer<List<DemoEntry>> listener = subscription;
    subscription = null;
    if (listener != null) {
      store.unsubscribe(listener);
    }
    ScheduledFuture<?> timer = pings;
    pings = null;
    if (timer != null) {
      timer.cancel(false);
    }
  }
}
