// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.spanway.body.Bodies;
import io.spanway.http.GrpcStatus;
import io.spanway.http.ProxyError;
import io.spanway.http.RequestHead;
import io.spanway.http.RequestTarget;
import io.spanway.http.ResponseHead;
import io.spanway.http.TraceContext;
import io.spanway.identity.Caller;
import io.spanway.identity.IdentityConfig;
import io.spanway.route.Operation;
import io.spanway.route.RouteMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ExchangeTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private FakeServerExchange server;
  private final List<String> seen = new ArrayList<>();
  private Exchange exchange;

  @BeforeEach
  void begin() throws Exception {
    server =
        new FakeServerExchange(
            channel,
            new RequestHead(
                "GET",
                RequestTarget.parse("/loki/api/v1/labels"),
                new DefaultHttpHeaders().add("X-Scope-OrgID", "team-a")),
            false);
    exchange = exchange(Operation.LOKI_LABELS);
  }

  private void beginGrpc(boolean http2) throws Exception {
    server =
        new FakeServerExchange(
            channel,
            new RequestHead(
                "POST",
                RequestTarget.parse("/tempopb.StreamingQuerier/Search"),
                new DefaultHttpHeaders().add("content-type", "application/grpc")),
            http2);
    exchange = exchange(Operation.TEMPO_GRPC_SEARCH);
  }

  private Exchange exchange(Operation operation) {
    return new Exchange(
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
        new RouteMatch(operation, server.request().target().rawPath(), Map.of()),
        Caller.of(server.request(), IdentityConfig.DEFAULT),
        TraceContext.of(server.request().headers(), () -> 1),
        ExchangeTracer.NONE);
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
    server.closed(true);
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
    server.closed(true);
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
    server.closed(false);
    exchange.onAbandon(() -> seen.add("at once"));

    assertThat(seen).containsExactly("DC", "abandoned", "499 DC team-a", "at once");
    assertThat(exchange.isOver()).isTrue();
  }

  @Test
  void errorToAGrpcClient_isTrailersOnly() throws Exception {
    beginGrpc(true);
    exchange.reject(ProxyError.CONNECTION_REFUSED, "tempo: 100 % gone", "refused");
    server.closed(true);

    assertThat(server.answers).containsExactly(200);
    assertThat(server.headers.get("content-type")).isEqualTo("application/grpc");
    assertThat(server.headers.get("grpc-status")).isEqualTo("14");
    assertThat(server.headers.get("grpc-message")).isEqualTo("tempo: 100 %25 gone");
    assertThat(seen).containsExactly("UF", "502 UF null");
  }

  @Test
  void errorToAGrpcRequestByHttp1_isText() throws Exception {
    beginGrpc(false);
    exchange.reject(ProxyError.HTTP_VERSION_NOT_SUPPORTED, "gRPC requires HTTP/2", "HTTP/1.1");

    assertThat(server.answers).containsExactly(505);
    assertThat(server.headers.get("content-type")).startsWith("text/plain");
    assertThat(server.headers.contains("grpc-status")).isFalse();
  }

  @Test
  void grpcStatus_standsForTheAnswers() throws Exception {
    beginGrpc(true);
    exchange.respond(new ResponseHead(200, new DefaultHttpHeaders()), Bodies.empty());
    exchange.grpcStatus(GrpcStatus.RESOURCE_EXHAUSTED);
    server.closed(true);

    assertThat(seen).containsExactly("429 null null");
  }

  @Test
  void grpcClientThatLeavesInMidStream_is499() throws Exception {
    beginGrpc(true);
    exchange.respond(new ResponseHead(200, new DefaultHttpHeaders()), Bodies.empty());
    server.closed(false);

    assertThat(seen).containsExactly("DC", "499 DC null");
  }
}
