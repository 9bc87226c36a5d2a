// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.Bodies;
import io.spanway.body.BodySource;
import io.spanway.http.ProxyError;
import io.spanway.http.RequestHead;
import io.spanway.http.RequestTarget;
import io.spanway.http.ResponseHead;
import io.spanway.http.TraceContext;
import io.spanway.identity.Caller;
import io.spanway.identity.IdentityConfig;
import io.spanway.route.Operation;
import io.spanway.route.RouteMatch;
import io.spanway.server.ServerExchange;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ExchangeTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Server server = new Server();
  private final List<String> seen = new ArrayList<>();
  private Exchange exchange;

  @BeforeEach
  void begin() throws Exception {
    server.head =
        new RequestHead(
            "GET",
            RequestTarget.parse("/loki/api/v1/labels"),
            new DefaultHttpHeaders().add("X-Scope-OrgID", "team-a"));
    exchange =
        new Exchange(
            server,
            new ExchangeListener() {
              @Override
              public void finished(ExchangeSummary summary) {
                seen.add(summary.status() + " " + summary.flag() + " " + summary.tenant());
              }

              @Override
              public void error(ProxyError error) {
                seen.add(error.flag());
              }
            },
            new RouteMatch(Operation.LOKI_LABELS, "/loki/api/v1/labels", Map.of()),
            Caller.of(server.head, IdentityConfig.DEFAULT),
            TraceContext.of(server.head.headers(), () -> 1));
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private static IllegalStateException fault() {
    return new IllegalStateException("a fault that a test makes");
  }

  @Test
  void faultInATask_endsWith500AndSaysNothingOfIt() {
    exchange.guarded(
        () -> {
          throw fault();
        });

    assertThat(server.answers).containsExactly(500);
    assertThat(server.headers.get("Content-Type")).startsWith("text/plain");
    server.end.closed(true);
    assertThat(seen).containsExactly("GE", "500 GE team-a");
  }

  @Test
  void faultOnAWorker_endsWith500OnTheLoop() {
    exchange.offLoop(
        Runnable::run,
        () -> {
          throw fault();
        });
    assertThat(server.answers).isEmpty();
    channel.runPendingTasks();

    assertThat(server.answers).containsExactly(500);
  }

  @Test
  void workerThatHasStopped_is503() {
    exchange.offLoop(
        task -> {
          throw new RejectedExecutionException("stopped");
        },
        () -> seen.add("ran"));

    assertThat(server.answers).containsExactly(503);
    assertThat(server.headers.get("Retry-After")).isEqualTo("1");
    assertThat(seen).containsExactly("GO");
  }

  @Test
  void faultAfterTheAnswerBegan_breaksItOff() {
    exchange.respond(new ResponseHead(200, new DefaultHttpHeaders()), Bodies.empty());
    exchange.broken(fault());

    assertThat(server.answers).containsExactly(200);
    assertThat(server.aborts).isEqualTo(1);
  }

  @Test
  void faultAfterTheEnd_leavesTheConnectionAlone() {
    exchange.respond(new ResponseHead(200, new DefaultHttpHeaders()), Bodies.empty());
    server.end.closed(true);
    exchange.broken(fault());

    assertThat(server.aborts).isZero();
    assertThat(seen).startsWith("200 null team-a");
  }

  @Test
  void everyAnswer_saysWhatTheCacheDid() {
    exchange.respond(new ResponseHead(200, new DefaultHttpHeaders()), Bodies.empty());

    assertThat(server.headers.get("X-Spanway-Cache")).isEqualTo("bypass; operation");
  }

  @Test
  void clientThatLeaves_isTold499AndEndsWhatIsUnderWay() {
    exchange.onAbandon(() -> seen.add("abandoned"));
    server.end.closed(false);
    exchange.onAbandon(() -> seen.add("at once"));

    assertThat(seen).containsExactly("DC", "abandoned", "499 DC team-a", "at once");
    assertThat(exchange.isOver()).isTrue();
  }

  /** Notes what it is told. */
  private final class Server implements ServerExchange {
    private final List<Integer> answers = new ArrayList<>();
    private RequestHead head;
    private HttpHeaders headers;
    private int aborts;
    private ExchangeEnd end;

    @Override
    public RequestHead request() {
      return head;
    }

    @Override
    public BodySource requestBody() {
      return Bodies.empty();
    }

    @Override
    public EventLoop eventLoop() {
      return channel.eventLoop();
    }

    @Override
    public SocketAddress remoteAddress() {
      return InetSocketAddress.createUnresolved("client", 1);
    }

    @Override
    public boolean isSecure() {
      return false;
    }

    @Override
    public void respond(ResponseHead answer, BodySource body) {
      answers.add(answer.status());
      headers = answer.headers();
      body.cancel();
    }

    @Override
    public void upgrade(ResponseHead answer, ChannelHandler tunnel) {
      answers.add(answer.status());
    }

    @Override
    public void abort() {
      aborts++;
    }

    @Override
    public void onClose(ExchangeEnd task) {
      end = task;
    }
  }
}
