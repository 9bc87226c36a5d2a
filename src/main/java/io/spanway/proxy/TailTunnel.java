// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.spanway.annotate.TailFrames;
import io.spanway.http.ProxyError;
import java.util.ArrayDeque;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A tail after its handshake: passes frames between a client and an upstream until either closes.
 * Confined to the event loop that both connections are on.
 *
 * <p><b>Slow clients.</b> The upstream is always read, because Loki drops or closes a tail that is
 * not. What the client does not take waits, up to a bound; beyond it whole data messages are
 * dropped and {@link DroppedEntries} tells the client which. Control frames are never dropped, so a
 * client that lets even those pile up is cut off. The other way round, a client is not read while
 * the upstream does not take its frames.
 *
 * <p><b>Ends.</b> A close frame is passed on as it came, and both connections close when the other
 * side has answered it or failed to in time. An upstream that goes without one leaves the client
 * without one: that is close code 1006, on which Grafana connects again.
 */
final class TailTunnel {
  /** Bytes that wait for a client before data is dropped. A single larger message may wait. */
  static final long MAX_QUEUED = 4L << 20;

  /** Bytes that wait for a client, control frames included, before it is cut off. */
  static final long MAX_QUEUED_WITH_CONTROL = MAX_QUEUED + (1L << 20);

  private static final long FLUSH_ABOVE = 64L << 10;
  private static final long CLOSE_SECONDS = 10;
  // A shutdown waits for this long at most for a client that does not answer its close frame.
  private static final long DRAIN_SECONDS = 2;

  private final Exchange exchange;
  private final Channel upstream;
  private final @Nullable TailFrames annotator;
  private final TailConfig limits;
  private final DroppedEntries dropped = new DroppedEntries();
  private final ArrayDeque<WebSocketFrame> early = new ArrayDeque<>(0);
  private @Nullable Channel client;
  private @Nullable Future<?> timer;
  private byte[] clientReason = new byte[0];
  private boolean started;
  private boolean draining;
  private boolean clientSaidClose;
  private boolean clientToldClose;
  private boolean upstreamToldClose;

  /**
   * Creates a tunnel.
   *
   * @param annotator puts derived fields into text frames, null for none
   */
  TailTunnel(
      Exchange exchange, Channel upstream, @Nullable TailFrames annotator, TailConfig limits) {
    this.exchange = exchange;
    this.upstream = upstream;
    this.annotator = annotator;
    this.limits = limits;
  }

  TailConfig limits() {
    return limits;
  }

  /** Returns the handler for the client's connection. */
  ChannelHandler clientSide() {
    return new TailSide.OfClient(this);
  }

  /** Returns the handler for the upstream's connection. */
  ChannelHandler upstreamSide() {
    return new TailSide.OfUpstream(this);
  }

  /** Learns the client's connection. */
  void clientJoined(Channel channel) {
    client = channel;
    // A client that is cut off without a word is found out by its kernel's silence.
    channel.config().setOption(ChannelOption.SO_KEEPALIVE, true);
  }

  /** Both handlers are in place. */
  void start() {
    started = true;
    Channel to = client;
    if (to == null || !to.isActive()) {
      clientGone();
      return;
    }
    if (!upstream.isActive()) {
      upstreamGone();
      return;
    }
    for (WebSocketFrame frame = early.poll(); frame != null; frame = early.poll()) {
      fromClient(frame);
    }
    upstream.flush();
    if (draining) {
      drain();
    }
  }

  /** Passes on what the client sent. Takes {@code frame}. */
  void fromClient(WebSocketFrame frame) {
    if (!started) {
      early.add(frame);
      return;
    }
    if (frame instanceof CloseWebSocketFrame close) {
      closedByClient(close);
    } else if (clientSaidClose || upstreamToldClose || !upstream.isActive()) {
      frame.release();
    } else {
      upstream.write(frame, upstream.voidPromise());
      if (!upstream.isWritable() && client != null) {
        client.config().setAutoRead(false);
      }
    }
  }

  private void closedByClient(CloseWebSocketFrame frame) {
    if (!clientSaidClose) {
      clientSaidClose = true;
      clientReason = ByteBufUtil.getBytes(frame.content());
    }
    if (upstreamToldClose || !upstream.isActive()) {
      frame.release();
    } else {
      upstreamToldClose = true;
      upstream.writeAndFlush(frame);
    }
    if (clientToldClose) {
      closeBoth();
    } else {
      limit(CLOSE_SECONDS);
    }
  }

  /** Passes on what the upstream sent. Takes {@code frame}, which is a whole message. */
  void fromUpstream(WebSocketFrame frame) {
    Channel to = client;
    if (to == null || clientToldClose || !to.isActive()) {
      frame.release();
      return;
    }
    if (frame instanceof CloseWebSocketFrame) {
      clientToldClose = true;
      to.writeAndFlush(frame);
      if (clientSaidClose) {
        closeBoth();
      } else {
        limit(CLOSE_SECONDS);
      }
    } else if (isData(frame)) {
      passData(to, frame);
    } else if (queued(to) + frame.content().readableBytes() > MAX_QUEUED_WITH_CONTROL) {
      frame.release();
      exchange.failed(ProxyError.CLIENT_GONE, "the client of a tail takes nothing");
      to.close();
    } else {
      to.write(frame, to.voidPromise());
    }
  }

  private static boolean isData(WebSocketFrame frame) {
    return frame instanceof TextWebSocketFrame || frame instanceof BinaryWebSocketFrame;
  }

  private void passData(Channel to, WebSocketFrame frame) {
    long waiting = queued(to);
    if (waiting > 0 && waiting + frame.content().readableBytes() > MAX_QUEUED) {
      try {
        int entries =
            frame instanceof TextWebSocketFrame
                ? dropped.note(ByteBufUtil.getBytes(frame.content()))
                : 0;
        exchange.listener().tailDropped(entries);
      } finally {
        frame.release();
      }
      return;
    }
    WebSocketFrame passed = frame instanceof TextWebSocketFrame text ? told(text) : frame;
    exchange.counted(passed.content().readableBytes());
    to.write(passed, to.voidPromise());
    if (queued(to) > FLUSH_ABOVE) {
      // What a single read brings must not be taken for a client's slowness.
      to.flush();
    }
  }

  /** Returns the frame with derived fields, and with what was dropped before it. */
  private WebSocketFrame told(TextWebSocketFrame frame) {
    TextWebSocketFrame told = frame;
    TailFrames fields = annotator;
    if (fields != null) {
      told = new TextWebSocketFrame(true, 0, fields.annotate(frame.content()));
    }
    if (!dropped.isEmpty()) {
      byte[] with = dropped.addTo(ByteBufUtil.getBytes(told.content()));
      if (with != null) {
        told.release();
        told = new TextWebSocketFrame(true, 0, Unpooled.wrappedBuffer(with));
      }
    }
    return told;
  }

  private static long queued(Channel to) {
    ChannelOutboundBuffer buffer = to.unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
  }

  /** Sends the client what one read of the upstream brought. */
  void upstreamReadComplete() {
    Channel to = client;
    if (to != null) {
      to.flush();
    }
  }

  /** Sends the upstream what one read of the client brought. */
  void clientReadComplete() {
    if (started) {
      upstream.flush();
    }
  }

  /** The upstream takes frames again. */
  void upstreamWritable() {
    Channel from = client;
    if (from != null && upstream.isWritable()) {
      from.config().setAutoRead(true);
    }
  }

  /** The client's connection is closed. */
  void clientGone() {
    for (WebSocketFrame frame = early.poll(); frame != null; frame = early.poll()) {
      frame.release();
    }
    if (!started) {
      return;
    }
    if (upstreamToldClose) {
      closeAfterWrites(upstream);
    } else {
      upstream.close();
    }
    settle();
  }

  /** The upstream's connection is closed. */
  void upstreamGone() {
    Channel to = client;
    if (to != null && to.isActive()) {
      if (clientToldClose) {
        // Its answer is awaited: closing now might destroy the close frame on its way.
        if (clientSaidClose) {
          closeBoth();
        }
      } else if (clientSaidClose) {
        clientToldClose = true;
        to.write(new CloseWebSocketFrame(true, 0, Unpooled.wrappedBuffer(clientReason)));
        closeBoth();
      } else {
        exchange.failed(
            ProxyError.HTTP_RESPONSE_INCOMPLETE, "the upstream left a tail without a close frame");
        clientToldClose = true;
        closeBoth();
      }
    }
    settle();
  }

  /** Asks a client that has been silent for a sign of life. */
  void pingClient() {
    Channel to = client;
    if (to != null && !clientToldClose) {
      to.writeAndFlush(new PingWebSocketFrame(), to.voidPromise());
    }
  }

  /** The client gave none. */
  void clientSilent() {
    exchange.failed(ProxyError.CLIENT_GONE, "the client of a tail answers no ping");
    giveUp();
  }

  /** Asks an upstream that has been silent for a sign of life. */
  void pingUpstream() {
    if (!upstreamToldClose) {
      upstream.writeAndFlush(new PingWebSocketFrame(), upstream.voidPromise());
    }
  }

  /** The upstream gave none. */
  void upstreamSilent() {
    exchange.failed(ProxyError.CONNECTION_READ_TIMEOUT, "the upstream of a tail answers no ping");
    upstream.close();
  }

  /** A side sent what is no WebSocket, or more of it than is held. */
  void broken(boolean byClient, WebSocketCloseStatus status, String why) {
    if (byClient) {
      exchange.failed(ProxyError.HTTP_REQUEST_ERROR, why);
      tellClient(status);
      tellUpstream(WebSocketCloseStatus.ENDPOINT_UNAVAILABLE);
    } else {
      exchange.failed(
          status.equals(WebSocketCloseStatus.MESSAGE_TOO_BIG)
              ? ProxyError.HTTP_RESPONSE_TOO_LARGE
              : ProxyError.HTTP_PROTOCOL_ERROR,
          why);
      tellUpstream(status);
      tellClient(status);
    }
    limit(DRAIN_SECONDS);
  }

  /** The server is about to stop: both sides are told that this end goes away. */
  void drain() {
    draining = true;
    if (started) {
      tellClient(WebSocketCloseStatus.ENDPOINT_UNAVAILABLE);
      tellUpstream(WebSocketCloseStatus.ENDPOINT_UNAVAILABLE);
      // Sooner than a close under way would.
      Future<?> earlier = timer;
      if (earlier != null) {
        earlier.cancel(false);
        timer = null;
      }
      limit(DRAIN_SECONDS);
    }
  }

  private void tellClient(WebSocketCloseStatus status) {
    Channel to = client;
    if (to != null && to.isActive() && !clientToldClose) {
      clientToldClose = true;
      to.writeAndFlush(new CloseWebSocketFrame(status, reason(status)));
    }
  }

  private void tellUpstream(WebSocketCloseStatus status) {
    if (upstream.isActive() && !upstreamToldClose) {
      upstreamToldClose = true;
      upstream.writeAndFlush(new CloseWebSocketFrame(status, reason(status)));
    }
  }

  private static String reason(WebSocketCloseStatus status) {
    return status.equals(WebSocketCloseStatus.ENDPOINT_UNAVAILABLE)
        ? "going away"
        : status.reasonText();
  }

  private void closeBoth() {
    Channel to = client;
    if (to != null) {
      closeAfterWrites(to);
    }
    closeAfterWrites(upstream);
    limit(CLOSE_SECONDS);
  }

  private static void closeAfterWrites(Channel channel) {
    if (channel.isActive()) {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  /** Closes both when the closing has not come to its end in time. */
  private void limit(long seconds) {
    if (timer == null) {
      timer = exchange.loop().schedule(this::giveUp, seconds, TimeUnit.SECONDS);
      settle();
    }
  }

  private void giveUp() {
    Channel to = client;
    if (to != null) {
      to.close();
    }
    upstream.close();
  }

  private void settle() {
    Channel to = client;
    Future<?> ticking = timer;
    if (ticking != null && (to == null || !to.isActive()) && !upstream.isActive()) {
      ticking.cancel(false);
    }
  }
}
