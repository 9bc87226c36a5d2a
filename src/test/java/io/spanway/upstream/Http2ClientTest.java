// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.ReferenceCountUtil;
import io.spanway.body.Bodies;
import io.spanway.body.BodySink;
import io.spanway.body.BodySource;
import io.spanway.http.OutboundRequest;
import io.spanway.http.ProxyError;
import io.spanway.http.ResponseHead;
import io.spanway.testing.FakeUpstream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class Http2ClientTest {
  private static final int MIB = 1 << 20;

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
  private final EventLoop loop = group.next();
  private final AtomicInteger connections = new AtomicInteger();
  private final List<Channel> streams = new CopyOnWriteArrayList<>();
  private final List<Http2Headers> requests = new CopyOnWriteArrayList<>();
  private final List<Long> resets = new CopyOnWriteArrayList<>();
  private volatile long mostStreams = 100;

  @AfterEach
  void stop() {
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  /** Answers to paths: echo, silent, status, goaway. */
  private final class Peer extends ChannelInboundHandlerAdapter {
    private String path = "";

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      if (msg instanceof Http2HeadersFrame frame) {
        streams.add(ctx.channel());
        requests.add(frame.headers());
        path = frame.headers().path().toString();
        Http2Headers head = new DefaultHttp2Headers().status("200");
        if (path.endsWith("/status")) {
          ctx.writeAndFlush(new DefaultHttp2HeadersFrame(head.set("grpc-status", "5"), true));
        } else if (path.endsWith("/echo")) {
          ctx.writeAndFlush(new DefaultHttp2HeadersFrame(head, false));
        } else if (path.endsWith("/goaway")) {
          ctx.channel().parent().writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR));
          ctx.writeAndFlush(new DefaultHttp2HeadersFrame(head, true));
        }
      } else if (msg instanceof Http2DataFrame data && path.endsWith("/echo")) {
        ctx.write(new DefaultHttp2DataFrame(data.content(), false));
        if (data.isEndStream()) {
          ctx.write(
              new DefaultHttp2HeadersFrame(
                  new DefaultHttp2Headers().set("grpc-status", "0"), true));
        }
      } else {
        ReferenceCountUtil.release(msg);
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      ctx.flush();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof Http2ResetFrame reset) {
        resets.add(reset.errorCode());
      }
      ReferenceCountUtil.release(event);
    }
  }

  private UpstreamClient peer() {
    Channel server =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel made) {
                    connections.incrementAndGet();
                    made.pipeline()
                        .addLast(
                            Http2FrameCodecBuilder.forServer()
                                .decoderEnforceMaxRstFramesPerWindow(0, 0)
                                .initialSettings(
                                    new Http2Settings().maxConcurrentStreams(mostStreams))
                                .build(),
                            new Http2MultiplexHandler(new Initializer()));
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), 0)
            .syncUninterruptibly()
            .channel();
    return client(((InetSocketAddress) server.localAddress()).getPort());
  }

  @ChannelHandler.Sharable
  private final class Initializer extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel stream) {
      stream.pipeline().addLast(new Peer());
    }
  }

  private static UpstreamClient client(int port) {
    return new UpstreamClient(
        new UpstreamSettings(
            "tempo",
            List.of(new UpstreamAddress("127.0.0.1", port, "")),
            UpstreamSettings.Protocol.HTTP2,
            UpstreamTimeouts.DEFAULT,
            UpstreamHealth.DEFAULT,
            UpstreamTls.DEFAULT,
            8,
            2000,
            NioSocketChannel.class,
            UpstreamRetries.OFF),
        Runnable::run,
        PoolListener.NONE);
  }

  /** What came of a call. */
  private static final class Result implements ResponseHandler, BodySink {
    private final CompletableFuture<ResponseHead> head = new CompletableFuture<>();
    private final CompletableFuture<HttpHeaders> end = new CompletableFuture<>();
    private final AtomicLong bytes = new AtomicLong();
    private volatile UpstreamCall call;

    @Override
    public void onResponse(ResponseHead answer, BodySource body) {
      head.complete(answer);
      body.start(this);
    }

    @Override
    public void onFailure(UpstreamException failure) {
      head.completeExceptionally(failure);
    }

    @Override
    public void write(ByteBuf chunk) {
      bytes.addAndGet(chunk.readableBytes());
      chunk.release();
    }

    @Override
    public void flush() {}

    @Override
    public void end(HttpHeaders trailers) {
      end.complete(trailers);
    }

    @Override
    public void fail(Throwable cause) {
      end.completeExceptionally(cause);
    }

    @Override
    public boolean isWritable() {
      return true;
    }
  }

  private Result send(UpstreamClient client, String path, BodySource body) throws Exception {
    HttpHeaders headers = new DefaultHttpHeaders();
    headers.set("Content-Type", "application/grpc").set("TE", "trailers");
    headers.set("Connection", "keep-alive").set("X-Scope-OrgID", "a");
    Result result = new Result();
    loop.submit(
            () -> {
              result.call =
                  client.send(loop, new OutboundRequest("POST", path, headers), body, result);
            })
        .get();
    return result;
  }

  @Test
  void message_goesThereAndBackWithTrailers() throws Exception {
    UpstreamClient client = peer();

    Result result = send(client, "/s/echo", Bodies.of(Unpooled.wrappedBuffer(new byte[16 * MIB])));

    assertThat(result.head.get(20, TimeUnit.SECONDS).status()).isEqualTo(200);
    assertThat(result.end.get(20, TimeUnit.SECONDS).get("grpc-status")).isEqualTo("0");
    assertThat(result.bytes).hasValue(16 * MIB);
    Http2Headers request = requests.get(0);
    assertThat(request.method()).hasToString("POST");
    assertThat(request.scheme()).hasToString("http");
    assertThat(request.get("te")).hasToString("trailers");
    assertThat(request.get("x-scope-orgid")).hasToString("a");
    assertThat(request.contains("connection")).isFalse();
  }

  @Test
  void trailersOnly_isAHeadWithAnEmptyBody() throws Exception {
    Result result = send(peer(), "/s/status", Bodies.empty());

    assertThat(result.head.get(10, TimeUnit.SECONDS).headers().get("grpc-status")).isEqualTo("5");
    assertThat(result.end.get(10, TimeUnit.SECONDS)).isEqualTo(EmptyHttpHeaders.INSTANCE);
  }

  @Test
  void cancels_resetTheirStreamsAlone() throws Exception {
    UpstreamClient client = peer();
    for (int i = 0; i < 1000; i++) {
      Result result = send(client, "/s/silent", Bodies.empty());
      // Every other one is given up while it is on its way.
      if (i % 2 == 0) {
        int before = i / 2;
        await()
            .pollInterval(Duration.ofMillis(1))
            .atMost(Duration.ofSeconds(10))
            .until(() -> streams.size() > before);
      }
      loop.submit(() -> result.call.cancel()).get();
    }

    Result after = send(client, "/s/status", Bodies.empty());

    assertThat(after.head.get(10, TimeUnit.SECONDS).status()).isEqualTo(200);
    assertThat(connections).hasValue(1);
    assertThat(client.replicas()).allMatch(Replica::isHealthy);
    assertThat(resets).isNotEmpty().allMatch(code -> code == Http2Error.CANCEL.code());
  }

  @Test
  void streamsBeyondThePeersLimit_getAnotherConnection() throws Exception {
    mostStreams = 2;
    UpstreamClient client = peer();
    for (int i = 0; i < 5; i++) {
      send(client, "/s/silent", Bodies.empty());
    }

    await().atMost(Duration.ofSeconds(10)).until(() -> streams.size() == 5);

    assertThat(connections).hasValue(3);
  }

  @Test
  void connectionThatGoesAway_isReplaced() throws Exception {
    UpstreamClient client = peer();
    assertThat(send(client, "/s/goaway", Bodies.empty()).head.get(10, TimeUnit.SECONDS).status())
        .isEqualTo(200);

    Result next = send(client, "/s/status", Bodies.empty());

    assertThat(next.head.get(10, TimeUnit.SECONDS).status()).isEqualTo(200);
    await().atMost(Duration.ofSeconds(10)).until(() -> connections.get() == 2);
  }

  @Test
  void peerOfHttp1_isToldFromOneThatIsDown() throws Exception {
    try (FakeUpstream http1 = new FakeUpstream()) {
      http1.script((request, connection) -> connection.answer(400, "what"));
      UpstreamClient client = client(http1.uri().getPort());

      Result result = send(client, "/s/status", Bodies.empty());

      assertThat(result.head)
          .failsWithin(Duration.ofSeconds(10))
          .withThrowableThat()
          .havingCause()
          .isInstanceOfSatisfying(
              UpstreamException.class,
              e -> assertThat(e.error()).isEqualTo(ProxyError.NOT_IMPLEMENTED));
      assertThat(client.replicas()).allMatch(Replica::isHealthy);
    }
  }
}
