// SPDX-License-Identifier: Apache-2.0

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.TimeUnit;

/** A Loki and Tempo that are always well, for thousands of connections. */
final class SoakUpstream {
  private static final int PERIOD_SECONDS = 2;

  private SoakUpstream() {}

  static URI start(EventLoopGroup loops) throws InterruptedException {
    Channel server =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(
                            new HttpServerCodec(), new HttpObjectAggregator(1 << 20), new Answering(), new Closing());
                  }
                })
            .bind("127.0.0.1", 0)
            .sync()
            .channel();
    return URI.create("http://127.0.0.1:" + ((InetSocketAddress) server.localAddress()).getPort());
  }

  /** The end of a connection is nothing to tell of. */
  private static final class Closing extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }

  private static final class Answering extends SimpleChannelInboundHandler<FullHttpRequest> {
    private int sent;

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
      HttpHeaders headers = request.headers();
      if (headers.contains("upgrade")) {
        tail(ctx, request);
        return;
      }
      ChaosTruth.Question q =
          ChaosTruth.read(
              request.uri(),
              headers.get("x-scope-orgid"),
              headers.get("authorization"),
              !headers.contains("x-loki-response-encoding-flags"));
      byte[] body =
          q == null ? "{\"status\":\"success\",\"data\":[\"app\"]}\n".getBytes() : ChaosTruth.body(q);
      var answer =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.wrappedBuffer(body));
      answer.headers().set("Content-Length", body.length);
      answer
          .headers()
          .set("Content-Type", q == null ? "application/json" : ChaosTruth.contentType(q));
      ctx.writeAndFlush(answer);
    }

    private void tail(ChannelHandlerContext ctx, FullHttpRequest request) {
      String who =
          request.headers().get("x-scope-orgid")
              + " "
              + request.headers().get("authorization")
              + " "
              + request.uri();
      WebSocketServerHandshaker handshaker =
          new WebSocketServerHandshakerFactory("ws://a" + request.uri(), null, false)
              .newHandshaker(request);
      ChannelPipeline pipeline = ctx.pipeline();
      handshaker
          .handshake(ctx.channel(), request)
          .addListener(
              done -> {
                pipeline.remove(this);
                var lines =
                    ctx.channel()
                        .eventLoop()
                        .scheduleAtFixedRate(
                            () ->
                                ctx.channel()
                                    .writeAndFlush(
                                        new TextWebSocketFrame(
                                            ChaosUpstream.tailMessage(who, sent++))),
                            who.hashCode() & 1023,
                            PERIOD_SECONDS * 1000,
                            TimeUnit.MILLISECONDS);
                ctx.channel().closeFuture().addListener(closed -> lines.cancel(false));
              });
    }
  }
}
