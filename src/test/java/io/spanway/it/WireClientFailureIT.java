// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.testing.RawClient;
import io.spanway.testing.RawClient.Answer;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that is slow or leaves costs the upstream nothing more. */
@ParameterizedClass
@ValueSource(ints = {1, 2})
final class WireClientFailureIT extends WireFixture {

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 1000", "Transfer-Encoding: chunked"})
  void uploadThatIsBrokenOff_breaksTheUpstreamRequestOff(String framing) throws Exception {
    List<String> whole = new CopyOnWriteArrayList<>();
    CountDownLatch begun = new CountDownLatch(1);
    AtomicBoolean broken = new AtomicBoolean();
    loki.script(
        (request, connection) -> {
          begun.countDown();
          try {
            whole.add(connection.readBody(request));
          } catch (IOException | NumberFormatException e) {
            broken.set(true);
            throw e;
          } finally {
            broken.compareAndSet(false, connection.read() < 0);
          }
        });
    start();
    RawClient client =
        client().send("POST " + PUSH + " HTTP/1.1\r\nHost: s\r\n" + framing + "\r\n\r\n");
    client.send("64\r\n" + "x".repeat(100) + "\r\n");
    begun.await();

    client.close();

    eventually().until(broken::get);
    gateway.awaitIdle();
    assertThat(whole).allMatch(body -> body.length() < 1000);
    assertThat(gateway.errors("DC")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {RELAYED, CACHED})
  void clientThatLeavesWhileItWaits_cancelsTheUpstreamRequest(String target) throws Exception {
    AtomicBoolean closed = new AtomicBoolean();
    loki.script(
        (request, connection) -> {
          connection.awaitClosed();
          closed.set(true);
        });
    start();
    RawClient client = client().send("GET " + target + " HTTP/1.1\r\nHost: s\r\n\r\n");
    eventually().until(() -> loki.requests().size() == 1);

    client.close();

    eventually().until(closed::get);
    gateway.awaitIdle();
    assertThat(gateway.errors("DC")).isEqualTo(1);
  }

  @Test
  void clientThatLeavesInItsAnswer_cancelsTheUpstreamRequest() throws Exception {
    AtomicBoolean closed = new AtomicBoolean();
    loki.script(
        (request, connection) -> {
          connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome");
          connection.awaitClosed();
          closed.set(true);
        });
    start();
    RawClient client = client().send("GET " + RELAYED + " HTTP/1.1\r\nHost: s\r\n\r\n");
    client.readLine();

    client.close();

    eventually().until(closed::get);
    gateway.awaitIdle();
    assertThat(gateway.errors("DC")).isEqualTo(1);
  }

  @Test
  void stormOfLeavingClients_leavesTheUpstreamUsable() throws Exception {
    AtomicInteger closed = new AtomicInteger();
    loki.script(
        (request, connection) -> {
          connection.awaitClosed();
          closed.incrementAndGet();
        });
    start();
    for (int i = 0; i < 200; i++) {
      try (RawClient client = gateway.client()) {
        client.send("GET " + RELAYED + " HTTP/1.1\r\nHost: s\r\n\r\n");
        if (i % 2 == 0) {
          int sent = i;
          eventually().until(() -> loki.requests().size() > sent / 2);
        }
      }
    }
    gateway.awaitIdle();

    loki.answers("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

    assertThat(client().get(RELAYED).body()).isEqualTo("ok");
    eventually()
        .until(
            () ->
                gateway.metric("spanway_upstream_connections{", "loki")
                    <= loki.openConnections() + 2);
  }

  @Test
  void waitingClientThatLeaves_givesItsPlaceUp() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    loki.script(
        (request, connection) -> {
          if (request.target().equals("/first")) {
            go.await();
          }
          connection.answer(200, request.target());
        });
    start("", ", maxConnections: 1");
    RawClient first = client().send("GET /loki-ds/first HTTP/1.1\r\nHost: s\r\n\r\n");
    eventually().until(() -> loki.requests().size() == 1);
    List<RawClient> leaving = new CopyOnWriteArrayList<>();
    for (int i = 0; i < 10; i++) {
      leaving.add(client().send("GET /loki-ds/gone HTTP/1.1\r\nHost: s\r\n\r\n"));
    }
    if (threads == 1) {
      eventually().until(() -> gateway.app().requestsInFlight() == 11);
    }
    for (RawClient each : leaving) {
      each.close();
    }
    eventually().until(() -> gateway.app().requestsInFlight() == 1);

    go.countDown();

    assertThat(first.answer().body()).isEqualTo("/first");
    assertThat(client().get("/loki-ds/last").body()).isEqualTo("/last");
    if (threads == 1) {
      assertThat(loki.requests()).noneMatch(each -> each.target().equals("/gone"));
    }
  }

  @Test
  void slowHead_is408() throws Exception {
    start(", headTimeout: 200ms", "");
    RawClient client = client().send("GET " + RELAYED + " HTTP/1.1\r\nHost: s\r\n");

    assertThat(client.answer().status()).isEqualTo(408);

    assertThat(client.rest()).isEmpty();
    assertThat(loki.requests()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {PUSH, "/loki/api/v1/query_range"})
  void slowBody_is408AndTheUpstreamGetsNoWholeRequest(String target) throws Exception {
    AtomicBoolean whole = new AtomicBoolean();
    loki.script(
        (request, connection) -> {
          connection.readBody(request);
          whole.set(connection.read() >= 0);
        });
    start(", bodyTimeout: 200ms", "");
    RawClient client =
        client()
            .send(
                "POST "
                    + target
                    + " HTTP/1.1\r\nHost: s\r\nContent-Length: 100\r\n"
                    + "Content-Type: application/x-www-form-urlencoded\r\n\r\nquery=");

    Answer answer = client.answer();

    assertThat(answer.status()).isEqualTo(408);
    assertThat(answer.header("connection")).isEqualTo("close");
    assertThat(client.rest()).isEmpty();
    gateway.awaitIdle();
    assertThat(whole).isFalse();
  }

  @Test
  void idleConnection_isClosed() throws Exception {
    start(", idleTimeout: 200ms", "");
    RawClient client = client();

    assertThat(client.get(RELAYED).status()).isEqualTo(200);

    assertThat(client.rest()).isEmpty();
  }

  @Test
  void clientThatTakesNothing_isDroppedAfterTheWriteTimeout() throws Exception {
    AtomicBoolean closed = new AtomicBoolean();
    loki.script(
        (request, connection) -> {
          connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
          try {
            for (int i = 0; i < 1000; i++) {
              connection.send(new byte[100_000]);
            }
          } finally {
            closed.set(true);
          }
        });
    start(", writeTimeout: 300ms", "");
    RawClient client = client(4096);

    client.send("GET " + RELAYED + " HTTP/1.1\r\nHost: s\r\n\r\n");

    eventually().until(closed::get);
    gateway.awaitIdle();
    assertThat(client.endsInReset()).isTrue();
  }
}
