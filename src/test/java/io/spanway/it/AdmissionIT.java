// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.testing.RawClient;
import io.spanway.testing.RawClient.Answer;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** No caller, and not all of them together, can have more of Spanway than there is. */
@ParameterizedClass
@ValueSource(ints = {1, 2})
final class AdmissionIT extends WireFixture {
  private static final String STREAMS =
      "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[]}}";

  private final CountDownLatch stalled = new CountDownLatch(1);

  /** Starts the gateway with these keys of {@code limits}. */
  private void startLimited(String limits) throws IOException {
    start("", " }\nlimits: { " + limits);
  }

  /** Answers a request whose path holds {@code slow} when {@link #stalled} is open. */
  private void stallSlowOnes() {
    loki.script(
        (request, connection) -> {
          if (request.target().contains("slow")) {
            stalled.await();
          }
          connection.answer(200, "fine\n");
        });
  }

  private RawClient ask(String target, String tenant) throws IOException {
    return client()
        .send("GET " + target + " HTTP/1.1\r\nHost: s\r\nX-Scope-OrgID: " + tenant + "\r\n\r\n");
  }

  private void awaitUpstream(int requests) {
    eventually().until(() -> loki.requests().size() == requests);
  }

  private void awaitWaiting(int number) {
    eventually().until(() -> gateway.metric("spanway_admission_waiting", "") == number);
  }

  private double refused(String reason) throws IOException {
    return gateway.metric("spanway_admission_refused_total", "\"" + reason + "\"");
  }

  @Test
  void requestBeyondTheLimit_waitsUntilAnotherIsDone() throws Exception {
    stallSlowOnes();
    startLimited("maxInFlight: 1");
    RawClient first = ask(RELAYED + "?slow", "a");
    awaitUpstream(1);
    RawClient second = ask(RELAYED, "b");
    awaitWaiting(1);
    assertThat(loki.requests()).hasSize(1);

    stalled.countDown();

    assertThat(first.answer().status()).isEqualTo(200);
    assertThat(second.answer().status()).isEqualTo(200);
    awaitWaiting(0);
  }

  @Test
  void formThatWaits_arrivesWhole() throws Exception {
    stallSlowOnes();
    startLimited("maxInFlight: 1");
    RawClient first = ask(RELAYED + "?slow", "a");
    awaitUpstream(1);
    String form = "{\"streams\":[]}".repeat(20_000);
    RawClient second =
        client()
            .send("POST " + PUSH + " HTTP/1.1\r\nHost: s\r\nContent-Type: application/json\r\n")
            .send("Content-Length: " + form.length() + "\r\n\r\n" + form);
    awaitWaiting(1);
    loki.script(
        (request, connection) ->
            connection.answer(200, connection.readBody(request).length() + "\n"));

    stalled.countDown();

    assertThat(first.answer().status()).isEqualTo(200);
    assertThat(second.answer().body()).isEqualTo(form.length() + "\n");
  }

  @Test
  void fullQueue_is503AndSaysWhenToComeAgain() throws Exception {
    stallSlowOnes();
    startLimited("maxInFlight: 1, queue: { size: 0 }");
    RawClient first = ask(RELAYED + "?slow", "a");
    awaitUpstream(1);

    Answer answer = ask(RELAYED, "b").answer();

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.header("retry-after")).isEqualTo("1");
    assertThat(answer.body()).isEqualTo("Spanway has too many requests: try again\n");
    assertThat(refused("queue_full")).isOne();
    assertThat(gateway.errors("GO")).isOne();
    stalled.countDown();
    assertThat(first.answer().status()).isEqualTo(200);
  }

  @Test
  void requestThatWaitsTooLong_is503() throws Exception {
    stallSlowOnes();
    startLimited("maxInFlight: 1, queue: { timeout: 50ms }");
    RawClient first = ask(RELAYED + "?slow", "a");
    awaitUpstream(1);

    Answer answer = ask(RELAYED, "b").answer();

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.body()).isEqualTo("Spanway has too many requests: waited in vain\n");
    assertThat(refused("queue_timeout")).isOne();
    stalled.countDown();
    assertThat(first.answer().status()).isEqualTo(200);
    assertThat(loki.requests()).hasSize(1);
  }

  @Test
  void clientThatLeaves_leavesTheQueue() throws Exception {
    stallSlowOnes();
    startLimited("maxInFlight: 1");
    RawClient first = ask(RELAYED + "?slow", "a");
    awaitUpstream(1);
    RawClient second = ask(RELAYED, "b");
    awaitWaiting(1);

    second.close();

    awaitWaiting(0);
    stalled.countDown();
    assertThat(first.answer().status()).isEqualTo(200);
    gateway.awaitIdle();
    assertThat(loki.requests()).hasSize(1);
  }

  @Test
  void callerAboveItsRate_isToldWhenToComeAgain() throws Exception {
    loki.answers("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    startLimited("rate: { requestsPerSecond: 1, burst: 2 }");
    RawClient client = client();
    assertThat(client.get(RELAYED, "X-Scope-OrgID: a").status()).isEqualTo(200);
    Answer answer = client.get(RELAYED, "X-Scope-OrgID: a");
    for (int i = 0; i < 100 && answer.status() == 200; i++) {
      answer = client.get(RELAYED, "X-Scope-OrgID: a");
    }

    assertThat(answer.status()).isEqualTo(429);
    assertThat(answer.header("retry-after")).isEqualTo("1");
    assertThat(answer.header("content-type")).startsWith("text/plain");
    assertThat(answer.body()).isEqualTo("too many requests a second from this caller\n");
    assertThat(refused("rate")).isOne();
    assertThat(gateway.errors("CO")).isOne();
    assertThat(client.get(RELAYED, "X-Scope-OrgID: b").status()).isEqualTo(200);
    assertThat(client.get(RELAYED).status()).isEqualTo(200);
  }

  @Test
  void floodByOneCaller_leavesTheOthersServed() throws Exception {
    stallSlowOnes();
    startLimited("maxInFlight: 4, maxInFlightPerCaller: 3, queue: { size: 5, timeout: 10m }");
    RawClient[] flood = new RawClient[30];
    for (int i = 0; i < flood.length; i++) {
      flood[i] = ask(RELAYED + "?slow", "a");
    }
    eventually().until(() -> refused("caller_in_flight") == flood.length - 3 - 5);
    awaitWaiting(5);

    RawClient other = client();
    for (int i = 0; i < 20; i++) {
      assertThat(other.get(RELAYED, "X-Scope-OrgID: b").status()).isEqualTo(200);
    }

    stalled.countDown();
    int served = 0;
    for (RawClient each : flood) {
      Answer answer = each.answer();
      assertThat(answer.status()).isIn(200, 429, 503);
      served += answer.status() == 200 ? 1 : 0;
    }
    assertThat(served).isBetween(3, 8);
  }

  @Test
  void tails_areCountedByCallerUntilTheyEnd() throws Exception {
    loki.script(
        (request, connection) -> {
          connection.send(WireTailIT.SWITCHING);
          connection.awaitClosed();
        });
    startLimited("maxTailsPerCaller: 1, maxInFlight: 5");
    RawClient first = client().send(WireTailIT.HANDSHAKE);
    assertThat(first.answer().status()).isEqualTo(101);
    assertThat(gateway.metric("spanway_tails", "")).isOne();

    Answer second = client().send(WireTailIT.HANDSHAKE).answer();

    assertThat(second.status()).isEqualTo(429);
    assertThat(second.body()).isEqualTo("too many tails of this caller\n");
    assertThat(refused("caller_tails")).isOne();
    first.close();
    eventually().until(() -> gateway.metric("spanway_tails", "") == 0);
    RawClient third = client().send(WireTailIT.HANDSHAKE);
    assertThat(third.answer().status()).isEqualTo(101);
    third.close();
  }

  @Test
  void noTails_isALimitToo() throws Exception {
    startLimited("maxTails: 0");

    Answer answer = client().send(WireTailIT.HANDSHAKE).answer();

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.body()).isEqualTo("Spanway has too many tails: try again\n");
    assertThat(loki.requests()).isEmpty();
  }

  private RawClient post(String query) throws IOException {
    return client()
        .send("POST /loki/api/v1/query_range HTTP/1.1\r\nHost: s\r\nContent-Length: ")
        .send((query.length() + 6) + "\r\nContent-Type: application/x-www-form-urlencoded")
        .send("\r\n\r\nquery=" + query);
  }

  private static String query(int bytes) {
    return "%7Ba%3D%22" + "x".repeat(bytes) + "%22%7D";
  }

  @Test
  void formWithoutMemoryForIt_is503() throws Exception {
    startLimited("maxMemory: 64KiB");

    Answer answer = post(query(70_000)).answer();

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.header("retry-after")).isEqualTo("1");
    assertThat(answer.body()).isEqualTo("Spanway holds as much as it may: try again\n");
    assertThat(refused("memory")).isOne();
    assertThat(loki.requests()).isEmpty();
    eventually().until(() -> gateway.metric("spanway_memory_held_bytes", "") == 0);
  }

  @Test
  void answerWithoutMemoryForIt_is503() throws Exception {
    tempo.script((request, connection) -> connection.answer(200, " ".repeat(100_000)));
    startLimited("maxMemory: 64KiB");

    Answer answer =
        client()
            .get(
                "/spanway/v1/logs?traceId=0123456789abcdef0123456789abcdef&spanId=0123456789abcdef");

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.body()).isEqualTo("Spanway holds as much as it may: try again\n");
    assertThat(refused("memory")).isOne();
    eventually().until(() -> gateway.metric("spanway_memory_held_bytes", "") == 0);
  }

  @Test
  void answers_arePassedOnAndNotKeptWhenMemoryIsTight() throws Exception {
    loki.script(
        (request, connection) -> {
          if (request.method().equals("POST")) {
            connection.readBody(request);
            stalled.await();
          }
          connection.send(
              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                  + STREAMS.length()
                  + "\r\n\r\n"
                  + STREAMS);
        });
    startLimited("maxMemory: 64KiB, maxTails: 5");
    RawClient first = post(query(60_000));
    awaitUpstream(1);
    assertThat(gateway.metric("spanway_memory_held_bytes", "")).isBetween(60_000.0, 65_536.0);

    Answer tail = client().send(WireTailIT.HANDSHAKE).answer();
    Answer answer = client().get(CACHED);

    assertThat(tail.status()).isEqualTo(503);
    assertThat(refused("tails_under_pressure")).isOne();
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("x-spanway-cache")).isEqualTo("bypass; memory");
    stalled.countDown();
    assertThat(first.answer().status()).isEqualTo(200);
    eventually().until(() -> gateway.metric("spanway_memory_held_bytes", "") == 0);
    assertThat(client().get(CACHED).header("x-spanway-cache")).isEqualTo("miss");
    assertThat(client().get(CACHED).header("x-spanway-cache")).isEqualTo("hit");
  }

  @Test
  void longQuery_isRefusedBeforeTheUpstreamIsAsked() throws Exception {
    startLimited("maxQueryLength: 1KiB");
    String query = query(1020);

    Answer url = client().get("/loki/api/v1/query_range?query=" + query);
    Answer form = post(query).answer();

    assertThat(url.status()).isEqualTo(400);
    assertThat(url.body())
        .isEqualTo("query is too long (expected: at most limits.maxQueryLength, 1024 bytes)\n");
    assertThat(form.status()).isEqualTo(400);
    assertThat(gateway.errors("CL")).isEqualTo(2);
    assertThat(loki.requests()).isEmpty();
  }
}
