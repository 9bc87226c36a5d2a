// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.HttpConversionUtil;
import io.spanway.body.Bodies;
import io.spanway.body.BodySink;
import io.spanway.body.BodySource;
import io.spanway.http.Forwarded;
import io.spanway.http.ProxyError;
import io.spanway.http.RequestHead;
import io.spanway.http.ResponseHead;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * One request on an HTTP/2 connection, and the writing of its answer. The head of an answer without
 * a body waits until it is known whether trailers follow, so that it can end the stream itself.
 */
final class Http2Exchange implements ServerExchange, BodySink, ChannelFutureListener {
  /** What is written at a time: a client's progress is seen frame by frame. */
  private static final int LARGEST_WRITE = 64 * 1024;

  /** Up to here copying a chunk costs less than a frame of its own. */
  private static final int SMALL = 4 * 1024;

  /** The largest frame that every client takes (RFC 9113 section 6.5.2). */
  private static final int FRAME = 16 * 1024;

  private final Http2StreamHandler stream;
  private final ChannelHandlerContext ctx;
  private final RequestHead request;
  private final ArrivingBody body;
  private final ExchangeOver over = new ExchangeOver();
  private boolean responded;
  private boolean ended;
  private long declared = -1;
  private long written;
  private @Nullable Http2Headers heldHead;

  /** Small chunks that are to be one frame: of a gRPC answer, messages that came together. */
  private @Nullable ByteBuf kept;

  private boolean keptIsCopy;
  private @Nullable BodySource source;

  Http2Exchange(
      Http2StreamHandler stream, ChannelHandlerContext ctx, RequestHead request, boolean bodiless) {
    this.stream = stream;
    this.ctx = ctx;
    this.request = request;
    String length = request.header("content-length");
    // The reader has checked that it is a number.
    long announced = bodiless ? 0 : length == null ? -1 : Long.parseLong(length);
    this.body = new ArrivingBody(ctx.channel(), announced, this::sendContinue);
  }

  static boolean isGrpc(@Nullable String contentType) {
    return contentType != null && contentType.startsWith("application/grpc");
  }

  private void sendContinue() {
    if (!responded && request.hasToken("expect", "100-continue")) {
      ctx.writeAndFlush(new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().status("100")));
    }
  }

  ArrivingBody body() {
    return body;
  }

  boolean responded() {
    return responded;
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
    Channel connection = ctx.channel().parent();
    return connection.remoteAddress();
  }

  @Override
  public boolean isSecure() {
    return stream.frontend().client().isSecure();
  }

  @Override
  public Forwarded forwarded() {
    return stream.frontend().client().forwarded(remoteAddress());
  }

  @Override
  public @Nullable X509Certificate clientCertificate() {
    return stream.frontend().client().certificate();
  }

  @Override
  public boolean isHttp2() {
    return true;
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
    boolean bodiless = request.method().equals("HEAD") || status == 204 || status == 304;
    HttpHeaders headers = head.headers();
    if (!bodiless) {
      frame(head, from.length());
    }
    if (!headers.contains(HttpHeaderNames.DATE)) {
      headers.set(HttpHeaderNames.DATE, stream.frontend().server().date());
    }
    Http2Headers block = block(headers);
    block.status(Integer.toString(status));
    if (bodiless) {
      from.cancel();
      ended = true;
      ctx.writeAndFlush(new DefaultHttp2HeadersFrame(block, true)).addListener(this);
      return;
    }
    if (from.length() == 0) {
      heldHead = block;
    } else {
      ctx.write(new DefaultHttp2HeadersFrame(block), ctx.voidPromise());
    }
    source = from;
    from.start(this);
  }

  private void frame(ResponseHead head, long length) {
    HttpHeaders headers = head.headers();
    if (isGrpc(headers.get(HttpHeaderNames.CONTENT_TYPE))) {
      headers.remove(HttpHeaderNames.CONTENT_LENGTH);
    } else if (length >= 0) {
      declared = length;
      headers.set(HttpHeaderNames.CONTENT_LENGTH, length);
    } else {
      declared = head.contentLength();
      if (declared < 0) {
        headers.remove(HttpHeaderNames.CONTENT_LENGTH);
      }
    }
  }

  /** Returns headers as HTTP/2 has them, without those of an HTTP/1.1 connection. */
  private static Http2Headers block(HttpHeaders headers) {
    Http2Headers block = new DefaultHttp2Headers(false, headers.size() + 1);
    HttpConversionUtil.toHttp2Headers(headers, block);
    return block;
  }

  private void writeHeldHead(boolean last) {
    Http2Headers block = heldHead;
    if (block != null) {
      heldHead = null;
      if (last) {
        ctx.writeAndFlush(new DefaultHttp2HeadersFrame(block, true)).addListener(this);
      } else {
        ctx.write(new DefaultHttp2HeadersFrame(block), ctx.voidPromise());
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
    writeHeldHead(false);
    if (chunk.readableBytes() <= SMALL) {
      keep(chunk);
      return;
    }
    writeKept();
    while (chunk.readableBytes() > LARGEST_WRITE) {
      ctx.write(
          new DefaultHttp2DataFrame(chunk.readRetainedSlice(LARGEST_WRITE)), ctx.voidPromise());
    }
    ctx.write(new DefaultHttp2DataFrame(chunk), ctx.voidPromise());
  }

  /** Keeps a chunk until the next flush at the latest. */
  private void keep(ByteBuf chunk) {
    ByteBuf before = kept;
    if (before != null && before.readableBytes() + chunk.readableBytes() > FRAME) {
      writeKept();
      before = null;
    }
    if (before == null) {
      kept = chunk;
      keptIsCopy = false;
      return;
    }
    ByteBuf copy = before;
    if (!keptIsCopy) {
      copy = ctx.alloc().directBuffer(FRAME).writeBytes(before);
      kept = copy;
      keptIsCopy = true;
      before.release();
    }
    copy.writeBytes(chunk);
    chunk.release();
  }

  private void writeKept() {
    ByteBuf data = kept;
    if (data != null) {
      kept = null;
      ctx.write(new DefaultHttp2DataFrame(data), ctx.voidPromise());
    }
  }

  @Override
  public void flush() {
    writeKept();
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
    ended = true;
    source = null;
    if (trailers.isEmpty() && heldHead != null) {
      writeHeldHead(true);
      return;
    }
    writeHeldHead(false);
    if (trailers.isEmpty()) {
      ByteBuf last = kept;
      kept = null;
      ctx.writeAndFlush(
              new DefaultHttp2DataFrame(last == null ? Unpooled.EMPTY_BUFFER : last, true))
          .addListener(this);
    } else {
      writeKept();
      ctx.writeAndFlush(new DefaultHttp2HeadersFrame(block(trailers), true)).addListener(this);
    }
  }

  @Override
  public void operationComplete(ChannelFuture future) {
    if (over.isClosed()) {
      return;
    }
    if (future.isSuccess()) {
      over.complete();
      stream.exchangeFinished();
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

  /** Answers 501 in its place: HTTP/2 has no upgrade (RFC 9113 section 8.6). */
  @Override
  public void upgrade(ResponseHead head, ChannelHandler tunnel) {
    stream.frontend().listener().requestRefused(ProxyError.NOT_IMPLEMENTED);
    HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
    headers.set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
    respond(
        new ResponseHead(ProxyError.NOT_IMPLEMENTED.status(), headers),
        Bodies.of("WebSocket needs HTTP/1.1\n".getBytes(StandardCharsets.US_ASCII)));
  }

  @Override
  public void abort() {
    responded = true;
    if (!over.isClosed()) {
      stream.breakOff(Http2Error.INTERNAL_ERROR, "the answer was broken off");
    }
  }

  /** Ends the exchange: tells whoever waits, and stops what still flows. Called once or more. */
  void close(Throwable cause) {
    BodySource from = source;
    source = null;
    ByteBuf unsent = kept;
    kept = null;
    if (unsent != null) {
      unsent.release();
    }
    over.close(from, body, cause);
  }

  @Override
  public void onClose(ExchangeEnd task) {
    over.then(task);
  }
}
