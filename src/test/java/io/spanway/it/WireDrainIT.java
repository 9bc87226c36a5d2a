// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spanway.testing.RawClient;
import io.spanway.testing.RawClient.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Stopping lets what is under way come to its end, and nothing new begin. */
@ParameterizedClass
@ValueSource(ints = {1, 2})
final class WireDrainIT extends WireFixture {
  private CompletableFuture<Boolean> stop() {
    return CompletableFuture.supplyAsync(
        () -> gateway.app().stop(), task -> new Thread(task).start());
  }

  @Test
  void requestsUnderWay_finishWithConnectionClose() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch rest = new CountDownLatch(1);
    loki.script(
        (request, connection) -> {
          if (request.target().equals("/begun")) {
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
            rest.await();
            connection.send("cd");
          } else {
            go.await();
            connection.answer(200, "fine");
          }
        });
    start();
    eventually().until(() -> gateway.admin("/readyz").status() == 200);
    RawClient idle = client();
    assertThat(idle.get("/loki-ds/nothing%00").status()).isEqualTo(400);
    idle = client();
    assertThat(idle.get("/debug/x").status()).isEqualTo(403);
    RawClient fresh = client();
    RawClient begun = client().send("GET /loki-ds/begun HTTP/1.1\r\nHost: s\r\n\r\n");
    List<RawClient> waiting = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      waiting.add(
          client()
              .send(
                  "GET "
                      + RELAYED
                      + " HTTP/1.1\r\nHost: s\r\n\r\n"
                      + "GET /loki-ds/behind HTTP/1.1\r\nHost: s\r\n\r\n"));
    }
    eventually().until(() -> loki.requests().size() == 21);
    assertThat(begun.readLine()).isEqualTo("HTTP/1.1 200 OK");

    CompletableFuture<Boolean> stopped = stop();

    eventually().until(() -> gateway.admin("/readyz").status() == 503);
    assertThat(idle.rest()).isEmpty();
    assertThat(fresh.rest()).isEmpty();
    eventually()
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> gateway.client().close()).isInstanceOf(IOException.class));
    assertThat(stopped).isNotDone();
    go.countDown();
    for (RawClient each : waiting) {
      Answer answer = each.answer();
      assertThat(answer.body()).isEqualTo("fine");
      assertThat(answer.header("connection")).isEqualTo("close");
      each.endsInReset();
    }
    assertThat(stopped).isNotDone();
    rest.countDown();
    assertThat(begun.rest()).endsWith("\r\n\r\nabcd");
    assertThat(stopped.get()).isTrue();
    assertThat(loki.requests()).noneMatch(each -> each.target().equals("/behind"));
  }

  @Test
  void requestsThatDoNotFinish_areBrokenOffAfterTheDrainTime() throws Exception {
    loki.script((request, connection) -> connection.awaitClosed());
    start(", drainTimeout: 300ms", "");
    RawClient client = client().send("GET " + RELAYED + " HTTP/1.1\r\nHost: s\r\n\r\n");
    eventually().until(() -> loki.requests().size() == 1);
    long from = System.nanoTime();

    assertThat(stop().get()).isFalse();

    assertThat(Duration.ofNanos(System.nanoTime() - from))
        .isBetween(Duration.ofMillis(300), Duration.ofSeconds(8));
    assertThatThrownBy(client::answer).isInstanceOf(IOException.class);
    eventually().until(() -> loki.openConnections() == 0);
  }

  @Test
  void tails_areClosedAtTheEndOfTheDrainTime() throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    loki.script(
        (request, connection) -> {
          connection.send(WireTailIT.SWITCHING);
          connection.awaitClosed();
          closed.countDown();
        });
    start(", drainTimeout: 300ms", "");
    RawClient client = client().send(WireTailIT.HANDSHAKE);
    assertThat(client.answer().status()).isEqualTo(101);

    stop().get();

    client.endsInReset();
    assertThat(closed.await(10, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void stoppingUnderLoad_breaksNoAnswerOff() throws Exception {
    start();
    List<CompletableFuture<Integer>> clients = new ArrayList<>();
    CountDownLatch warm = new CountDownLatch(8);
    for (int i = 0; i < 8; i++) {
      CompletableFuture<Integer> answered = new CompletableFuture<>();
      clients.add(answered);
      RawClient client = client();
      new Thread(
              () -> {
                int count = 0;
                try {
                  while (true) {
                    client.send("GET " + RELAYED + " HTTP/1.1\r\nHost: s\r\n\r\n");
                    String line;
                    try {
                      line = client.readLine();
                    } catch (IOException e) {
                      // Closed between two requests, as a server may.
                      break;
                    }
                    assertThat(line).isEqualTo("HTTP/1.1 200 OK");
                    boolean last = false;
                    for (String h = client.readLine(); !h.isEmpty(); h = client.readLine()) {
                      last |= h.equalsIgnoreCase("connection: close");
                    }
                    assertThat(client.read(5)).isEqualTo("fine\n");
                    count++;
                    if (count == 20) {
                      warm.countDown();
                    }
                    if (last) {
                      break;
                    }
                  }
                  answered.complete(count);
                } catch (IOException e) {
                  // The next request met a closed socket before anything of it was answered.
                  if (e instanceof java.net.SocketException) {
                    answered.complete(count);
                  } else {
                    answered.completeExceptionally(e);
                  }
                } catch (AssertionError e) {
                  answered.completeExceptionally(e);
                }
              })
          .start();
    }
    warm.await();

    assertThat(stop().get()).isTrue();

    for (CompletableFuture<Integer> each : clients) {
      assertThat(each.get()).isGreaterThanOrEqualTo(20);
    }
  }

  @Test
  void idleGateway_stopsAtOnce() throws Exception {
    start();
    client().get(RELAYED);
    long from = System.nanoTime();

    assertThat(stop().get()).isTrue();

    assertThat(Duration.ofNanos(System.nanoTime() - from)).isLessThan(Duration.ofSeconds(5));
  }
}
