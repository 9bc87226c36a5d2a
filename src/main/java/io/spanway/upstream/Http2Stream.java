// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.ReferenceCountUtil;
import io.spanway.body.BodySink;
import io.spanway.body.BodySource;
import io.spanway.http.ProxyError;
import io.spanway.http.ResponseHead;
import org.jspecify.annotations.Nullable;

/**
 * One call on a stream of HTTP/2. Confined to its event loop. There are no time-outs here: a gRPC
 * stream may be quiet for long, and the connection's PING finds an upstream that is gone.
 */
final class Http2Stream extends ChannelInboundHandlerAdapter
    implements CallTarget, UpstreamBody.Owner {
  private final Http2Connection connection;
  private final Replica replica;
  private @Nullable ClientCall call;
  private @Nullable Channel channel;
  private @Nullable Sink requestBody;
  private @Nullable UpstreamBody responseBody;
  private boolean cancelled;
  private boolean clientBroke;

  Http2Stream(Http2Connection connection, ClientCall call, Replica replica) {
    this.connection = connection;
    this.call = call;
    this.replica = replica;
  }

  @Override
  public Channel channel() {
    Channel opened = channel;
    if (opened == null) {
      throw new IllegalStateException("no stream yet");
    }
    return opened;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    Channel opened = ctx.channel();
    channel = opened;
    opened.closeFuture().addListener(closed -> connection.streamOver());
    ClientCall active = call;
    if (cancelled || active == null) {
      opened.close();
      return;
    }
    BodySource body = active.takeBody();
    boolean empty = body.length() == 0;
    ChannelFuture sent =
        opened.write(
            new DefaultHttp2HeadersFrame(
                Http2Heads.request(active.request(), replica.url()), empty));
    if (sent.isDone() && !sent.isSuccess()) {
      call = null;
      opened.close();
      active.bodyIsWhole();
      active.notProcessed(
          new UpstreamException(
              ProxyError.CONNECTION_TERMINATED,
              "no stream: " + ConnectFailures.text(sent.cause())));
      return;
    }
    if (empty) {
      body.cancel();
    } else {
      Sink sink = new Sink(opened, body);
      requestBody = sink;
      body.start(sink);
    }
    opened.flush();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    ClientCall active = call;
    if (active == null) {
      ReferenceCountUtil.release(msg);
    } else if (msg instanceof Http2HeadersFrame frame) {
      onHeaders(active, frame);
    } else if (msg instanceof Http2DataFrame frame) {
      onData(frame);
    } else {
      ReferenceCountUtil.release(msg);
    }
  }

  private void onHeaders(ClientCall active, Http2HeadersFrame frame) {
    UpstreamBody body = responseBody;
    try {
      if (body != null) {
        if (frame.isEndStream()) {
          end(body, Http2Heads.trailers(frame.headers()));
        } else {
          fail(ProxyError.HTTP_PROTOCOL_ERROR, "a second head in the middle of an answer");
        }
        return;
      }
      int status = Http2Heads.status(frame.headers());
      if (status < 200) {
        if (frame.isEndStream()) {
          fail(ProxyError.HTTP_PROTOCOL_ERROR, "the answer is over before its head");
        }
        return;
      }
      onHead(active, new ResponseHead(status, Http2Heads.headers(frame.headers())), frame);
    } catch (IllegalArgumentException e) {
      fail(ProxyError.HTTP_PROTOCOL_ERROR, "the answer's head is not HTTP: " + e.getMessage());
    }
  }

  private void onHead(ClientCall active, ResponseHead head, Http2HeadersFrame frame) {
    if (head.status() >= 502 && head.status() <= 504) {
      replica.failed(false);
    } else {
      replica.succeeded();
    }
    boolean ended = frame.isEndStream();
    UpstreamBody body =
        new UpstreamBody(this, ended ? 0 : Http2Heads.contentLength(head.headers()));
    responseBody = body;
    active.handler().onResponse(head, body);
    // Whoever got the head may have given the call up.
    if (ended && call != null) {
      end(body, EmptyHttpHeaders.INSTANCE);
    }
  }

  private void onData(Http2DataFrame frame) {
    UpstreamBody body = responseBody;
    if (body == null) {
      frame.release();
      fail(ProxyError.HTTP_PROTOCOL_ERROR, "the answer has no head");
      return;
    }
    body.offer(frame.content());
    if (frame.isEndStream() && call != null) {
      end(body, EmptyHttpHeaders.INSTANCE);
    }
  }

  private void end(UpstreamBody body, HttpHeaders trailers) {
    settle();
    if (dropRequestBody()) {
      // The answer came before the end of the request; the upstream wants no more of it.
      channel().close();
    }
    body.end(trailers);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    UpstreamBody body = responseBody;
    if (body != null && call != null) {
      body.readComplete();
    }
    ctx.fireChannelReadComplete();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    Sink sink = requestBody;
    if (sink != null && ctx.channel().isWritable()) {
      sink.source.resume();
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof Http2ResetFrame reset) {
      onReset(reset.errorCode());
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  private void onReset(long code) {
    if (code == Http2Error.REFUSED_STREAM.code()) {
      notProcessed("the stream was refused");
      return;
    }
    Http2Error error = Http2Error.valueOf(code);
    String text = "the stream was reset with " + (error == null ? Long.toString(code) : error);
    if (error == Http2Error.HTTP_1_1_REQUIRED) {
      fail(ProxyError.NOT_IMPLEMENTED, text);
    } else {
      fail(ProxyError.CONNECTION_TERMINATED, text);
    }
  }

  private void notProcessed(String detail) {
    ClientCall active = call;
    if (active == null || responseBody != null) {
      fail(ProxyError.CONNECTION_TERMINATED, detail);
      return;
    }
    call = null;
    dropRequestBody();
    channel().close();
    active.notProcessed(new UpstreamException(ProxyError.CONNECTION_TERMINATED, detail));
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (connection.hasNotSeen((Http2StreamChannel) ctx.channel())) {
      notProcessed("the connection went away before it");
    }
    if (call != null && responseBody == null && !clientBroke) {
      replica.failed(false);
    }
    fail(ProxyError.CONNECTION_TERMINATED, connection.ending());
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    fail(ProxyError.HTTP_PROTOCOL_ERROR, "the stream broke: " + ConnectFailures.text(cause));
  }

  /** Ends the call with an error, and its stream with it. */
  private void fail(ProxyError error, String detail) {
    ClientCall active = call;
    if (active == null) {
      return;
    }
    call = null;
    UpstreamBody body = responseBody;
    responseBody = null;
    dropRequestBody();
    channel().close();
    if (body == null) {
      active.failed(new UpstreamException(error, detail));
    } else {
      active.over();
      body.fail(new UpstreamException(ProxyError.HTTP_RESPONSE_INCOMPLETE, detail));
    }
  }

  @Override
  public void cancel(ClientCall which) {
    cancelled = true;
    if (call != which) {
      return;
    }
    UpstreamBody body = responseBody;
    responseBody = null;
    settle();
    Channel opened = channel;
    if (opened == null) {
      which.takeBody().cancel();
    } else {
      dropRequestBody();
      // Netty's answer to a stream closed before its end is RST_STREAM with CANCEL.
      opened.close();
    }
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

  private void settle() {
    ClientCall active = call;
    call = null;
    if (active != null) {
      active.over();
    }
    Channel opened = channel;
    if (opened != null) {
      // What is left to read is the stream's end.
      opened.config().setAutoRead(true);
    }
  }

  private boolean dropRequestBody() {
    Sink sink = requestBody;
    requestBody = null;
    if (sink == null) {
      return false;
    }
    sink.over = true;
    sink.source.cancel();
    return true;
  }

  /** Where the request's body goes. */
  private final class Sink implements BodySink {
    private final Channel to;
    private final BodySource source;
    private final long length;
    private long written;
    private boolean over;

    Sink(Channel to, BodySource source) {
      this.to = to;
      this.source = source;
      this.length = source.length();
    }

    @Override
    public void write(ByteBuf chunk) {
      if (over) {
        chunk.release();
        return;
      }
      written += chunk.readableBytes();
      to.write(new DefaultHttp2DataFrame(chunk));
    }

    @Override
    public void flush() {
      to.flush();
    }

    @Override
    public void end(HttpHeaders trailers) {
      if (over) {
        return;
      }
      if (length >= 0 && written != length) {
        breakOff();
        return;
      }
      over = true;
      requestBody = null;
      to.writeAndFlush(
          trailers.isEmpty()
              ? new DefaultHttp2DataFrame(Unpooled.EMPTY_BUFFER, true)
              : new DefaultHttp2HeadersFrame(Http2Heads.of(trailers), true));
    }

    @Override
    public void fail(Throwable cause) {
      if (!over) {
        breakOff();
      }
    }

    /** The client's side broke: the upstream must not take the body for whole. */
    private void breakOff() {
      over = true;
      requestBody = null;
      clientBroke = true;
      to.close();
    }

    @Override
    public boolean isWritable() {
      return to.isWritable();
    }
  }
}
