// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A Tempo by HTTP/2, frame by frame: says what no server of gRPC's would. */
final class RawHttp2Tempo implements AutoCloseable {
  /** Answers a request that is there to its end, on the event loop. */
  @FunctionalInterface
  interface Script {
    void serve(Stream stream);
  }

  /** One request's stream. */
  record Stream(Http2Headers request, ChannelHandlerContext ctx) {
    Stream head(boolean end, String... namesAndValues) {
      Http2Headers headers = new DefaultHttp2Headers();
      for (int i = 0; i < namesAndValues.length; i += 2) {
        headers.add(namesAndValues[i], namesAndValues[i + 1]);
      }
      ctx.writeAndFlush(new DefaultHttp2HeadersFrame(headers, end));
      return this;
    }

    Stream data(boolean end, String text) {
      ctx.writeAndFlush(
          new DefaultHttp2DataFrame(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1), end));
      return this;
    }

    void reset(Http2Error error) {
      ctx.writeAndFlush(new DefaultHttp2ResetFrame(error));
    }

    void dropConnection() {
      ctx.channel().parent().close();
    }
  }

  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final List<Long> resets = new CopyOnWriteArrayList<>();
  private final Channel listening;

  RawHttp2Tempo(Script script) {
    listening =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    open.add(channel);
                    channel
                        .pipeline()
                        .addLast(
                            Http2FrameCodecBuilder.forServer().build(),
                            new Http2MultiplexHandler(
                                new ChannelInitializer<>() {
                                  @Override
                                  protected void initChannel(Channel stream) {
                                    stream.pipeline().addLast(new Serving(script));
                                  }
                                }));
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .syncUninterruptibly()
            .channel();
  }

  URI uri() {
    return URI.create(
        "http://127.0.0.1:" + ((InetSocketAddress) listening.localAddress()).getPort());
  }

  /** Returns the codes of RST_STREAM frames that came. */
  List<Long> resets() {
    return List.copyOf(resets);
  }

  @Override
  public void close() {
    listening.close().syncUninterruptibly();
    open.close().syncUninterruptibly();
    loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private final class Serving extends ChannelInboundHandlerAdapter {
    private final Script script;
    private Http2Headers request;

    Serving(Script script) {
      this.script = script;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      boolean end = false;
      if (msg instanceof Http2HeadersFrame frame) {
        request = frame.headers();
        end = frame.isEndStream();
      } else if (msg instanceof Http2DataFrame frame) {
        end = frame.isEndStream();
      }
      ReferenceCountUtil.release(msg);
      if (end) {
        script.serve(new Stream(request, ctx));
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof Http2ResetFrame reset) {
        resets.add(reset.errorCode());
      }
    }
  }
}
