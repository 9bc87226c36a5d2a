// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.testing.FakeUpstream;
import io.spanway.testing.Gateway;
import io.spanway.testing.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Several addresses of one upstream: who is asked, and what happens when one of them fails. */
@ParameterizedClass
@ValueSource(ints = {1, 2})
final class WireReplicasIT extends WireFixture {
  private static final String HEALTH =
      ", health: { failures: 3, ejectFor: 1h, ejectMax: 1h, slowStart: 0s }";

  private FakeUpstream other;

  @BeforeEach
  void startOther() throws IOException {
    other = new FakeUpstream();
  }

  @AfterEach
  void stopOther() throws IOException {
    other.close();
    assertThat(other.mistakes()).isEmpty();
  }

  /** A port of the loopback where nobody listens, for as long as it is held. */
  private static Socket refusing() throws IOException {
    Socket held = new Socket();
    held.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    return held;
  }

  private static String url(Socket held) {
    return "http://127.0.0.1:" + held.getLocalPort();
  }

  private void start(List<String> urls, String more) throws IOException {
    gateway =
        Gateway.start(
            "server: { listen: 127.0.0.1:0, threads: "
                + threads
                + " }\nadmin: { listen: 127.0.0.1:0 }\nloki: { urls: "
                + urls
                + more
                + " }\ntempo: { urls: ["
                + tempo.uri()
                + "] }\ntelemetry: { accessLog: { enabled: false } }\n");
  }

  private double replicas(String state) throws IOException {
    return gateway.metric(
        "spanway_upstream_replicas{", "state=\"" + state + "\",upstream=\"loki\"");
  }

  @Test
  void replicaThatRefuses_isLeftOutAndNobodyNotices() throws Exception {
    try (Socket held = refusing()) {
      start(List.of(url(held), loki.uri().toString()), HEALTH);
      RawClient client = client();

      for (int i = 0; i < 20; i++) {
        assertThat(client.get(RELAYED).status()).isEqualTo(200);
        client.send("POST " + PUSH + " HTTP/1.1\r\nHost: s\r\nContent-Length: 4\r\n\r\nbody");
        assertThat(client.answer().status()).isEqualTo(200);
      }

      assertThat(loki.requests()).hasSize(40);
      assertThat(replicas("ejected")).isEqualTo(1);
      assertThat(replicas("healthy")).isEqualTo(1);
      assertThat(gateway.metric("spanway_upstream_ejections_total{", "loki")).isEqualTo(1);
      assertThat(gateway.errors("UF")).isZero();
    }
  }

  @Test
  void replicaThatIsBack_getsCallsAgain() throws Exception {
    InetSocketAddress address;
    try (Socket held = refusing()) {
      address = (InetSocketAddress) held.getLocalSocketAddress();
      start(
          List.of(url(held), loki.uri().toString()),
          ", health: { failures: 3, ejectFor: 50ms, ejectMax: 50ms, slowStart: 100ms }");
      RawClient client = client();
      eventually()
          .until(
              () ->
                  client.get(RELAYED).status() == 200
                      && gateway.metric("spanway_upstream_ejections_total{", "loki") > 0);
    }
    try (FakeUpstream back = new FakeUpstream(address)) {
      RawClient client = client();
      eventually().until(() -> client.get(RELAYED).status() == 200 && back.requests().size() > 3);

      eventually().untilAsserted(() -> assertThat(replicas("healthy")).isEqualTo(2));
      assertThat(replicas("ejected")).isZero();
    }
  }

  @Test
  void allReplicasRefuse_isToldOnceEachWasTried() throws Exception {
    try (Socket held = refusing();
        Socket second = refusing()) {
      start(List.of(url(held), url(second)), HEALTH);
      double before = gateway.metric("spanway_upstream_connect_failures_total{", "loki");

      RawClient.Answer answer = client().get(RELAYED);

      assertThat(answer.status()).isEqualTo(502);
      assertThat(answer.body()).isEqualTo("loki cannot be reached: connection refused\n");
      assertThat(gateway.metric("spanway_upstream_connect_failures_total{", "loki") - before)
          .isGreaterThanOrEqualTo(2);
      // Though all are out, all are tried: it may have been the network.
      assertThat(client().get(RELAYED).status()).isEqualTo(502);
    }
  }

  @Test
  void equalReplicas_getEqualShares() throws Exception {
    start(List.of(loki.uri().toString(), other.uri().toString()), HEALTH);
    RawClient client = client();

    // Probes are calls too: those of the start would count as load.
    eventually()
        .until(
            () ->
                gateway
                        .admin("/readyz")
                        .body()
                        .lines()
                        .filter(line -> line.endsWith(": up"))
                        .count()
                    == 4);
    for (int i = 0; i < 40; i++) {
      assertThat(client.get(RELAYED).status()).isEqualTo(200);
    }

    // Probes go on, every few seconds: one may come between.
    assertThat(loki.requests()).hasSizeBetween(18, 22);
    assertThat(other.requests()).hasSizeBetween(18, 22);
  }

  @Test
  void busyReplica_getsNothingWhileAnotherIsIdle() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    loki.script(
        (request, connection) -> {
          go.await();
          connection.answer(200, "late");
        });
    start(List.of(loki.uri().toString(), other.uri().toString()), HEALTH);
    RawClient waiting = client();
    RawClient quick = client();
    // By turns: one of two goes to the replica that hangs.
    for (int i = 1; loki.requests().isEmpty(); i++) {
      int asked = i;
      waiting.send("GET " + RELAYED + " HTTP/1.1\r\nHost: s\r\n\r\n");
      eventually().until(() -> loki.requests().size() + other.requests().size() == asked);
      if (loki.requests().isEmpty()) {
        assertThat(waiting.answer().status()).isEqualTo(200);
      }
    }
    other.forget();

    for (int i = 0; i < 20; i++) {
      assertThat(quick.get(RELAYED).status()).isEqualTo(200);
    }

    assertThat(other.requests()).hasSize(20);
    go.countDown();
    assertThat(waiting.answer().body()).isEqualTo("late");
  }

  @Test
  void replicaThatDiesUnderLoad_costsNoRead() throws Exception {
    start(List.of(loki.uri().toString(), other.uri().toString()), HEALTH);
    int clients = 4;
    int each = 100;
    AtomicInteger done = new AtomicInteger();
    CountDownLatch half = new CountDownLatch(clients * each / 2);
    ExecutorService pool = Executors.newFixedThreadPool(clients);
    try {
      List<Future<Integer>> all = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        RawClient client = client();
        Callable<Integer> work =
            () -> {
              int good = 0;
              for (int n = 0; n < each; n++) {
                good += client.get(RELAYED).status() == 200 ? 1 : 0;
                done.incrementAndGet();
                half.countDown();
              }
              return good;
            };
        all.add(pool.submit(work));
      }
      assertThat(half.await(20, TimeUnit.SECONDS)).isTrue();
      other.close();
      for (Future<Integer> one : all) {
        assertThat(one.get(30, TimeUnit.SECONDS)).isEqualTo(each);
      }
    } finally {
      pool.shutdownNow();
    }
    assertThat(done.get()).isEqualTo(clients * each);
  }

  @Test
  void clientsThatLeave_putNobodyOut() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    FakeUpstream.Script hang =
        (request, connection) -> {
          asked.incrementAndGet();
          connection.awaitClosed();
        };
    loki.script(hang);
    other.script(hang);
    start(List.of(loki.uri().toString(), other.uri().toString()), HEALTH);

    for (int i = 0; i < 100; i++) {
      int before = asked.get();
      RawClient client = client();
      client.send("GET " + RELAYED + " HTTP/1.1\r\nHost: s\r\n\r\n");
      eventually().until(() -> asked.get() > before);
      client.close();
    }

    gateway.awaitIdle();
    assertThat(replicas("healthy")).isEqualTo(2);
    assertThat(gateway.metric("spanway_upstream_ejections_total{", "loki")).isZero();
  }

  @Test
  void replicaThatAnswers503_isLeftOutAfterThree() throws Exception {
    loki.script((request, connection) -> connection.answer(503, "starting\n"));
    start(
        List.of(loki.uri().toString(), other.uri().toString()),
        HEALTH + ", retries: { budget: 0, minimum: 0 }");
    RawClient client = client();
    int refused = 0;

    for (int i = 0; i < 30; i++) {
      // Passed on: without retries, the client is told.
      refused += client.get(RELAYED).status() == 503 ? 1 : 0;
    }

    assertThat(refused).isEqualTo(3);
    assertThat(replicas("ejected")).isEqualTo(1);
  }

  @Test
  void replicaThatAnswers503_isNoticedByNobodyWhereReadsAreRepeated() throws Exception {
    loki.script((request, connection) -> connection.answer(503, "starting\n"));
    start(List.of(loki.uri().toString(), other.uri().toString()), HEALTH);
    RawClient client = client();

    for (int i = 0; i < 30; i++) {
      assertThat(client.get(RELAYED).status()).isEqualTo(200);
    }

    assertThat(loki.requests()).hasSize(3);
    assertThat(replicas("ejected")).isEqualTo(1);
    gateway.awaitIdle();
    eventually()
        .until(() -> gateway.metric("spanway_upstream_connections{", "state=\"busy\"") == 0);
  }

  @Test
  void readiness_namesBothAndNeedsOne() throws Exception {
    try (Socket held = refusing()) {
      start(List.of(url(held), loki.uri().toString()), HEALTH);

      eventually()
          .untilAsserted(
              () ->
                  assertThat(gateway.admin("/readyz").body())
                      .contains("loki " + url(held) + " at 127.0.0.1: down: no connection")
                      .contains("loki " + loki.uri() + " at 127.0.0.1: up"));
      assertThat(gateway.admin("/readyz").status()).isEqualTo(200);
    }
  }
}
