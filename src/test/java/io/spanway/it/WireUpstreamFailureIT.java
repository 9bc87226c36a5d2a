// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spanway.testing.FakeUpstream;
import io.spanway.testing.RawClient;
import io.spanway.testing.RawClient.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever an upstream does wrong, the client never takes a piece for the whole. */
@ParameterizedClass
@ValueSource(ints = {1, 2})
final class WireUpstreamFailureIT extends WireFixture {
  private static final String LENGTH = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this";
  private static final String CHUNKS =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n";
  private static final String OPEN_END = "HTTP/1.1 200 OK\r\n\r\nonly this";

  @ParameterizedTest
  @ValueSource(strings = {LENGTH, CHUNKS})
  void bodyThatIsClosedEarly_isBrokenOffAndNotCached(String start) throws Exception {
    loki.script(
        (request, connection) -> {
          connection.send(start);
          connection.close();
        });
    start();

    for (int i = 0; i < 2; i++) {
      RawClient client = client().send("GET " + CACHED + " HTTP/1.1\r\nHost: s\r\n\r\n");
      assertBrokenOff(client);
    }

    assertThat(loki.requests()).hasSize(2);
  }

  /** Whether the answer has begun or not when it breaks depends on how the packets come. */
  private static void assertBrokenOff(RawClient client) {
    assertThatThrownBy(client::answer).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {LENGTH, CHUNKS, OPEN_END})
  void bodyThatIsReset_isBrokenOff(String start) throws Exception {
    CountDownLatch got = new CountDownLatch(1);
    loki.script(
        (request, connection) -> {
          connection.send(start);
          got.await();
          connection.reset();
        });
    start();
    RawClient client = client().send("GET " + RELAYED + " HTTP/1.1\r\nHost: s\r\n\r\n");
    for (String line = client.readLine(); !line.isEmpty(); line = client.readLine()) {
      assertThat(line).isNotNull();
    }

    got.countDown();

    assertThat(client.endsInReset()).isTrue();
    assertThat(gateway.errors("UI")).isEqualTo(1);
  }

  @Test
  void brokenChunk_breaksTheAnswerOff() throws Exception {
    loki.answers(CHUNKS + "zz\r\nmore\r\n0\r\n\r\n");
    start();

    assertBrokenOff(client().send("GET " + RELAYED + " HTTP/1.1\r\nHost: s\r\n\r\n"));
    eventually().until(() -> gateway.errors("UP") == 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
        "HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nok!",
        "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\u0000b\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 abc OK\r\nContent-Length: 2\r\n\r\nok",
        "\u0000\u0001garbage\r\n\r\n",
        "SSH-2.0-OpenSSH_9.6\r\n\r\n",
      })
  void answerThatIsNotHttp_is502AndItsConnectionIsNotUsedAgain(String bytes) throws Exception {
    loki.answers(bytes);
    start();
    RawClient client = client();

    Answer answer = client.get(RELAYED);

    assertThat(answer.status()).isEqualTo(502);
    assertThat(answer.header("content-type")).startsWith("text/plain");
    assertThat(answer.body()).isEqualTo("loki gave no valid answer\n");
    loki.answers("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    assertThat(client.get(RELAYED).body()).isEqualTo("ok");
    List<FakeUpstream.Request> requests = loki.requests();
    assertThat(requests).hasSize(2);
    assertThat(requests.get(0).connection()).isNotEqualTo(requests.get(1).connection());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "surplus",
        "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison",
        "\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
      })
  void bytesBehindAnAnswer_areNobodysAnswer(String surplus) throws Exception {
    CountDownLatch both = new CountDownLatch(1);
    loki.script(
        (request, connection) -> {
          if (request.target().equals("/first")) {
            both.await();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst" + surplus);
          } else {
            connection.answer(200, "second");
          }
        });
    // One connection a loop: the second caller waits for the first one's.
    start("", ", maxConnections: 1");
    RawClient first = client().send("GET /loki-ds/first HTTP/1.1\r\nHost: s\r\n\r\n");
    eventually().until(() -> loki.requests().size() == 1);
    RawClient second = client().send("GET /loki-ds/second HTTP/1.1\r\nHost: s\r\n\r\n");
    if (threads == 1) {
      eventually().until(() -> gateway.app().requestsInFlight() == 2);
    }

    both.countDown();

    assertThat(first.answer().body()).isEqualTo("first");
    assertThat(second.answer().body()).isEqualTo("second");
  }

  @Test
  void bytesOnAnIdleConnection_closeIt() throws Exception {
    CountDownLatch idle = new CountDownLatch(1);
    AtomicInteger count = new AtomicInteger();
    loki.script(
        (request, connection) -> {
          connection.answer(200, "plain");
          if (count.getAndIncrement() == 0) {
            idle.await();
            connection.send("HTTP/1.1 200 O");
            connection.awaitClosed();
            count.set(100);
          }
        });
    start();
    RawClient client = client();
    assertThat(client.get(RELAYED).body()).isEqualTo("plain");

    idle.countDown();

    eventually().until(() -> count.get() == 100);
    assertThat(client.get(RELAYED).body()).isEqualTo("plain");
  }

  @Test
  void upstreamThatIsDown_is502WithoutItsAddress() throws Exception {
    loki.close();
    tempo.close();
    // Bound and not listening: nobody else can take the ports that are to refuse.
    // A closed listener is gone only when its accepting thread has let go of it.
    try (Socket lokiPort =
            eventually().ignoreExceptions().until(() -> bound(loki.uri().getPort()), s -> true);
        Socket tempoPort =
            eventually().ignoreExceptions().until(() -> bound(tempo.uri().getPort()), s -> true)) {
      assertThat(lokiPort.isBound() && tempoPort.isBound()).isTrue();
      upstreamsAreDown();
    }
  }

  private static Socket bound(int port) throws IOException {
    Socket socket = new Socket();
    socket.setReuseAddress(true);
    socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return socket;
  }

  private void upstreamsAreDown() throws Exception {
    start();
    RawClient client = client();

    Answer answer = client.get(RELAYED);

    assertThat(answer.status()).as(answer.body()).isEqualTo(502);
    assertThat(answer.header("content-type")).startsWith("text/plain");
    assertThat(answer.body()).isEqualTo("loki cannot be reached: connection refused\n");
    assertThat(answer.headers().toString()).doesNotContain(Integer.toString(loki.uri().getPort()));
    assertThat(client.get("/tempo-ds/x").body())
        .isEqualTo("tempo cannot be reached: connection refused\n");
    assertThat(client.get(CACHED).status()).isEqualTo(502);
    assertThat(gateway.errors("UF")).isEqualTo(3);
  }

  @Test
  void upstreamThatNeverAnswers_is504AfterTheFirstByteTimeout() throws Exception {
    loki.script((request, connection) -> connection.awaitClosed());
    start("", ", timeouts: { firstByte: 200ms }");

    Answer answer = client().get(RELAYED);

    assertThat(answer.status()).isEqualTo(504);
    assertThat(answer.body()).isEqualTo("loki timed out: no answer in time\n");
    eventually().until(() -> gateway.errors("UT") == 1);
  }

  @Test
  void upstreamThatStallsInItsBody_isBrokenOffAfterTheReadTimeout() throws Exception {
    loki.script(
        (request, connection) -> {
          connection.send(LENGTH);
          connection.awaitClosed();
        });
    start("", ", timeouts: { read: 200ms }");

    assertBrokenOff(client().send("GET " + RELAYED + " HTTP/1.1\r\nHost: s\r\n\r\n"));
    eventually().until(() -> gateway.errors("UN") == 1);
  }

  @Test
  void upstreamThatDoesNotTakeTheBody_is504() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    loki.script((request, connection) -> over.await());
    start("", ", timeouts: { firstByte: 300ms }");
    RawClient client = client();
    Thread upload =
        new Thread(
            () -> {
              try {
                client.send(
                    "POST " + PUSH + " HTTP/1.1\r\nHost: s\r\nContent-Length: 100000000\r\n\r\n");
                for (int i = 0; i < 1000; i++) {
                  client.send(new byte[100_000]);
                }
              } catch (IOException e) {
                // The gateway has enough.
              }
            });
    upload.start();

    assertThat(client.answer().status()).isEqualTo(504);

    over.countDown();
    client.close();
    upload.join();
  }

  @Test
  void earlyAnswerToAnUpload_reachesTheClient() throws Exception {
    loki.script(
        (request, connection) -> {
          connection.read(10);
          connection.send(
              "HTTP/1.1 429 Slow\r\nConnection: close\r\nContent-Length: 8\r\n\r\ntoo much");
          connection.finish();
          connection.awaitClosed();
        });
    start();
    RawClient client = client();
    client.send("POST " + PUSH + " HTTP/1.1\r\nHost: s\r\nContent-Length: 1000000\r\n\r\n");
    client.send(new byte[1000]);

    Answer answer = client.answer();

    assertThat(answer.status()).isEqualTo(429);
    assertThat(answer.header("connection")).isEqualTo("close");
    assertThat(answer.body()).isEqualTo("too much");
    client.send(new byte[1000]);
    assertThat(client.rest()).isEmpty();
  }

  @Test
  void staleConnection_isRetriedOnceForAGet() throws Exception {
    loki.script(
        (request, connection) -> {
          if (request.target().equals("/stale")) {
            // The connection was kept, and closes as the request comes.
            if (loki.requests().size() == 2) {
              connection.close();
              return;
            }
          }
          connection.answer(200, "fine");
        });
    start("", ", maxConnections: 1");
    RawClient client = client();
    assertThat(client.get(RELAYED).status()).isEqualTo(200);

    assertThat(client.get("/loki-ds/stale").body()).isEqualTo("fine");

    assertThat(loki.requests()).hasSize(3);
  }

  @Test
  void retriedGetThatFailsAgain_is502() throws Exception {
    loki.script(
        (request, connection) -> {
          if (request.target().equals("/stale")) {
            connection.close();
          } else {
            connection.answer(200, "fine");
          }
        });
    start("", ", maxConnections: 1");
    RawClient client = client();
    assertThat(client.get(RELAYED).status()).isEqualTo(200);

    Answer answer = client.get("/loki-ds/stale");

    assertThat(answer.status()).isEqualTo(502);
    assertThat(answer.body()).isEqualTo("loki closed the connection without an answer\n");
    assertThat(loki.requests()).hasSize(3);
  }

  @Test
  void halfAHeadOnAKeptConnection_isNotRetried() throws Exception {
    loki.script(
        (request, connection) -> {
          if (request.target().equals("/stale")) {
            connection.send("HTTP/1.1 20");
            connection.close();
          } else {
            connection.answer(200, "fine");
          }
        });
    start("", ", maxConnections: 1");
    RawClient client = client();
    assertThat(client.get(RELAYED).status()).isEqualTo(200);

    assertThat(client.get("/loki-ds/stale").status()).isEqualTo(502);

    assertThat(loki.requests()).hasSize(2);
  }

  @Test
  void staleConnection_isNotRetriedForAPost() throws Exception {
    loki.script(
        (request, connection) -> {
          if (request.method().equals("POST")) {
            connection.close();
          } else {
            connection.answer(200, "fine");
          }
        });
    start("", ", maxConnections: 1");
    RawClient client = client();
    assertThat(client.get(RELAYED).status()).isEqualTo(200);

    Answer answer =
        client.send("POST " + PUSH + " HTTP/1.1\r\nHost: s\r\nContent-Length: 0\r\n\r\n").answer();

    assertThat(answer.status()).isEqualTo(502);
    assertThat(loki.requests()).hasSize(2);
  }

  @Test
  void requestsBeyondThePool_waitAndThoseBeyondTheQueueAre503() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    loki.script(
        (request, connection) -> {
          go.await();
          connection.answer(200, "fine");
        });
    start("", ", maxConnections: 1");
    // Per loop one is sent and 1024 wait; Loki's own probe may wait too.
    int some = threads * 1025 + 40;
    List<RawClient> all = new ArrayList<>();
    for (int i = 0; i < some; i++) {
      all.add(client().send("GET " + RELAYED + " HTTP/1.1\r\nHost: s\r\n\r\n"));
    }
    eventually().until(() -> gateway.errors("UO") > 0);

    go.countDown();

    int refused = 0;
    for (RawClient each : all) {
      Answer answer = each.answer();
      if (answer.status() == 503) {
        refused++;
        assertThat(answer.header("retry-after")).isEqualTo("1");
        assertThat(answer.body()).isEqualTo("too many requests to loki are under way\n");
      } else {
        assertThat(answer.body()).isEqualTo("fine");
      }
    }
    assertThat(refused).isPositive().isLessThan(100);
  }
}
