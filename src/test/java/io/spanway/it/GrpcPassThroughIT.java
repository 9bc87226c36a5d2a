// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.spanway.testing.RawClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages, metadata and statuses pass as they are, in both directions and under load. */
@ParameterizedClass
@ValueSource(ints = {1, 2})
final class GrpcPassThroughIT extends GrpcFixture {
  private static final int MIB = 1 << 20;

  @Test
  void messages_comeInOrderWhileTheCallIsUnderWay() throws Exception {
    CountDownLatch first = new CountDownLatch(1);
    tempo.script(
        call -> {
          call.out().onNext(bytes("one"));
          first.await();
          call.out().onNext(bytes("two"));
          call.out().onNext(new byte[0]);
          call.out().onCompleted();
        });
    start();

    Iterator<byte[]> answer = search(channel(), bytes("question"));

    assertThat(answer.next()).isEqualTo(bytes("one"));
    first.countDown();
    assertThat(texts(answer)).containsExactly("two", "");
    assertThat(tempo.call().method()).isEqualTo(SEARCH);
    assertThat(tempo.call().request()).isEqualTo(bytes("question"));
    awaitCounted(200, 1);
    assertThat(gateway.metric("spanway_requests_seconds_count{", "tempo_grpc_search")).isOne();
  }

  @ParameterizedTest
  @CsvSource({
    "tempopb.StreamingQuerier/SearchTagsV2, tempo_grpc_tags",
    "tempopb.StreamingQuerier/MetricsQueryRange, tempo_grpc_metrics",
    "tempopb.StreamingQuerier/Unheard, tempo_grpc_other",
  })
  void everyMethod_isCountedAsItself(String method, String operation) throws Exception {
    start();

    assertThat(texts(call(channel(), method, CallOptions.DEFAULT, bytes("x"))))
        .containsExactly("x");
    assertThat(tempo.call().method()).isEqualTo(method);
    WireFixture.eventually()
        .until(() -> gateway.metric("spanway_requests_seconds_count{", operation) == 1);
  }

  @Test
  void metadata_passesBothWays() throws Exception {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    Metadata before = headers("x-before", "yes");
    before.put(GrpcTempo.binary("x-before-bin"), all);
    Metadata after = headers("x-after", "yes", "x-after", "twice");
    after.put(GrpcTempo.binary("x-after-bin"), all);
    tempo.metadata(before, after);
    start();
    Metadata sent =
        headers("x-custom", "one", "x-custom", "two", "x-scope-orgid", "team-a", "connectionx", "");
    sent.put(GrpcTempo.binary("x-custom-bin"), all);
    AtomicReference<Metadata> head = new AtomicReference<>();
    AtomicReference<Metadata> trailers = new AtomicReference<>();

    Iterator<byte[]> answer =
        search(
            channel(),
            bytes("x"),
            with(sent),
            MetadataUtils.newCaptureMetadataInterceptor(head, trailers));

    assertThat(texts(answer)).containsExactly("x");
    Metadata came = tempo.call().headers();
    assertThat(came.getAll(GrpcTempo.ascii("x-custom"))).containsExactly("one", "two");
    assertThat(came.get(GrpcTempo.binary("x-custom-bin"))).isEqualTo(all);
    assertThat(tempo.call().header("x-scope-orgid")).isEqualTo("team-a");
    assertThat(tempo.call().header("via")).startsWith("2.0 spanway-");
    assertThat(tempo.call().header("traceparent")).startsWith("00-");
    assertThat(tempo.call().header("x-forwarded-for")).isEqualTo("127.0.0.1");
    assertThat(tempo.call().header("user-agent")).startsWith("grpc-java");
    assertThat(head.get().get(GrpcTempo.ascii("x-before"))).isEqualTo("yes");
    assertThat(head.get().get(GrpcTempo.binary("x-before-bin"))).isEqualTo(all);
    assertThat(trailers.get().getAll(GrpcTempo.ascii("x-after"))).containsExactly("yes", "twice");
    assertThat(trailers.get().get(GrpcTempo.binary("x-after-bin"))).isEqualTo(all);
  }

  @Test
  void tenantAndCredentials_areReplaced() throws Exception {
    start(tempo.uri(), "", ", tenant: team-a, auth: { bearer: '${SPANWAY_TEST_NONE:-secret}' }");

    Iterator<byte[]> answer =
        search(
            channel(),
            bytes("x"),
            with(
                headers(
                    "x-scope-orgid",
                    "evil",
                    "x-scope-orgid",
                    "worse",
                    "authorization",
                    "Basic x")));

    assertThat(texts(answer)).containsExactly("x");
    Metadata came = tempo.call().headers();
    assertThat(came.getAll(GrpcTempo.ascii("x-scope-orgid"))).containsExactly("team-a");
    assertThat(came.getAll(GrpcTempo.ascii("authorization"))).containsExactly("Bearer secret");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void errorOfTempo_passesWithItsTrailers(int messages) throws Exception {
    Metadata details = new Metadata();
    details.put(GrpcTempo.binary("grpc-status-details-bin"), new byte[] {8, 8});
    tempo.script(
        call -> {
          for (int i = 0; i < messages; i++) {
            call.out().onNext(bytes("m" + i));
          }
          call.out()
              .onError(
                  Status.RESOURCE_EXHAUSTED
                      .withDescription("zu groß: 100 %\nof it")
                      .asRuntimeException(details));
        });
    start();
    List<String> got = new ArrayList<>();
    Iterator<byte[]> answer = search(channel(), bytes("x"));
    for (int i = 0; i < messages; i++) {
      got.add(new String(answer.next(), StandardCharsets.UTF_8));
    }

    StatusRuntimeException error =
        catchThrowableOfType(StatusRuntimeException.class, answer::hasNext);

    assertThat(got).hasSize(messages);
    assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(error.getStatus().getDescription()).isEqualTo("zu groß: 100 %\nof it");
    assertThat(error.getTrailers().get(GrpcTempo.binary("grpc-status-details-bin")))
        .isEqualTo(new byte[] {8, 8});
    awaitCounted(429, 1);
  }

  @Test
  void methodThatNobodyHas_isUnimplemented() throws Exception {
    start();

    Status status = failure(call(channel(), "tempopb.Other/Get", CallOptions.DEFAULT, bytes("x")));

    assertThat(status.getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
    assertThat(status.getDescription()).contains("tempopb.Other/Get");
    awaitCounted(501, 1);
  }

  @Test
  void deadline_isForwarded() throws Exception {
    start();

    Iterator<byte[]> answer =
        call(
            channel(),
            SEARCH,
            CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS),
            bytes("x"));

    assertThat(texts(answer)).containsExactly("x");
    assertThat(tempo.call().deadline()).isNotNull();
    assertThat(tempo.call().deadline().timeRemaining(TimeUnit.SECONDS)).isBetween(5L, 20L);
  }

  @Test
  void messageOf16Mebibytes_passesBothWays() throws Exception {
    byte[] large = new byte[16 * MIB];
    new Random(1).nextBytes(large);
    start();

    Iterator<byte[]> answer = search(channel(), large);

    assertThat(answer.next()).isEqualTo(large);
    assertThat(answer.hasNext()).isFalse();
  }

  @Test
  void twoHundredCallsOfOneConnection_runAtTheSameTime() throws Exception {
    int calls = 200;
    CountDownLatch all = new CountDownLatch(calls);
    tempo.script(
        call -> {
          all.countDown();
          all.await();
          call.out().onNext(call.request());
          call.out().onCompleted();
        });
    start();
    ManagedChannel channel = channel();
    List<Iterator<byte[]>> answers = new ArrayList<>();

    for (int i = 0; i < calls; i++) {
      answers.add(search(channel, bytes("call " + i)));
    }

    for (int i = 0; i < calls; i++) {
      assertThat(texts(answers.get(i))).containsExactly("call " + i);
    }
    assertThat(gateway.metric("spanway_client_connections", "")).isOne();
  }

  @Test
  void slowReader_holdsUpTempoAndNobodyElse() throws Exception {
    int pieces = 2048;
    byte[] piece = new byte[64 << 10];
    AtomicInteger sent = new AtomicInteger();
    tempo.script(
        call -> {
          if (call.request().length > 0) {
            call.out().onNext(call.request());
            call.out().onCompleted();
            return;
          }
          while (sent.get() < pieces) {
            while (!call.out().isReady()) {
              call.ready().acquire();
            }
            call.out().onNext(piece);
            sent.incrementAndGet();
          }
          call.out().onCompleted();
        });
    start();
    BlockingQueue<Integer> got = new LinkedBlockingQueue<>();
    CountDownLatch closed = new CountDownLatch(1);
    ManagedChannel channel = channel();
    ClientCall<byte[], byte[]> slow =
        channel.newCall(GrpcTempo.method(SEARCH), CallOptions.DEFAULT);
    slow.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(byte[] message) {
            got.add(message.length);
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            closed.countDown();
          }
        },
        new Metadata());
    slow.request(1);
    slow.sendMessage(new byte[0]);
    slow.halfClose();
    assertThat(got.poll(10, TimeUnit.SECONDS)).isEqualTo(piece.length);

    // 128 MiB are to come: what is sent without being taken is a few windows and kernel buffers.
    int[] last = {-1, 0};
    WireFixture.eventually()
        .until(
            () -> {
              int now = sent.get();
              last[1] = now == last[0] ? last[1] + 1 : 0;
              last[0] = now;
              return last[1] >= 60;
            });
    assertThat(sent.get()).isLessThan(pieces / 4);
    assertThat(texts(search(channel, bytes("another")))).containsExactly("another");

    slow.request(Integer.MAX_VALUE);
    assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(got).hasSize(pieces - 1);
  }

  @Test
  void clientThatCancels_cancelsAtTempo() throws Exception {
    tempo.script(call -> call.out().onNext(bytes("one")));
    start();
    Context.CancellableContext context = Context.current().withCancellation();
    Iterator<byte[]> answer = context.call(() -> search(channel(), bytes("x")));
    assertThat(answer.next()).isEqualTo(bytes("one"));

    context.cancel(null);

    assertThat(tempo.call().cancelled().await(10, TimeUnit.SECONDS)).isTrue();
    awaitCounted(499, 1);
  }

  @Test
  void quietCall_isFreeOfTimeouts() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    tempo.script(
        call -> {
          call.out().onNext(bytes("one"));
          go.await();
          call.out().onNext(bytes("late"));
          call.out().onCompleted();
        });
    loki.script((request, connection) -> connection.awaitClosed());
    start(
        tempo.uri(),
        ", idleTimeout: 100ms, bodyTimeout: 100ms, writeTimeout: 100ms",
        ", timeouts: { firstByte: 100ms, read: 100ms, idle: 100ms }",
        ", timeouts: { firstByte: 700ms }");
    Iterator<byte[]> answer = search(channel(), bytes("x"));
    assertThat(answer.next()).isEqualTo(bytes("one"));

    // Something else runs into a time-out that is longer than all of the call's.
    try (RawClient other = gateway.client()) {
      assertThat(other.get(WireFixture.RELAYED).status()).isEqualTo(504);
    }
    go.countDown();

    assertThat(texts(answer)).containsExactly("late");
  }
}
