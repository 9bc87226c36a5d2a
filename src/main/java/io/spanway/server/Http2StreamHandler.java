// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.ReferenceCountUtil;
import io.spanway.http.BadTargetException;
import io.spanway.http.ProxyError;
import io.spanway.http.RequestHead;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One stream of an HTTP/2 connection: makes its request an exchange for the {@link RequestHandler}
 * and keeps the stream's time-outs.
 *
 * <p><b>Flow control.</b> What is read from the stream's channel is given back to the client's
 * windows; while nobody wants the body nothing is read, so at most the window's worth is held.
 *
 * <p><b>Reference counting.</b> Contents are passed on to the request's body, which takes them.
 */
final class Http2StreamHandler extends ChannelInboundHandlerAdapter {
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(64 * 1024, 256 * 1024);

  private final Frontend frontend;
  private final Http2FrontendHandler connection;
  private final WriteProgress writing;
  private @Nullable ChannelHandlerContext context;
  private @Nullable Http2Exchange exchange;
  private boolean begun;
  private boolean requestEnded;
  private long lastRead;
  private long bodyWanted;

  Http2StreamHandler(Frontend frontend, Http2FrontendHandler connection) {
    this.frontend = frontend;
    this.connection = connection;
    this.writing = new WriteProgress(frontend.limits().writeTimeout().toNanos());
  }

  Frontend frontend() {
    return frontend;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    ctx.channel().config().setWriteBufferWaterMark(WATER_MARK);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (msg instanceof Http2HeadersFrame frame) {
      requestEnded |= frame.isEndStream();
      if (!begun) {
        begun = true;
        begin(ctx, frame);
      } else {
        trailers(frame);
      }
    } else if (msg instanceof Http2DataFrame frame) {
      requestEnded |= frame.isEndStream();
      data(frame);
    } else {
      ReferenceCountUtil.release(msg);
    }
  }

  private void begin(ChannelHandlerContext ctx, Http2HeadersFrame frame) {
    if (connection.isDraining()) {
      reset(Http2Error.REFUSED_STREAM);
      return;
    }
    if (HeadProblem.bytes(frame.headers()) > frontend.limits().maxHead()) {
      refuse(ProxyError.HTTP_REQUEST_HEAD_TOO_LARGE, HeadProblem.HEAD_TOO_LARGE, isGrpc(frame));
      return;
    }
    RequestHead head;
    try {
      head = Http2RequestReader.request(frame.headers());
    } catch (MalformedRequestException e) {
      frontend.listener().requestRefused(ProxyError.HTTP_REQUEST_ERROR);
      reset(Http2Error.PROTOCOL_ERROR);
      return;
    } catch (BadTargetException e) {
      refuse(ProxyError.HTTP_REQUEST_ERROR, String.valueOf(e.getMessage()), isGrpc(frame));
      return;
    }
    HeadProblem problem = HeadProblem.ofHeaders(head.headers(), frontend.limits().maxBody());
    if (problem != null) {
      refuse(problem.error(), problem.message(), isGrpc(frame));
      return;
    }
    Http2Exchange made = new Http2Exchange(this, ctx, head, frame.isEndStream());
    exchange = made;
    bodyWanted = System.nanoTime();
    lastRead = bodyWanted;
    writing.reset(bodyWanted);
    connection.streamBegan(this);
    frontend.handler().handle(made);
  }

  private static boolean isGrpc(Http2HeadersFrame frame) {
    CharSequence type = frame.headers().get(HttpHeaderNames.CONTENT_TYPE);
    return type != null && Http2Exchange.isGrpc(type.toString());
  }

  private void trailers(Http2HeadersFrame frame) {
    Http2Exchange current = exchange;
    if (current == null) {
      return;
    }
    try {
      current.body().complete(Http2RequestReader.trailers(frame.headers()));
    } catch (MalformedRequestException e) {
      if (!current.responded()) {
        frontend.listener().requestRefused(ProxyError.HTTP_REQUEST_ERROR);
      }
      breakOff(Http2Error.PROTOCOL_ERROR, String.valueOf(e.getMessage()));
    }
  }

  private void data(Http2DataFrame frame) {
    Http2Exchange current = exchange;
    if (current == null) {
      frame.release();
      return;
    }
    lastRead = System.nanoTime();
    ArrivingBody body = current.body();
    body.offer(frame.content());
    long most = frontend.limits().maxBody();
    if (most > 0 && body.arrived() > most && !body.isComplete()) {
      abandon(current, ProxyError.HTTP_REQUEST_TOO_LARGE, HeadProblem.BODY_TOO_LARGE);
    } else if (frame.isEndStream()) {
      body.complete(EmptyHttpHeaders.INSTANCE);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    Http2Exchange current = exchange;
    if (current != null) {
      current.body().readComplete();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    Http2Exchange current = exchange;
    if (current != null && ctx.channel().isWritable()) {
      current.writable();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof Http2ResetFrame) {
      over("the client reset the stream");
      ctx.close();
    }
    ReferenceCountUtil.release(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (!begun) {
      // The codec opens a stream and passes no head on only to answer 431 itself.
      frontend.listener().requestRefused(ProxyError.HTTP_REQUEST_HEAD_TOO_LARGE);
    }
    over("the client closed its connection");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // The stream breaks a rule, or a write failed.
    breakOff(Http2Error.PROTOCOL_ERROR, "the stream is broken");
  }

  /** The answer went out whole. */
  void exchangeFinished() {
    boolean whole = requestEnded;
    over("the exchange is over");
    if (whole) {
      context().close();
    } else {
      // An early answer: the client need not send the rest (RFC 9113 section 8.1).
      reset(Http2Error.NO_ERROR);
    }
  }

  /** Resets the stream and ends its exchange. */
  void breakOff(Http2Error error, String why) {
    reset(error);
    over(why);
  }

  private void over(String why) {
    Http2Exchange current = exchange;
    exchange = null;
    if (current != null) {
      current.close(new ClientGoneException(why));
      connection.streamEnded(this);
    }
  }

  private void reset(Http2Error error) {
    context()
        .writeAndFlush(new DefaultHttp2ResetFrame(error))
        .addListener(ChannelFutureListener.CLOSE);
  }

  /** The rest of the request will not come: ends it, with an answer if there is none yet. */
  private void abandon(Http2Exchange current, ProxyError error, String message) {
    if (current.responded()) {
      current.body().fail(new ClientGoneException(message));
      return;
    }
    over(message);
    refuse(error, message, Http2Exchange.isGrpc(current.request().header("content-type")));
  }

  private void refuse(ProxyError error, String message, boolean grpc) {
    frontend.listener().requestRefused(error);
    ChannelHandlerContext ctx = context();
    Http2Headers headers = new DefaultHttp2Headers();
    headers.add(HttpHeaderNames.DATE, frontend.server().date());
    if (grpc) {
      headers.status("200");
      headers.add(HttpHeaderNames.CONTENT_TYPE, "application/grpc");
      headers.add("grpc-status", grpcStatus(error));
      headers.add("grpc-message", message);
      ctx.writeAndFlush(new DefaultHttp2HeadersFrame(headers, true)).addListener(this::refused);
      return;
    }
    byte[] text = (message + "\n").getBytes(StandardCharsets.UTF_8);
    headers.status(Integer.toString(error.status()));
    headers.add(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
    headers.add("x-content-type-options", "nosniff");
    headers.add(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(text.length));
    ctx.write(new DefaultHttp2HeadersFrame(headers));
    ByteBuf body = Unpooled.wrappedBuffer(text);
    ctx.writeAndFlush(new DefaultHttp2DataFrame(body, true)).addListener(this::refused);
  }

  private void refused(Object written) {
    if (requestEnded) {
      context().close();
    } else {
      reset(Http2Error.NO_ERROR);
    }
  }

  private static String grpcStatus(ProxyError error) {
    return switch (error) {
      case HTTP_REQUEST_TIMEOUT -> "4";
      case HTTP_REQUEST_TOO_LARGE, HTTP_REQUEST_HEAD_TOO_LARGE -> "8";
      default -> "3";
    };
  }

  /** Looks at what the stream waits for. */
  void tick(long now) {
    Http2Exchange current = exchange;
    if (current == null) {
      return;
    }
    Channel channel = context().channel();
    int id = channel instanceof Http2StreamChannel stream ? stream.stream().id() : 0;
    if (!current.body().isAwaited() || !channel.config().isAutoRead()) {
      bodyWanted = now;
    } else {
      long seen = Math.max(bodyWanted, Math.max(lastRead, connection.watch().dataSeen(id)));
      if (now - seen > frontend.limits().bodyTimeout().toNanos()) {
        frontend.listener().connectionCut(CloseReason.BODY_TIMEOUT);
        abandon(current, ProxyError.HTTP_REQUEST_TIMEOUT, "the request did not arrive in time");
        return;
      }
    }
    if (writing.isStalled(waiting(channel), now)) {
      frontend.listener().connectionCut(CloseReason.WRITE_TIMEOUT);
      breakOff(Http2Error.CANCEL, "the client takes nothing of its answer");
    }
  }

  /** Returns how many bytes wait for the client to take them, as far as it is to blame. */
  private static long waiting(Channel channel) {
    if (channel.isWritable()) {
      return WATER_MARK.high() + 1 - channel.bytesBeforeUnwritable();
    }
    long above = channel.bytesBeforeWritable();
    // None: it is the connection that takes nothing, which is looked at apart.
    return above == 0 ? 0 : WATER_MARK.low() + above;
  }

  private ChannelHandlerContext context() {
    ChannelHandlerContext ctx = context;
    if (ctx == null) {
      throw new IllegalStateException("not in a pipeline");
    }
    return ctx;
  }
}
