// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.testing.FakeUpstream;
import io.spanway.testing.RawClient;
import io.spanway.testing.RawClient.Answer;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is given up when there is too much to do: new tails first, then what the cache would keep,
 * then new requests; never the derived fields of an answer.
 */
@ParameterizedClass
@ValueSource(ints = {1, 2})
final class PressureIT extends WireFixture {
  private static final long START = 1_700_000_000L;
  private static final int HOUR = 3600;
  private static final int ENTRIES_AN_HOUR = 6;
  private static final int BUDGET = 64 * 1024;

  private final CountDownLatch stalled = new CountDownLatch(1);

  private void startLimited(String limits) throws IOException {
    loki.script(this::serve);
    start(
        "",
        " }\nderivedFields: [{ name: TraceID, matcherRegex: 'trace_id=(\\w+)' }]\nlimits: { "
            + limits);
  }

  private void serve(FakeUpstream.Request request, FakeUpstream.Connection connection)
      throws Exception {
    if (request.line().contains("slow") || request.method().equals("POST")) {
      connection.readBody(request);
      stalled.await();
      connection.answer(200, "fine\n");
    } else if (request.header("upgrade") != null) {
      connection.send(WireTailIT.SWITCHING);
      connection.awaitClosed();
    } else {
      String body = logs(seconds(request.target(), "start="), seconds(request.target(), "end="));
      connection.send(
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
              + body.length()
              + "\r\n\r\n"
              + body);
    }
  }

  private static long seconds(String target, String key) {
    int at = target.indexOf(key) + key.length();
    return Long.parseLong(target.substring(at, at + 10));
  }

  /** An entry of 3 KB every ten minutes, the latest first. */
  private static String logs(long from, long to) {
    StringBuilder entries = new StringBuilder();
    int each = HOUR / ENTRIES_AN_HOUR;
    for (long at = (to - START - 1) / each * each + START; at >= from; at -= each) {
      entries.append(entries.isEmpty() ? "" : ",").append("[\"").append(at);
      entries.append("000000000\",\"trace_id=a").append(at).append(' ');
      entries.append("x".repeat(3000)).append("\",{}]");
    }
    return "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"encodingFlags\":"
        + "[\"categorize-labels\"],\"result\":[{\"stream\":{\"app\":\"x\"},\"values\":["
        + entries
        + "]}],\"stats\":{}}}\n";
  }

  /** Asks for an hour from this half hour on. */
  private Answer ask(String app, int half) throws IOException {
    long from = START + half * HOUR / 2;
    return client()
        .send("GET /loki/api/v1/query_range?query=%7Bapp%3D%22" + app + "%22%7D&start=")
        .send(from + "000000000&end=" + (from + HOUR) + "000000000&limit=100 ")
        .send("HTTP/1.1\r\nHost: s\r\nX-Loki-Response-Encoding-Flags: categorize-labels\r\n\r\n")
        .answer();
  }

  /** Sends a query of so many bytes, which are held until {@link #stalled} is open. */
  private RawClient hold(int bytes) throws IOException {
    String query = "query=%7Ba%3D%22" + "x".repeat(bytes - 22) + "%22%7D";
    int before = loki.requests().size();
    RawClient client =
        client()
            .send("POST /loki/api/v1/query_range HTTP/1.1\r\nHost: s\r\nContent-Length: ")
            .send(query.length() + "\r\nContent-Type: application/x-www-form-urlencoded")
            .send("\r\n\r\n" + query);
    eventually().until(() -> loki.requests().size() > before);
    return client;
  }

  private int tail() throws IOException {
    RawClient client = client().send(WireTailIT.HANDSHAKE);
    int status = client.answer().status();
    client.close();
    return status;
  }

  private static void isWholeAndAnnotated(Answer answer, int half, String cache) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.header("x-spanway-cache")).isEqualTo(cache);
    for (int i = 0; i < ENTRIES_AN_HOUR; i++) {
      long at = START + half * HOUR / 2 + i * (HOUR / ENTRIES_AN_HOUR);
      assertThat(answer.body())
          .containsOnlyOnce("\"trace_id=a" + at + " ")
          .containsOnlyOnce("{\"structuredMetadata\":{\"TraceID\":\"a" + at + "\"}}");
    }
  }

  @Test
  void memoryThatFills_takesTailsThenTheCacheThenRequests() throws Exception {
    startLimited("maxMemory: " + BUDGET + ", maxQueryLength: 1MiB");

    hold(BUDGET / 2);
    assertThat(tail()).isEqualTo(101);
    isWholeAndAnnotated(ask("one", 0), 0, "miss");
    isWholeAndAnnotated(ask("one", 0), 0, "hit");

    hold(BUDGET * 32 / 100);
    assertThat(tail()).isEqualTo(503);
    isWholeAndAnnotated(ask("two", 0), 0, "miss");
    isWholeAndAnnotated(ask("two", 0), 0, "hit");

    hold(BUDGET * 12 / 100);
    assertThat(tail()).isEqualTo(503);
    isWholeAndAnnotated(ask("three", 0), 0, "bypass; memory");
    isWholeAndAnnotated(ask("one", 0), 0, "hit");

    RawClient more = client().send("POST /loki/api/v1/query_range HTTP/1.1\r\nHost: s\r\n");
    more.send("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9000\r\n\r\n");
    assertThat(more.send("query=" + "x".repeat(8994)).answer().status()).isEqualTo(503);
    isWholeAndAnnotated(ask("three", 0), 0, "bypass; memory");
    isWholeAndAnnotated(ask("two", 0), 0, "hit");

    stalled.countDown();
    eventually().until(() -> gateway.metric("spanway_memory_held_bytes", "") == 0);
    assertThat(tail()).isEqualTo(101);
    isWholeAndAnnotated(ask("three", 0), 0, "miss");
    isWholeAndAnnotated(ask("three", 0), 0, "hit");
  }

  @Test
  void answerThatIsHeldInPart_isReadWholeWhenThereIsNoMemoryForTheRest() throws Exception {
    startLimited("maxMemory: " + BUDGET + ", maxQueryLength: 1MiB");
    isWholeAndAnnotated(ask("one", 0), 0, "miss");

    hold(BUDGET * 93 / 100);

    isWholeAndAnnotated(ask("one", 1), 1, "bypass; memory");
    assertThat(gateway.metric("spanway_admission_refused_total", "\"memory\"")).isZero();
    stalled.countDown();
    eventually().until(() -> gateway.metric("spanway_memory_held_bytes", "") == 0);
    isWholeAndAnnotated(ask("one", 1), 1, "partial");
  }

  @Test
  void restThatOutgrowsTheMemory_isReadWithTheWhole() throws Exception {
    startLimited("maxMemory: " + BUDGET + ", maxQueryLength: 1MiB");
    isWholeAndAnnotated(ask("one", 0), 0, "miss");

    // There is room when it is asked for, and not for all of it.
    hold(BUDGET * 89 / 100);

    isWholeAndAnnotated(ask("one", 1), 1, "miss");
    stalled.countDown();
  }

  @Test
  void requestsThatFillUp_takeTailsThenRequests() throws Exception {
    startLimited("maxInFlight: 5, queue: { size: 0 }");

    for (int i = 0; i < 3; i++) {
      client().send("GET " + RELAYED + "?slow=" + i + " HTTP/1.1\r\nHost: s\r\n\r\n");
    }
    eventually().until(() -> loki.requests().size() == 3);
    assertThat(tail()).isEqualTo(101);

    client().send("GET " + RELAYED + "?slow=3 HTTP/1.1\r\nHost: s\r\n\r\n");
    eventually().until(() -> gateway.metric("spanway_requests_in_flight", "") == 4);
    assertThat(tail()).isEqualTo(503);
    isWholeAndAnnotated(ask("one", 0), 0, "miss");

    client().send("GET " + RELAYED + "?slow=4 HTTP/1.1\r\nHost: s\r\n\r\n");
    eventually().until(() -> gateway.metric("spanway_requests_in_flight", "") == 5);
    assertThat(tail()).isEqualTo(503);
    assertThat(ask("one", 0).status()).isEqualTo(503);
    stalled.countDown();
  }
}
