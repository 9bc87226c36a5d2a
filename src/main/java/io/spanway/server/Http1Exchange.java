// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.spanway.body.BodySink;
import io.spanway.body.BodySource;
import io.spanway.http.Forwarded;
import io.spanway.http.RequestHead;
import io.spanway.http.ResponseHead;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/** One request on an HTTP/1.1 connection, and the writing of its answer. */
final class Http1Exchange implements ServerExchange, BodySink, ChannelFutureListener {
  private final Http1FrontendHandler connection;
  private final ChannelHandlerContext ctx;
  private final RequestHead request;
  private final boolean http10;
  private final ArrivingBody body;
  private boolean keepAlive;
  private boolean responded;
  private boolean headOnly;
  private boolean chunked;
  private long declared = -1;
  private long written;
  private boolean ended;
  private @Nullable BodySource source;
  private final ExchangeOver over = new ExchangeOver();

  Http1Exchange(
      Http1FrontendHandler connection,
      ChannelHandlerContext ctx,
      RequestHead request,
      HttpVersion version,
      boolean keepAlive) {
    this.connection = connection;
    this.ctx = ctx;
    this.request = request;
    this.http10 = version.compareTo(HttpVersion.HTTP_1_1) < 0;
    this.keepAlive = keepAlive;
    this.body = new ArrivingBody(ctx.channel(), announcedLength(request), this::sendContinue);
  }

  private static long announcedLength(RequestHead request) {
    HttpHeaders headers = request.headers();
    if (headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
      return -1;
    }
    String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
    // The decoder has checked that it is a number.
    return length == null ? 0 : Long.parseLong(length);
  }

  private void sendContinue() {
    if (!http10
        && !responded
        && request.headers().containsValue(HttpHeaderNames.EXPECT, "100-continue", true)) {
      // Written as an answer of its own: the encoder would take a bare head for the final one.
      ctx.writeAndFlush(
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
    }
  }

  ArrivingBody body() {
    return body;
  }

  boolean responded() {
    return responded;
  }

  /** Says whether the connection may carry another request after this one. */
  boolean keepAlive() {
    return keepAlive;
  }

  void forbidKeepAlive() {
    keepAlive = false;
  }

  @Override
  public RequestHead request() {
    return request;
  }

  @Override
  public BodySource requestBody() {
    return body;
  }

  @Override
  public EventLoop eventLoop() {
    return ctx.channel().eventLoop();
  }

  @Override
  public SocketAddress remoteAddress() {
    return ctx.channel().remoteAddress();
  }

  @Override
  public boolean isSecure() {
    return connection.client().isSecure();
  }

  @Override
  public Forwarded forwarded() {
    return connection.client().forwarded(remoteAddress());
  }

  @Override
  public @Nullable X509Certificate clientCertificate() {
    return connection.client().certificate();
  }

  @Override
  public boolean isHttp2() {
    return false;
  }

  @Override
  public void respond(ResponseHead head, BodySource from) {
    if (over.isClosed()) {
      from.cancel();
      return;
    }
    if (responded) {
      throw new IllegalStateException("answered twice");
    }
    responded = true;
    int status = head.status();
    headOnly = request.method().equals("HEAD");
    boolean bodiless = headOnly || status == 204 || status == 304;
    HttpHeaders headers = head.headers();
    frame(head, from.length(), bodiless);
    if (!body.isComplete()) {
      // The answer comes before the end of the request: what follows cannot be told apart from it.
      keepAlive = false;
    }
    if (connection.isDraining()) {
      keepAlive = false;
    }
    if (!keepAlive) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    } else if (http10) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    }
    if (!headers.contains(HttpHeaderNames.DATE)) {
      headers.set(HttpHeaderNames.DATE, connection.date());
    }
    connection.encoder().expectHeadOnly(headOnly);
    ctx.write(
        new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), headers),
        ctx.voidPromise());
    if (bodiless) {
      from.cancel();
      finish(LastHttpContent.EMPTY_LAST_CONTENT);
    } else {
      source = from;
      from.start(this);
    }
  }

  private void frame(ResponseHead head, long length, boolean bodiless) {
    HttpHeaders headers = head.headers();
    headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
    headers.remove(HttpHeaderNames.CONNECTION);
    if (bodiless) {
      return;
    }
    if (length >= 0) {
      declared = length;
      headers.set(HttpHeaderNames.CONTENT_LENGTH, length);
      return;
    }
    declared = head.contentLength();
    if (declared < 0) {
      headers.remove(HttpHeaderNames.CONTENT_LENGTH);
      if (http10) {
        keepAlive = false;
      } else {
        chunked = true;
        headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
      }
    }
  }

  @Override
  public void write(ByteBuf chunk) {
    if (over.isClosed() || ended) {
      chunk.release();
      return;
    }
    written += chunk.readableBytes();
    if (declared >= 0 && written > declared) {
      chunk.release();
      abort();
      return;
    }
    // Written bare: the encoder frames a buffer without an object around it.
    ctx.write(chunk, ctx.voidPromise());
  }

  @Override
  public void flush() {
    ctx.flush();
  }

  @Override
  public void end(HttpHeaders trailers) {
    if (over.isClosed() || ended) {
      return;
    }
    if (declared >= 0 && written != declared) {
      abort();
      return;
    }
    if (chunked && !trailers.isEmpty()) {
      DefaultLastHttpContent last = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER);
      last.trailingHeaders().set(trailers);
      finish(last);
    } else {
      finish(LastHttpContent.EMPTY_LAST_CONTENT);
    }
  }

  private void finish(LastHttpContent last) {
    ended = true;
    source = null;
    ctx.writeAndFlush(last).addListener(this);
  }

  @Override
  public void operationComplete(ChannelFuture future) {
    if (future.isSuccess()) {
      over.complete();
      connection.exchangeFinished(this);
    } else {
      abort();
    }
  }

  @Override
  public void fail(Throwable cause) {
    abort();
  }

  @Override
  public boolean isWritable() {
    return ctx.channel().isWritable();
  }

  /** Passes on that the client takes bytes again. */
  void writable() {
    BodySource from = source;
    if (from != null) {
      from.resume();
    }
  }

  @Override
  public void upgrade(ResponseHead head, ChannelHandler tunnel) {
    if (over.isClosed()) {
      return;
    }
    if (responded) {
      throw new IllegalStateException("answered twice");
    }
    responded = true;
    ended = true;
    over.complete();
    ctx.writeAndFlush(
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(head.status()),
            Unpooled.EMPTY_BUFFER,
            head.headers(),
            EmptyHttpHeaders.INSTANCE));
    connection.exchangeUpgraded(this, tunnel);
  }

  @Override
  public void abort() {
    responded = true;
    keepAlive = false;
    if (over.isClosed()) {
      return;
    }
    connection.breakOff();
  }

  /** Ends the exchange: tells whoever waits, and stops what still flows. Called once or more. */
  void close(Throwable cause) {
    BodySource from = source;
    source = null;
    over.close(from, body, cause);
  }

  @Override
  public void onClose(ExchangeEnd task) {
    over.then(task);
  }
}
