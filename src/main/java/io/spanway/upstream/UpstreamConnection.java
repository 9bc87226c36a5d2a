// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.spanway.body.BodySource;
import io.spanway.http.OutboundRequest;
import io.spanway.http.ProxyError;
import io.spanway.http.ResponseHead;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection to an upstream, and at most one call on it at a time. Confined to its
 * event loop. Every way out of a call leads through {@link #settle}: the connection goes back to
 * its pool only when request and answer both ended as HTTP says, and is closed otherwise.
 */
final class UpstreamConnection extends ChannelInboundHandlerAdapter
    implements CallTarget, UpstreamBody.Owner {
  private static final ChannelFutureListener CLOSE_ON_FAILURE =
      future -> {
        if (!future.isSuccess()) {
          future.channel().close();
        }
      };

  private final ChannelPool pool;
  private final Channel channel;
  private final UpstreamTimeouts timeouts;
  private final StrictResponseDecoder decoder = new StrictResponseDecoder(this::bytesArrived);
  private final HttpRequestEncoder encoder = new HttpRequestEncoder();

  private @Nullable Future<?> timer;
  private @Nullable ClientCall call;
  private @Nullable RequestBodySink requestBody;
  private @Nullable UpstreamBody responseBody;
  private boolean headSeen;
  private boolean answerEnded;
  private boolean keepAlive;
  private boolean reused;
  private boolean bytesSeen;
  private boolean established;
  private boolean clientBroke;
  private boolean detached;
  private long waitingSince;
  private long idleSince;

  UpstreamConnection(ChannelPool pool, Channel channel, UpstreamTimeouts timeouts) {
    this.pool = pool;
    this.channel = channel;
    this.timeouts = timeouts;
  }

  /** Sets the handlers of a new connection. */
  void install(ChannelPipeline pipeline) {
    pipeline.addLast("decoder", decoder);
    pipeline.addLast("encoder", encoder);
    pipeline.addLast("connection", this);
  }

  @Override
  public Channel channel() {
    return channel;
  }

  /** It is the pool's from now on, which is told of its end. */
  void establish() {
    established = true;
  }

  long idleSince() {
    return idleSince;
  }

  void idle(long now) {
    idleSince = now;
    reused = true;
  }

  /** Sends a call's request. The connection is nobody else's until the call is settled. */
  void send(ClientCall next) {
    call = next;
    headSeen = false;
    answerEnded = false;
    keepAlive = true;
    bytesSeen = false;
    waitingSince = System.nanoTime();
    OutboundRequest request = next.request();
    HttpHeaders headers = request.headers();
    headers.set(HttpHeaderNames.HOST, pool.hostHeader());
    HttpMethod method = HttpMethod.valueOf(request.method());
    String uri = pool.basePath().isEmpty() ? request.target() : pool.basePath() + request.target();
    decoder.expect(method.equals(HttpMethod.HEAD), headers.contains(HttpHeaderNames.UPGRADE));
    BodySource body = next.takeBody();
    long length = body.length();
    headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
    headers.remove(HttpHeaderNames.EXPECT);
    if (length == 0) {
      if (method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD)) {
        headers.remove(HttpHeaderNames.CONTENT_LENGTH);
      } else {
        headers.set(HttpHeaderNames.CONTENT_LENGTH, HttpHeaderValues.ZERO);
      }
      body.cancel();
      channel
          .writeAndFlush(
              new DefaultFullHttpRequest(
                  HttpVersion.HTTP_1_1,
                  method,
                  uri,
                  Unpooled.EMPTY_BUFFER,
                  headers,
                  EmptyHttpHeaders.INSTANCE))
          .addListener(CLOSE_ON_FAILURE);
      return;
    }
    if (length > 0) {
      headers.set(HttpHeaderNames.CONTENT_LENGTH, length);
    } else {
      headers.remove(HttpHeaderNames.CONTENT_LENGTH);
      headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    }
    HttpRequest head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, uri, headers);
    channel.write(head).addListener(CLOSE_ON_FAILURE);
    RequestBodySink sink = new RequestBodySink(this, body, length);
    requestBody = sink;
    body.start(sink);
    // A client that waits for 100 gets it by now, so the upstream must have the head.
    channel.flush();
  }

  /** Notes that bytes came; says whether anybody waits for them. */
  private boolean bytesArrived() {
    bytesSeen = true;
    if (call == null && !detached) {
      // Left in the decoder, they would be the beginning of the next caller's answer.
      channel.close();
      return false;
    }
    return true;
  }

  /** The request's body went out whole. */
  void requestEnded() {
    requestBody = null;
    waitingSince = System.nanoTime();
    if (answerEnded) {
      settle();
    }
  }

  /** The client's side of the request's body broke: the upstream must not take it for whole. */
  void requestBroken() {
    requestBody = null;
    clientBroke = true;
    channel.close();
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    long shortest =
        Math.min(
            timeouts.idle().toNanos(),
            Math.min(timeouts.firstByte().toNanos(), timeouts.read().toNanos()));
    long period =
        Math.max(
            TimeUnit.MILLISECONDS.toNanos(20), Math.min(TimeUnit.SECONDS.toNanos(5), shortest / 4));
    timer = ctx.executor().scheduleAtFixedRate(this::tick, period, period, TimeUnit.NANOSECONDS);
    ctx.fireChannelActive();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (detached) {
      if (msg instanceof HttpObject) {
        // The end of the 101.
        ReferenceCountUtil.release(msg);
      } else {
        ctx.fireChannelRead(msg);
      }
      return;
    }
    ClientCall active = call;
    if (active == null) {
      // An answer that nobody asked for: what follows on this connection cannot be trusted.
      ReferenceCountUtil.release(msg);
      channel.close();
      return;
    }
    waitingSince = System.nanoTime();
    if (msg instanceof HttpResponse response) {
      onHead(active, response);
    } else if (msg instanceof HttpContent content) {
      onContent(content);
    } else {
      ReferenceCountUtil.release(msg);
    }
  }

  private void onHead(ClientCall active, HttpResponse response) {
    if (response.decoderResult().isFailure()) {
      fail(ProxyError.HTTP_PROTOCOL_ERROR, "the answer is not HTTP");
      return;
    }
    int status = response.status().code();
    if (status == 101) {
      if (active.request().headers().contains(HttpHeaderNames.UPGRADE)) {
        upgrade(active, response);
      } else {
        fail(ProxyError.HTTP_PROTOCOL_ERROR, "switched protocols unasked");
      }
      return;
    }
    if (status < 200) {
      return;
    }
    headSeen = true;
    keepAlive = HttpUtil.isKeepAlive(response);
    boolean bodiless = decoder.isContentAlwaysEmpty(response);
    long length = bodiless ? 0 : HttpUtil.getContentLength(response, -1L);
    if (status == 502 || status == 503 || status == 504) {
      pool.replica().failed(false);
    } else {
      pool.replica().succeeded();
    }
    UpstreamBody body = new UpstreamBody(this, length);
    responseBody = body;
    active.answered(new ResponseHead(status, response.headers()), body);
  }

  private void onContent(HttpContent content) {
    UpstreamBody body = responseBody;
    if (body == null) {
      // The end of an informational answer.
      content.release();
      return;
    }
    if (content.decoderResult().isFailure()) {
      content.release();
      fail(ProxyError.HTTP_PROTOCOL_ERROR, "the answer's body is not HTTP");
      return;
    }
    body.offer(content.content());
    if (content instanceof LastHttpContent last) {
      answerEnded = true;
      HttpHeaders trailers = last.trailingHeaders();
      if (requestBody == null) {
        // Before the end is told, so that what it sets off may use the connection.
        settle();
      } else {
        // The answer came before the end of the request; the upstream wants no more of it.
        channel.close();
      }
      body.end(trailers);
    }
  }

  private void upgrade(ClientCall active, HttpResponse response) {
    call = null;
    detached = true;
    channel.config().setAutoRead(false);
    stopTimer();
    Tunnel tunnel = new Tunnel();
    // A tail is under way until it closes.
    channel.closeFuture().addListener(closed -> active.over());
    pool.replica().succeeded();
    pool.detached();
    active.handler().onUpgrade(new ResponseHead(101, response.headers()), tunnel);
  }

  private final class Tunnel implements UpstreamTunnel {
    @Override
    public Channel channel() {
      return channel;
    }

    @Override
    public void start(ChannelHandler reader) {
      ChannelPipeline pipeline = channel.pipeline();
      // This handler stays, to keep the end of the 101 from the reader.
      pipeline.addLast("tunnel", reader);
      pipeline.remove(encoder);
      // Last: what was read behind the 101 and not decoded goes to the reader.
      pipeline.remove(decoder);
      channel.config().setAutoRead(true);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    UpstreamBody body = responseBody;
    if (body != null) {
      body.readComplete();
    }
    ctx.fireChannelReadComplete();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    RequestBodySink sink = requestBody;
    if (sink != null && channel.isWritable()) {
      sink.writable();
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    stopTimer();
    if (detached) {
      ctx.fireChannelInactive();
      return;
    }
    if (call != null) {
      if (headSeen) {
        fail(ProxyError.HTTP_RESPONSE_INCOMPLETE, "the answer broke off");
      } else {
        fail(ProxyError.CONNECTION_TERMINATED, "the connection closed before the answer");
      }
    }
    if (established) {
      pool.closed(this);
    }
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (detached) {
      ctx.fireExceptionCaught(cause);
      return;
    }
    // Told before the closing: that would make a clean end of an answer which ends with its
    // connection.
    fail(
        headSeen
            ? ProxyError.HTTP_RESPONSE_INCOMPLETE
            : ConnectFailures.broken(cause, ProxyError.CONNECTION_TERMINATED),
        "the connection broke: " + ConnectFailures.text(cause));
    ctx.close();
  }

  private void tick() {
    long now = System.nanoTime();
    if (call == null) {
      if (now - idleSince > timeouts.idle().toNanos()) {
        channel.close();
      }
      return;
    }
    RequestBodySink sink = requestBody;
    if (sink != null) {
      if (sink.isWritable() || sink.progressed()) {
        waitingSince = now;
      } else if (now - waitingSince > timeouts.firstByte().toNanos()) {
        fail(ProxyError.HTTP_RESPONSE_TIMEOUT, "the request was not taken in time");
      }
      return;
    }
    UpstreamBody body = responseBody;
    if (!headSeen) {
      if (now - waitingSince > timeouts.firstByte().toNanos()) {
        fail(ProxyError.HTTP_RESPONSE_TIMEOUT, "no answer in time");
      }
    } else if (body != null && body.isPaused()) {
      waitingSince = now;
    } else if (now - waitingSince > timeouts.read().toNanos()) {
      fail(ProxyError.CONNECTION_READ_TIMEOUT, "the answer paused for too long");
    }
  }

  /** Ends the call with an error and the connection with it. */
  void fail(ProxyError error, String detail) {
    ClientCall active = call;
    if (active == null) {
      return;
    }
    UpstreamBody body = responseBody;
    // What a kept connection meets when its upstream closes it; it says nothing about health.
    boolean stale =
        error == ProxyError.CONNECTION_TERMINATED && reused && !bytesSeen && requestBody == null;
    call = null;
    responseBody = null;
    dropRequestBody();
    channel.close();
    pool.settled(this, false);
    UpstreamException failure = new UpstreamException(error, detail);
    if (body != null) {
      active.over();
      body.fail(failure);
    } else if (stale) {
      active.stale(failure);
    } else {
      if (!clientBroke) {
        pool.replica().failed(false);
      }
      active.failed(failure);
    }
  }

  @Override
  public void cancel(ClientCall which) {
    if (call != which) {
      return;
    }
    UpstreamBody body = responseBody;
    call = null;
    responseBody = null;
    dropRequestBody();
    channel.close();
    which.over();
    pool.settled(this, false);
    if (body != null) {
      body.discard();
    }
  }

  @Override
  public void bodyCancelled() {
    ClientCall active = call;
    if (active != null) {
      cancel(active);
    }
  }

  private void dropRequestBody() {
    RequestBodySink sink = requestBody;
    requestBody = null;
    if (sink != null) {
      sink.drop();
    }
  }

  private void settle() {
    ClientCall active = call;
    if (active == null) {
      return;
    }
    active.over();
    call = null;
    responseBody = null;
    channel.config().setAutoRead(true);
    // Bytes behind the answer would be taken for the next one.
    boolean reusable = keepAlive && channel.isActive() && !decoder.hasMore();
    if (!reusable) {
      channel.close();
    }
    pool.settled(this, reusable);
  }

  private void stopTimer() {
    Future<?> ticking = timer;
    if (ticking != null) {
      ticking.cancel(false);
    }
  }
}
