// SPDX-License-Identifier: Apache-2.0
package io.spanway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.spanway.body.Bodies;
import io.spanway.body.BodySource;
import io.spanway.http.OutboundRequest;
import io.spanway.http.ProxyError;
import io.spanway.testing.FakeUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where a call goes when connections end and names change. */
final class FailoverTest {
  private static final FakeUpstream.Script FINE =
      (request, connection) -> {
        connection.readBody(request);
        connection.answer(200, "fine\n");
      };

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoop loop = group.next();
  private final AtomicLong clock = new AtomicLong();
  private final List<FakeUpstream> upstreams = new ArrayList<>();
  private volatile List<String> addresses = List.of();
  private Duration connect = Duration.ofSeconds(5);
  private int most = 8;
  private FakeUpstream one;
  private FakeUpstream other;

  @BeforeEach
  void startUpstreams() throws IOException {
    one = new FakeUpstream();
    upstreams.add(one);
    other = new FakeUpstream(new InetSocketAddress("127.0.0.2", one.uri().getPort()));
    upstreams.add(other);
  }

  @AfterEach
  void stop() throws IOException {
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    for (FakeUpstream each : upstreams) {
      each.close();
      assertThat(each.mistakes()).isEmpty();
    }
  }

  /** A client of a name whose addresses are {@link #addresses}. */
  private UpstreamClient client(String... first) {
    addresses = List.of(first);
    UpstreamSettings settings =
        new UpstreamSettings(
            "loki",
            List.of(new UpstreamAddress("loki.example", one.uri().getPort(), "")),
            UpstreamSettings.Protocol.HTTP1,
            new UpstreamTimeouts(
                connect, Duration.ofSeconds(20), Duration.ofSeconds(20), Duration.ofSeconds(90)),
            new UpstreamHealth(3, Duration.ofHours(1), Duration.ofHours(1), Duration.ZERO),
            UpstreamTls.DEFAULT,
            most,
            16,
            NioSocketChannel.class,
            UpstreamRetries.OFF);
    ReplicaDirectory directory =
        new ReplicaDirectory(
            settings.urls(),
            new ReplicaSet(settings.health(), System::nanoTime, () -> {}),
            host -> {
              List<InetAddress> found = new ArrayList<>();
              for (String each : addresses) {
                found.add(InetAddress.getByName(each));
              }
              return found;
            },
            Runnable::run,
            clock::get);
    return new UpstreamClient(
        settings, Runnable::run, PoolListener.NONE, directory, Http2KeepAlive.DEFAULT);
  }

  private CallResult send(UpstreamClient client, String method) throws Exception {
    CallResult result = new CallResult();
    BodySource body =
        method.equals("POST")
            ? Bodies.of(Unpooled.copiedBuffer("body", StandardCharsets.US_ASCII))
            : Bodies.empty();
    loop.submit(
            () ->
                client.send(
                    loop, new OutboundRequest(method, "/", new DefaultHttpHeaders()), body, result))
        .get();
    return result;
  }

  private int get(UpstreamClient client) throws Exception {
    return send(client, "GET").code();
  }

  /** Answers the first request of each connection, and closes the connection on the next one. */
  private static FakeUpstream.Script onceEach(AtomicInteger closed) {
    ThreadLocal<Boolean> served = ThreadLocal.withInitial(() -> false);
    return (request, connection) -> {
      connection.readBody(request);
      if (served.get()) {
        closed.incrementAndGet();
        connection.close();
      } else {
        served.set(true);
        connection.answer(200, "fine\n");
      }
    };
  }

  @Test
  void keptConnectionThatCloses_isFollowedByOneOfTheOther() throws Exception {
    UpstreamClient client = client("127.0.0.1", "127.0.0.2");
    assertThat(get(client)).isEqualTo(200);
    assertThat(get(client)).isEqualTo(200);
    AtomicInteger closed = new AtomicInteger();
    FakeUpstream.Script close =
        (request, connection) -> {
          closed.incrementAndGet();
          one.script(FINE);
          other.script(FINE);
          connection.close();
        };
    one.script(close);
    other.script(close);

    assertThat(get(client)).isEqualTo(200);

    assertThat(closed).hasValue(1);
    assertThat(one.requests().size() + other.requests().size()).isEqualTo(4);
    assertThat(one.requests()).hasSize(2);
    assertThat(client.replicas()).allMatch(Replica::isHealthy);
  }

  @Test
  void readIsRepeatedOnce_andNoMore() throws Exception {
    UpstreamClient client = client("127.0.0.1", "127.0.0.2");
    assertThat(get(client)).isEqualTo(200);
    assertThat(get(client)).isEqualTo(200);
    FakeUpstream.Script close = (request, connection) -> connection.close();
    one.script(close);
    other.script(close);

    assertThat(send(client, "GET").error()).isEqualTo(ProxyError.CONNECTION_TERMINATED);

    assertThat(one.requests().size() + other.requests().size()).isEqualTo(4);
  }

  @Test
  void writeWhoseConnectionCloses_isNotRepeated() throws Exception {
    UpstreamClient client = client("127.0.0.1");
    AtomicInteger closed = new AtomicInteger();
    one.script(onceEach(closed));
    assertThat(send(client, "POST").code()).isEqualTo(200);

    assertThat(send(client, "POST").error()).isEqualTo(ProxyError.CONNECTION_TERMINATED);

    assertThat(closed).hasValue(1);
    assertThat(one.requests()).hasSize(2);
  }

  @Test
  void readThatLostItsConnectionLate_hasTheWholeTimeForAnother() throws Exception {
    connect = Duration.ofMillis(400);
    FakeUpstream third = new FakeUpstream(new InetSocketAddress("127.0.0.3", one.uri().getPort()));
    upstreams.add(third);
    other.close();
    CountDownLatch late = new CountDownLatch(1);
    UpstreamClient client = client("127.0.0.1");
    assertThat(get(client)).isEqualTo(200);
    one.script(
        (request, connection) -> {
          late.await();
          connection.close();
        });
    CallResult result = send(client, "GET");
    await().until(() -> one.requests().size() == 2);
    addresses = List.of("127.0.0.1", "127.0.0.2", "127.0.0.3");
    clock.addAndGet(TimeUnit.SECONDS.toNanos(11));
    loop.submit(() -> client.look(loop, () -> {})).get();
    loop.submit(() -> client.look(loop, () -> {})).get();

    // An answer that takes longer than a connection may.
    loop.schedule(late::countDown, 600, TimeUnit.MILLISECONDS).get();

    // Past the one that refuses, which is not the end of the time.
    assertThat(result.code()).isEqualTo(200);
    assertThat(client.replicas().get(1).isHealthy()).isFalse();
    assertThat(third.requests()).hasSize(1);
  }

  @Test
  void repeatedRead_getsRoomWhereAllConnectionsAreIdle() throws Exception {
    most = 1;
    UpstreamClient client = client("127.0.0.1", "127.0.0.2");
    assertThat(get(client)).isEqualTo(200);
    assertThat(get(client)).isEqualTo(200);
    AtomicInteger closed = new AtomicInteger();
    FakeUpstream.Script close =
        (request, connection) -> {
          closed.incrementAndGet();
          one.script(FINE);
          other.script(FINE);
          connection.close();
        };
    one.script(close);
    other.script(close);
    long start = System.nanoTime();

    assertThat(get(client)).isEqualTo(200);

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(connect);
    assertThat(closed).hasValue(1);
  }

  @Test
  void callBeyondTheConnections_waitsAsLongAsForANewOne() throws Exception {
    most = 1;
    connect = Duration.ofMillis(200);
    CountDownLatch go = new CountDownLatch(1);
    one.script(
        (request, connection) -> {
          go.await();
          connection.answer(200, "late\n");
        });
    UpstreamClient client = client("127.0.0.1");
    CallResult busy = send(client, "GET");
    await().until(() -> one.requests().size() == 1);

    assertThat(send(client, "GET").error()).isEqualTo(ProxyError.CONNECTION_LIMIT_REACHED);

    go.countDown();
    assertThat(busy.code()).isEqualTo(200);
    assertThat(one.requests()).hasSize(1);
    assertThat(client.replicas()).allMatch(Replica::isHealthy);
  }

  @Test
  void pinnedCall_goesNowhereElse() throws Exception {
    UpstreamClient client = client("127.0.0.1", "127.0.0.2");
    assertThat(get(client)).isEqualTo(200);
    Replica pinned = client.replicas().get(1);
    other.close();
    int before = one.requests().size();
    CallResult result = new CallResult();

    loop.submit(
            () ->
                client.send(
                    loop,
                    pinned,
                    new OutboundRequest("GET", "/", new DefaultHttpHeaders()),
                    Bodies.empty(),
                    result))
        .get();

    assertThat(result.error())
        .isIn(ProxyError.CONNECTION_REFUSED, ProxyError.CONNECTION_TERMINATED);
    assertThat(one.requests()).hasSize(before);
  }

  @Test
  void callsThatAreGivenUp_sayNothingOfTheirReplicas() throws Exception {
    UpstreamClient client = client("127.0.0.1", "127.0.0.2");
    FakeUpstream.Script hang = (request, connection) -> connection.awaitClosed();
    one.script(hang);
    other.script(hang);
    for (int i = 0; i < 1000; i++) {
      CallResult result = new CallResult();
      // Some while they connect, some on their way.
      CountDownLatch later = new CountDownLatch(i % 3);
      UpstreamCall call =
          loop.submit(
                  () ->
                      client.send(
                          loop,
                          new OutboundRequest("GET", "/", new DefaultHttpHeaders()),
                          Bodies.empty(),
                          result))
              .get();
      while (later.getCount() > 0) {
        loop.submit(later::countDown).get();
      }
      loop.submit(call::cancel).get();
      assertThat(result.isOver()).isFalse();
    }

    assertThat(client.replicas()).hasSize(2).allMatch(Replica::isHealthy);
    assertThat(client.replicas()).allMatch(each -> each.pending() == 0);
    one.script(FINE);
    other.script(FINE);
    assertThat(get(client)).isEqualTo(200);
    assertThat(get(client)).isEqualTo(200);
  }

  @Test
  void nameThatChanges_takesItsConnectionsAlong() throws Exception {
    UpstreamClient client = client("127.0.0.1");
    assertThat(get(client)).isEqualTo(200);
    assertThat(one.openConnections()).isEqualTo(1);
    Replica gone = client.replicas().get(0);

    addresses = List.of("127.0.0.2");
    clock.addAndGet(TimeUnit.SECONDS.toNanos(11));
    // Sets the look-up off; this one may still go to the old address, the next ones may not.
    assertThat(get(client)).isEqualTo(200);
    int before = one.requests().size();
    for (int i = 0; i < 5; i++) {
      assertThat(get(client)).isEqualTo(200);
    }

    assertThat(one.requests()).hasSize(before);
    assertThat(other.requests()).hasSizeGreaterThanOrEqualTo(5);
    assertThat(client.replicas()).hasSize(1).doesNotContain(gone);
    await().atMost(Duration.ofSeconds(10)).until(() -> one.openConnections() == 0);
  }

  @Test
  void callToAnAddressThatIsGone_endsAsUsualAndLeavesNoConnection() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    UpstreamClient client = client("127.0.0.1");
    one.script(
        (request, connection) -> {
          go.await();
          connection.answer(200, "late\n");
        });
    CallResult busy = send(client, "GET");
    await().until(() -> one.requests().size() == 1);
    Replica gone = client.replicas().get(0);
    addresses = List.of("127.0.0.2");
    clock.addAndGet(TimeUnit.SECONDS.toNanos(11));
    loop.submit(() -> client.look(loop, () -> {})).get();
    loop.submit(() -> client.look(loop, () -> {})).get();
    assertThat(client.replicas()).doesNotContain(gone);

    go.countDown();

    assertThat(busy.code()).isEqualTo(200);
    await().atMost(Duration.ofSeconds(10)).until(() -> one.openConnections() == 0);

    // A probe that was about to ask it.
    CallResult late = new CallResult();
    loop.submit(
            () ->
                client.send(
                    loop,
                    gone,
                    new OutboundRequest("GET", "/", new DefaultHttpHeaders()),
                    Bodies.empty(),
                    late))
        .get();
    assertThat(late.code()).isEqualTo(200);
    await().atMost(Duration.ofSeconds(10)).until(() -> one.openConnections() == 0);
  }

  @Test
  void newAddress_joins() throws Exception {
    UpstreamClient client = client("127.0.0.1");
    assertThat(get(client)).isEqualTo(200);
    addresses = List.of("127.0.0.1", "127.0.0.2");
    clock.addAndGet(TimeUnit.SECONDS.toNanos(11));
    for (int i = 0; i < 20; i++) {
      assertThat(get(client)).isEqualTo(200);
    }

    assertThat(client.replicas()).hasSize(2);
    assertThat(other.requests()).hasSizeBetween(8, 11);
    // The connection of the one that stayed is used on.
    assertThat(one.requests()).allMatch(request -> request.connection() == 0);
  }
}
