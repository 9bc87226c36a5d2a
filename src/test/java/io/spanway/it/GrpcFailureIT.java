// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.netty.handler.codec.http2.Http2Error;
import io.spanway.testing.RawClient;
import java.net.URI;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever goes wrong, a client of gRPC hears of it in gRPC, and nothing is left running. */
@ParameterizedClass
@ValueSource(ints = {1, 2})
final class GrpcFailureIT extends GrpcFixture {
  private static final String REMEDY =
      "set stream_over_http_enabled in tempo, or tempo.grpcUrls in Spanway";

  /** A message of one byte. */
  private static final String MESSAGE = "\u0000\u0000\u0000\u0000\u0001x";

  @Test
  void tempoThatIsDown_isUnavailable() throws Exception {
    URI nobody = tempo.uri();
    tempo.close();
    start(nobody, "", "");

    Status status = failure(search(channel(), bytes("x")));

    assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(status.getDescription()).isEqualTo("tempo cannot be reached: connection refused");
    awaitCounted(502, 1);
    assertThat(gateway.errors("UF")).isOne();
  }

  @Test
  void tempoThatSpeaksHttp1Only_isUnimplementedAndSaysWhatToDo() throws Exception {
    start(loki.uri(), "", "");

    Status status = failure(search(channel(), bytes("x")));

    assertThat(status.getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
    assertThat(status.getDescription()).contains(REMEDY);
    awaitCounted(501, 1);
    assertThat(gateway.errors("GN")).isOne();
  }

  @ParameterizedTest
  @CsvSource({
    "400, bad things, INVALID_ARGUMENT, tempo answered 400: bad things",
    "401, no org id, UNAUTHENTICATED, tempo answered 401: no org id",
    "403, '', PERMISSION_DENIED, tempo answered 403",
    "404, '404 page not found\nmore', UNIMPLEMENTED, 'tempo answered 404: 404 page not found (no"
        + " gRPC there? set stream_over_http_enabled in tempo, or tempo.grpcUrls in Spanway)'",
    "429, slow down, RESOURCE_EXHAUSTED, tempo answered 429: slow down",
    "500, oops, INTERNAL, tempo answered 500: oops",
    "502, <html>bad</html>, UNAVAILABLE, tempo answered 502",
    "504, gateway time-out, DEADLINE_EXCEEDED, tempo answered 504: gateway time-out",
    "200, <html>login</html>, INTERNAL, tempo answered 200",
    "302, over there, INTERNAL, tempo answered 302: over there",
  })
  void answerThatIsNotGrpcs_becomesAStatus(int http, String text, Status.Code code, String message)
      throws Exception {
    try (var raw =
        new RawHttp2Tempo(
            stream ->
                stream
                    .head(false, ":status", "" + http, "content-type", "text/plain")
                    .data(true, text))) {
      start(raw.uri(), "", "");

      Status status = failure(search(channel(), bytes("x")));

      assertThat(status.getCode()).isEqualTo(code);
      assertThat(status.getDescription()).isEqualTo(message);
      awaitCounted(http < 400 ? 500 : http, 1);
    }
  }

  @Test
  void answerWithoutAStatus_isInternal() throws Exception {
    try (var raw =
        new RawHttp2Tempo(
            stream ->
                stream
                    .head(false, ":status", "200", "content-type", "application/grpc")
                    .data(true, MESSAGE))) {
      start(raw.uri(), "", "");
      Iterator<byte[]> answer = search(channel(), bytes("x"));

      assertThat(answer.next()).isEqualTo(bytes("x"));
      Status status = failure(answer);

      assertThat(status.getCode()).isEqualTo(Status.Code.INTERNAL);
      assertThat(status.getDescription()).isEqualTo("tempo ended its answer without a grpc-status");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void tempoThatBreaksOffInMidStream_isUnavailable(boolean reset) throws Exception {
    CountDownLatch read = new CountDownLatch(1);
    try (var raw =
        new RawHttp2Tempo(
            stream -> {
              stream
                  .head(false, ":status", "200", "content-type", "application/grpc")
                  .data(false, MESSAGE);
              new Thread(
                      () -> {
                        try {
                          read.await();
                        } catch (InterruptedException e) {
                          Thread.currentThread().interrupt();
                        }
                        if (reset) {
                          stream.reset(Http2Error.INTERNAL_ERROR);
                        } else {
                          stream.dropConnection();
                        }
                      })
                  .start();
            })) {
      start(raw.uri(), "", "");
      Iterator<byte[]> answer = search(channel(), bytes("x"));
      assertThat(answer.next()).isEqualTo(bytes("x"));

      read.countDown();
      Status status = failure(answer);

      assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(status.getDescription()).isEqualTo("tempo broke off in the middle of its answer");
      awaitCounted(503, 1);
      assertThat(gateway.errors("UI")).isOne();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void deadlineThatTempoForgets_isKeptBySpanway(boolean afterAMessage) throws Exception {
    try (var raw =
        new RawHttp2Tempo(
            stream -> {
              if (afterAMessage) {
                stream
                    .head(false, ":status", "200", "content-type", "application/grpc")
                    .data(false, MESSAGE);
              }
            })) {
      start(raw.uri(), "", "");

      // As metadata, so that grpc-java itself knows of no deadline.
      Status status = failure(search(channel(), bytes("x"), with(headers("grpc-timeout", "100m"))));

      assertThat(status.getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
      assertThat(status.getDescription()).isEqualTo("the deadline of the call has passed");
      WireFixture.eventually()
          .untilAsserted(() -> assertThat(raw.resets()).containsExactly(Http2Error.CANCEL.code()));
      awaitCounted(504, 1);
      assertThat(gateway.errors("GD")).isOne();
    }
  }

  @Test
  void deadlineThatTempoKeeps_isToldAsOne() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    tempo.script(call -> never.await());
    start();

    Status status = failure(search(channel(), bytes("x"), with(headers("grpc-timeout", "100m"))));

    assertThat(status.getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    assertThat(tempo.call().deadline()).isNotNull();
    awaitCounted(504, 1);
  }

  @Test
  void deadlineOfTheClient_endsTheCallAtTempo() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    tempo.script(call -> never.await());
    start();

    Status status =
        failure(
            call(
                channel(),
                SEARCH,
                CallOptions.DEFAULT.withDeadlineAfter(200, TimeUnit.MILLISECONDS),
                bytes("x")));

    assertThat(status.getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    assertThat(tempo.call().cancelled().await(10, TimeUnit.SECONDS)).isTrue();
    gateway.awaitIdle();
  }

  @ParameterizedTest
  @ValueSource(strings = {"soon", "1", "-1S", "123456789S"})
  void malformedDeadline_isAnInvalidArgument(String timeout) throws Exception {
    start();

    Status status = failure(search(channel(), bytes("x"), with(headers("grpc-timeout", timeout))));

    assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(status.getDescription()).startsWith("grpc-timeout is malformed");
    assertThat(tempo.calls()).isEmpty();
    awaitCounted(400, 1);
  }

  @Test
  void administration_isDenied() throws Exception {
    start();

    Status status = failure(call(channel(), "flush/now", CallOptions.DEFAULT, bytes("x")));

    assertThat(status.getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    assertThat(status.getDescription()).contains("limits.allowAdminPaths");
    awaitCounted(403, 1);
  }

  @Test
  void connectionThatVanishes_cancelsItsCalls() throws Exception {
    tempo.script(call -> call.out().onNext(bytes("one")));
    start();
    ManagedChannel channel = channel();
    for (int i = 0; i < 10; i++) {
      assertThat(search(channel, bytes("x")).next()).isEqualTo(bytes("one"));
    }

    channel.shutdownNow();

    for (GrpcTempo.Call each : tempo.calls()) {
      assertThat(each.cancelled().await(10, TimeUnit.SECONDS)).isTrue();
    }
    gateway.awaitIdle();
  }

  @Test
  void stop_letsCallsFinishAndTakesNoMore() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    tempo.script(
        call -> {
          call.out().onNext(bytes("one"));
          go.await();
          call.out().onNext(bytes("two"));
          call.out().onCompleted();
        });
    start();
    ManagedChannel channel = channel();
    Iterator<byte[]> answer = search(channel, bytes("x"));
    assertThat(answer.next()).isEqualTo(bytes("one"));

    CompletableFuture<Boolean> stopped =
        CompletableFuture.supplyAsync(() -> gateway.app().stop(), task -> new Thread(task).start());
    WireFixture.eventually().until(() -> gateway.admin("/readyz").status() == 503);
    WireFixture.eventually()
        .untilAsserted(
            () ->
                assertThat(failure(search(channel, bytes("y"))).getCode())
                    .isEqualTo(Status.Code.UNAVAILABLE));

    assertThat(stopped).isNotDone();
    go.countDown();
    assertThat(texts(answer)).containsExactly("two");
    assertThat(stopped.get(10, TimeUnit.SECONDS)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "POST, application/grpc, 505, gRPC requires HTTP/2",
    "POST, application/grpc-web, 415, this path takes gRPC only",
    "POST, application/json, 415, this path takes gRPC only",
    "GET, application/grpc, 405, method not allowed (expected: POST)",
  })
  void whatIsNoGrpcCall_isRefusedInPlainText(String method, String type, int status, String message)
      throws Exception {
    start();
    try (RawClient client = gateway.client()) {
      client.send(
          method
              + " /tempopb.StreamingQuerier/Search HTTP/1.1\r\nHost: s\r\nContent-Type: "
              + type
              + "\r\nTE: trailers\r\nContent-Length: 5\r\n\r\n\u0000\u0000\u0000\u0000\u0000");

      RawClient.Answer answer = client.answer();

      assertThat(answer.status()).isEqualTo(status);
      assertThat(answer.header("content-type")).startsWith("text/plain");
      assertThat(answer.header("grpc-status")).isNull();
      assertThat(answer.body()).startsWith(message);
    }
    assertThat(tempo.calls()).isEmpty();
  }

  @Test
  void callerAboveItsRate_isOutOfResources() throws Exception {
    start(tempo.uri(), "", " }\nlimits: { rate: { requestsPerSecond: 1, burst: 1 }");
    ManagedChannel channel = channel();
    // A machine that is slow enough may find the next second begun.
    Status status = Status.OK;
    for (int i = 0; i < 100 && status.isOk(); i++) {
      try {
        assertThat(texts(search(channel, bytes("x")))).containsExactly("x");
      } catch (StatusRuntimeException e) {
        status = e.getStatus();
      }
    }

    assertThat(status.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(status.getDescription()).isEqualTo("too many requests a second from this caller");
    assertThat(gateway.errors("CO")).isOne();
  }

  @Test
  void callBeyondTheLimit_isUnavailable() throws Exception {
    CountDownLatch stalled = new CountDownLatch(1);
    CountDownLatch arrived = new CountDownLatch(1);
    tempo.script(
        call -> {
          call.out().onNext(call.request());
          arrived.countDown();
          stalled.await();
          call.out().onCompleted();
        });
    start(tempo.uri(), "", " }\nlimits: { maxInFlight: 1, queue: { timeout: 50ms }");
    ManagedChannel channel = channel();
    Iterator<byte[]> first = search(channel, bytes("x"));
    assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();

    Status status = failure(search(channel, bytes("y")));

    assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(status.getDescription()).isEqualTo("Spanway has too many requests: waited in vain");
    stalled.countDown();
    assertThat(texts(first)).containsExactly("x");
  }
}
