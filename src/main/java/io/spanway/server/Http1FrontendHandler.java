// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.spanway.http.BadTargetException;
import io.spanway.http.ProxyError;
import io.spanway.http.RequestHead;
import io.spanway.http.RequestTarget;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 connection of a client: hands its requests to the {@link RequestHandler} one after
 * another and keeps the time-outs.
 *
 * <p><b>Pipelining.</b> While a request is being answered, what the client sent after it waits and
 * reading stops, so that no more than one read's worth is held.
 *
 * <p><b>Time-outs.</b> One timer a connection looks at what the connection waits for; nothing is
 * scheduled or cancelled for each request.
 *
 * <p><b>Reference counting.</b> Contents are passed on to the request's body, which takes them.
 */
final class Http1FrontendHandler extends ChannelInboundHandlerAdapter {
  private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final GatewayServer server;
  private final RequestHandler handler;
  private final ServerLimits limits;
  private final ServerListener listener;
  private final ClientConnection client;
  private final ExchangeResponseEncoder encoder;
  private final WriteProgress writing;
  private final ArrayDeque<Object> pending = new ArrayDeque<>(0);

  private @Nullable ChannelHandlerContext context;
  private @Nullable Future<?> timer;
  private @Nullable Http1Exchange current;
  private boolean lastSeen = true;
  private boolean draining;
  private boolean lingering;
  private long lastRead;
  private long bodyWanted;
  private long headStarted;
  private long idleSince;
  private long lingerSince;

  Http1FrontendHandler(
      GatewayServer server,
      RequestHandler handler,
      ServerLimits limits,
      ServerListener listener,
      ClientConnection client,
      ExchangeResponseEncoder encoder) {
    this.server = server;
    this.handler = handler;
    this.limits = limits;
    this.listener = listener;
    this.client = client;
    this.writing = new WriteProgress(limits.writeTimeout().toNanos());
    this.encoder = encoder;
  }

  ExchangeResponseEncoder encoder() {
    return encoder;
  }

  boolean isDraining() {
    return draining || server.isDraining();
  }

  ClientConnection client() {
    return client;
  }

  String date() {
    return server.date();
  }

  /** Notes that bytes came, before they are decoded. */
  void bytesArrived() {
    lastRead = System.nanoTime();
    if (current == null && headStarted == 0) {
      headStarted = lastRead;
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    idleSince = System.nanoTime();
    long period = server.timerPeriodNanos();
    timer =
        ctx.executor().scheduleAtFixedRate(() -> tick(ctx), period, period, TimeUnit.NANOSECONDS);
    ctx.fireChannelActive();
    if (server.isDraining()) {
      // Accepted while the listener closed, and too late to be told.
      ctx.close();
    }
  }

  /** Another protocol takes the connection over: nothing was asked by this one. */
  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    Future<?> ticking = timer;
    if (ticking != null) {
      ticking.cancel(false);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    Future<?> ticking = timer;
    if (ticking != null) {
      ticking.cancel(false);
    }
    dropPending();
    Http1Exchange exchange = current;
    current = null;
    if (exchange != null) {
      exchange.close(new ClientGoneException("the client closed its connection"));
    }
    ctx.fireChannelInactive();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (lingering) {
      ReferenceCountUtil.release(msg);
      return;
    }
    if (current != null && (lastSeen || !pending.isEmpty())) {
      pending.add(msg);
      ctx.channel().config().setAutoRead(false);
      return;
    }
    process(ctx, msg);
  }

  private void process(ChannelHandlerContext ctx, Object msg) {
    if (msg instanceof HttpRequest request) {
      begin(ctx, request);
    } else if (msg instanceof HttpContent content) {
      proceed(content);
    } else {
      ReferenceCountUtil.release(msg);
    }
  }

  private void begin(ChannelHandlerContext ctx, HttpRequest request) {
    lastSeen = false;
    headStarted = 0;
    HeadProblem problem = HeadProblem.of(request, limits);
    if (problem != null) {
      lastSeen |= request.decoderResult().isFailure();
      refuse(ctx, problem.error(), problem.message());
      return;
    }
    RequestTarget target;
    try {
      target = RequestTarget.parse(request.uri());
    } catch (BadTargetException e) {
      refuse(ctx, ProxyError.HTTP_REQUEST_ERROR, String.valueOf(e.getMessage()));
      return;
    }
    RequestHead head = new RequestHead(request.method().name(), target, request.headers());
    Http1Exchange exchange =
        new Http1Exchange(
            this, ctx, head, request.protocolVersion(), HttpUtil.isKeepAlive(request));
    current = exchange;
    bodyWanted = System.nanoTime();
    writing.reset(bodyWanted);
    handler.handle(exchange);
  }

  private void proceed(HttpContent content) {
    boolean last = content instanceof LastHttpContent;
    Http1Exchange exchange = current;
    if (exchange == null) {
      lastSeen |= last;
      content.release();
      return;
    }
    if (content.decoderResult().isFailure()) {
      content.release();
      lastSeen = true;
      abandon(exchange, ProxyError.HTTP_REQUEST_ERROR, "malformed request body");
      return;
    }
    lastSeen = last;
    ArrivingBody body = exchange.body();
    body.offer(content.content());
    if (limits.maxBody() > 0 && body.arrived() > limits.maxBody() && !body.isComplete()) {
      abandon(exchange, ProxyError.HTTP_REQUEST_TOO_LARGE, HeadProblem.BODY_TOO_LARGE);
    } else if (content instanceof LastHttpContent end) {
      body.complete(end.trailingHeaders());
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    Http1Exchange exchange = current;
    if (exchange != null) {
      exchange.body().readComplete();
    }
    ctx.fireChannelReadComplete();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    Http1Exchange exchange = current;
    if (exchange != null && ctx.channel().isWritable()) {
      exchange.writable();
    }
    ctx.fireChannelWritabilityChanged();
  }

  /** The answer went out whole: on to the next request, or to the end of the connection. */
  void exchangeFinished(Http1Exchange exchange) {
    if (current != exchange) {
      return;
    }
    ChannelHandlerContext ctx = context();
    boolean more = exchange.keepAlive() && !isDraining();
    boolean requestComplete = exchange.body().isComplete();
    current = null;
    exchange.close(new ClientGoneException("the exchange is over"));
    if (!more) {
      if (requestComplete) {
        ctx.close();
      } else {
        linger(ctx);
        shutdownOutput(ctx.channel());
      }
      return;
    }
    idleSince = System.nanoTime();
    headStarted = 0;
    while (current == null && !lingering) {
      Object msg = pending.poll();
      if (msg == null) {
        ctx.channel().config().setAutoRead(true);
        return;
      }
      process(ctx, msg);
    }
    passPendingBody(ctx);
  }

  private void passPendingBody(ChannelHandlerContext ctx) {
    // The rest of the request just begun may wait behind its head.
    while (current != null && !lastSeen && !pending.isEmpty()) {
      process(ctx, pending.remove());
    }
    Http1Exchange exchange = current;
    if (exchange == null) {
      return;
    }
    exchange.body().readComplete();
    if (pending.isEmpty() && exchange.body().isComplete()) {
      ctx.channel().config().setAutoRead(true);
    }
  }

  /**
   * Ends the connection after an early answer: the client still sends, and closing at once would
   * make its kernel throw the answer away (RFC 9112 section 9.6).
   */
  private void linger(ChannelHandlerContext ctx) {
    lingering = true;
    lingerSince = System.nanoTime();
    dropPending();
    ctx.channel().config().setAutoRead(true);
  }

  private void dropPending() {
    for (Object msg = pending.poll(); msg != null; msg = pending.poll()) {
      ReferenceCountUtil.release(msg);
    }
  }

  private static void shutdownOutput(Channel channel) {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tls != null && channel.isActive()) {
      tls.closeOutbound().addListener(told -> endOutput(channel));
    } else {
      endOutput(channel);
    }
  }

  private static void endOutput(Channel channel) {
    if (channel instanceof DuplexChannel duplex && channel.isActive()) {
      duplex.shutdownOutput();
    } else {
      channel.close();
    }
  }

  /** The answer was 101: from now on {@code tunnel} has the connection. */
  void exchangeUpgraded(Http1Exchange exchange, ChannelHandler tunnel) {
    ChannelHandlerContext ctx = context();
    current = null;
    ctx.channel()
        .closeFuture()
        .addListener(closed -> exchange.close(new ClientGoneException("the tunnel is closed")));
    client.speaks(ClientProtocol.TUNNEL);
    var pipeline = ctx.pipeline();
    pipeline.addLast(PipelineNames.TUNNEL, tunnel);
    pipeline.remove(PipelineNames.EXCHANGE);
    pipeline.remove(PipelineNames.ENCODER);
    pipeline.remove(PipelineNames.JOINER);
    // Last: what it has read and not decoded goes to the tunnel.
    pipeline.remove(PipelineNames.DECODER);
    if (pending.isEmpty()) {
      ctx.channel().config().setAutoRead(true);
      if (isDraining()) {
        pipeline.fireUserEventTriggered(DrainEvent.INSTANCE);
      }
    } else {
      // Sent before the 101 and taken for HTTP: its bytes are gone.
      dropPending();
      ctx.channel().close();
    }
  }

  /** Closes so that the client cannot take what it got for a whole answer. */
  void breakOff() {
    ChannelHandlerContext ctx = context();
    if (ctx.channel().isOpen()) {
      try {
        ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
      } catch (ChannelException e) {
        // The socket is closed, though the channel does not know it yet.
      }
      // Beneath TLS: a close_notify would make what is broken off look like an end.
      ctx.pipeline().firstContext().close();
    }
  }

  /** The rest of the request will not come: ends it, with an answer if there is none yet. */
  private void abandon(Http1Exchange exchange, ProxyError error, String message) {
    ClientGoneException cause = new ClientGoneException(message);
    if (exchange.responded()) {
      exchange.forbidKeepAlive();
      exchange.body().fail(cause);
      return;
    }
    current = null;
    exchange.close(cause);
    refuse(context(), error, message);
  }

  private void refuse(ChannelHandlerContext ctx, ProxyError error, String message) {
    listener.requestRefused(error);
    HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
    byte[] text = (message + "\n").getBytes(StandardCharsets.UTF_8);
    headers.set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set(HttpHeaderNames.CONTENT_LENGTH, text.length);
    headers.set(HttpHeaderNames.CONNECTION, "close");
    headers.set(HttpHeaderNames.DATE, date());
    encoder.expectHeadOnly(false);
    ByteBuf body = Unpooled.wrappedBuffer(text);
    ctx.writeAndFlush(
            new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(error.status()),
                body,
                headers,
                EmptyHttpHeaders.INSTANCE))
        .addListener(written -> shutdownOutput(ctx.channel()));
    linger(ctx);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == DrainEvent.INSTANCE) {
      draining = true;
      if (current == null && !lingering) {
        ctx.close();
      }
      return;
    }
    ctx.fireUserEventTriggered(event);
  }

  private void tick(ChannelHandlerContext ctx) {
    long now = System.nanoTime();
    Http1Exchange exchange = current;
    if (lingering) {
      if (now - lingerSince > LINGER_NANOS) {
        ctx.close();
      }
    } else if (exchange == null) {
      if (headStarted != 0 && now - headStarted > limits.headTimeout().toNanos()) {
        client.closing(CloseReason.HEAD_TIMEOUT);
        refuse(ctx, ProxyError.HTTP_REQUEST_TIMEOUT, "the request did not arrive in time");
      } else if (headStarted == 0 && now - idleSince > limits.idleTimeout().toNanos()) {
        client.closing(CloseReason.IDLE);
        ctx.close();
      }
    } else if (!exchange.body().isAwaited() || !ctx.channel().config().isAutoRead()) {
      bodyWanted = now;
      checkWriteProgress(ctx, now);
    } else if (now - Math.max(lastRead, bodyWanted) > limits.bodyTimeout().toNanos()) {
      client.closing(CloseReason.BODY_TIMEOUT);
      abandon(exchange, ProxyError.HTTP_REQUEST_TIMEOUT, "the request did not arrive in time");
    } else {
      checkWriteProgress(ctx, now);
    }
  }

  private void checkWriteProgress(ChannelHandlerContext ctx, long now) {
    if (writing.isStalled(WriteProgress.state(ctx.channel()), now)) {
      client.closing(CloseReason.WRITE_TIMEOUT);
      breakOff();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // Resets and failed writes; what is in flight learns of them by the closing.
    ctx.close();
  }

  private ChannelHandlerContext context() {
    ChannelHandlerContext ctx = context;
    if (ctx == null) {
      throw new IllegalStateException("not in a pipeline");
    }
    return ctx;
  }
}
