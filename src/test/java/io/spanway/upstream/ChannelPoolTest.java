// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.spanway.body.Bodies;
import io.spanway.body.BodySource;
import io.spanway.http.OutboundRequest;
import io.spanway.http.ResponseHead;
import io.spanway.testing.FakeUpstream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** What only the native transport gets wrong when it is not held right. */
final class ChannelPoolTest {
  private static final int TIMES = 20;

  static boolean epoll() {
    return Epoll.isAvailable();
  }

  /** Sends a GET whose answer goes to {@code handler}. */
  private static UpstreamCall get(UpstreamClient client, EventLoop loop, ResponseHandler handler) {
    return client.send(
        loop, new OutboundRequest("GET", "/", new DefaultHttpHeaders()), Bodies.empty(), handler);
  }

  @Test
  @EnabledIf("epoll")
  void connectionMadeWhereAnotherWasClosed_getsNoneOfItsEvents() throws Exception {
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    EventLoop loop = group.next();
    try (FakeUpstream fake = new FakeUpstream()) {
      UpstreamClient client =
          new UpstreamClient(
              new UpstreamSettings(
                  "loki",
                  List.of(UpstreamAddress.parse(fake.uri().toString())),
                  UpstreamSettings.Protocol.HTTP1,
                  UpstreamTimeouts.DEFAULT,
                  UpstreamHealth.DEFAULT,
                  UpstreamTls.DEFAULT,
                  16,
                  16,
                  EpollSocketChannel.class,
                  UpstreamRetries.OFF),
              Runnable::run,
              PoolListener.NONE);
      for (int i = 0; i < TIMES; i++) {
        CountDownLatch asked = new CountDownLatch(2);
        CountDownLatch go = new CountDownLatch(1);
        CountDownLatch sent = new CountDownLatch(2);
        fake.script(
            (request, connection) -> {
              asked.countDown();
              go.await();
              // Closed by the answer, so that no connection is kept for the third call.
              connection.send("HTTP/1.1 400 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
              sent.countDown();
            });
        CompletableFuture<Object> third = new CompletableFuture<>();
        List<UpstreamCall> calls = new ArrayList<>();
        ResponseHandler first =
            new ResponseHandler() {
              private boolean told;

              @Override
              public void onResponse(ResponseHead head, BodySource body) {
                body.cancel();
                if (told) {
                  return;
                }
                told = true;
                // The other answer is there too, and its event is still to be handled.
                calls.forEach(UpstreamCall::cancel);
                fake.script((request, connection) -> connection.answer(200, "fine\n"));
                get(client, loop, new Telling(third));
              }

              @Override
              public void onFailure(UpstreamException failure) {
                third.complete(failure);
              }
            };
        loop.submit(
                () -> {
                  calls.add(get(client, loop, first));
                  calls.add(get(client, loop, first));
                })
            .get(10, TimeUnit.SECONDS);
        assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
        // Both answers are in the sockets before the loop looks at either.
        loop.execute(
            () -> {
              go.countDown();
              try {
                if (!sent.await(10, TimeUnit.SECONDS)) {
                  third.complete("the answers were not sent");
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
        assertThat(third.get(10, TimeUnit.SECONDS)).isEqualTo(200);
      }
      client.close();
    } finally {
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }
  }

  private record Telling(CompletableFuture<Object> outcome) implements ResponseHandler {
    @Override
    public void onResponse(ResponseHead head, BodySource body) {
      body.cancel();
      outcome.complete(head.status());
    }

    @Override
    public void onFailure(UpstreamException failure) {
      outcome.complete(failure);
    }
  }
}
