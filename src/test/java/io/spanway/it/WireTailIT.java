// SPDX-License-Identifier: Apache-2.0
package io.spanway.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.testing.RawClient;
import io.spanway.testing.RawClient.Answer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A tail is an ordinary request until its 101, and then a way for frames. */
@ParameterizedClass
@ValueSource(ints = {1, 2})
final class WireTailIT extends WireFixture {
  static final String HANDSHAKE =
      "GET /loki/api/v1/tail?query=%7Ba%3D%22b%22%7D HTTP/1.1\r\nHost: s"
          + "\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  static final String SWITCHING =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade"
          + "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

  @Test
  void frames_goBothWaysAfterTheHandshake() throws Exception {
    AtomicReference<String> got = new AtomicReference<>();
    loki.script(
        (request, connection) -> {
          connection.send(SWITCHING);
          got.set(connection.read(9));
          connection.send("\u0081\u0002hi");
          connection.awaitClosed();
        });
    start();
    RawClient client = client().send(HANDSHAKE);

    Answer answer = client.answer();

    assertThat(answer.status()).isEqualTo(101);
    assertThat(answer.header("upgrade")).isEqualToIgnoringCase("websocket");
    assertThat(answer.header("connection")).isEqualToIgnoringCase("upgrade");
    assertThat(answer.header("sec-websocket-accept")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    client.send("\u0082\u0083\u0000\u0000\u0000\u0000abc");
    assertThat(client.read(4)).isEqualTo("\u0081\u0002hi");
    assertThat(unmasked(got.get())).isEqualTo("\u0082\u0083abc");
    var request = loki.request();
    assertThat(request.header("upgrade")).isEqualToIgnoringCase("websocket");
    assertThat(request.header("connection")).isEqualToIgnoringCase("upgrade");
    assertThat(request.header("sec-websocket-key")).isEqualTo("dGhlIHNhbXBsZSBub25jZQ==");
    assertThat(request.target()).isEqualTo("/loki/api/v1/tail?query=%7Ba%3D%22b%22%7D");
  }

  /** Undoes RFC 6455 section 5.3 for a small frame: the mask is never the client's own. */
  private static String unmasked(String frame) {
    var plain = new StringBuilder(frame.substring(0, 2));
    for (int i = 6; i < frame.length(); i++) {
      plain.append((char) (frame.charAt(i) ^ frame.charAt(2 + ((i - 6) & 3))));
    }
    return plain.toString();
  }

  @Test
  void framesRightBehindThe101_areNotLost() throws Exception {
    String frames = "\u0081\u0005first".repeat(1000);
    loki.script(
        (request, connection) -> {
          connection.send(SWITCHING + frames);
          connection.awaitClosed();
        });
    start();
    RawClient client = client().send(HANDSHAKE);

    assertThat(client.answer().status()).isEqualTo(101);
    assertThat(client.read(frames.length())).isEqualTo(frames);
  }

  @Test
  void upstreamThatCloses_closesTheClientAfterItsLastBytes() throws Exception {
    String frames = "\u0081\u0005first".repeat(10_000);
    loki.script(
        (request, connection) -> {
          connection.send(SWITCHING + frames);
          connection.close();
        });
    start();
    RawClient client = client().send(HANDSHAKE);

    assertThat(client.answer().status()).isEqualTo(101);
    assertThat(client.rest()).isEqualTo(frames);
    gateway.awaitIdle();
  }

  @Test
  void clientThatCloses_closesTheUpstream() throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    loki.script(
        (request, connection) -> {
          connection.send(SWITCHING);
          connection.awaitClosed();
          closed.countDown();
        });
    start();
    RawClient client = client().send(HANDSHAKE);
    assertThat(client.answer().status()).isEqualTo(101);

    client.close();

    assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
    gateway.awaitIdle();
  }

  @Test
  void clientThatEndsItsSendingSide_endsTheTail() throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    loki.script(
        (request, connection) -> {
          connection.send(SWITCHING);
          connection.awaitClosed();
          closed.countDown();
        });
    start();
    RawClient client = client().send(HANDSHAKE);
    assertThat(client.answer().status()).isEqualTo(101);

    client.finish();

    assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(client.rest()).isEmpty();
    gateway.awaitIdle();
  }

  @Test
  void upstreamThatEndsItsSendingSide_endsTheTail() throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    loki.script(
        (request, connection) -> {
          connection.send(SWITCHING + "\u0081\u0005first");
          connection.finish();
          connection.awaitClosed();
          closed.countDown();
        });
    start();
    RawClient client = client().send(HANDSHAKE);
    assertThat(client.answer().status()).isEqualTo(101);

    assertThat(client.rest()).isEqualTo("\u0081\u0005first");
    assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
    gateway.awaitIdle();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/loki/api/v1/tail", "/api/prom/tail", "/loki-ds/loki/api/v1/tail"})
  void tenantAndCredentialsOfTheClient_areReplaced(String path) throws Exception {
    loki.script(
        (request, connection) -> {
          connection.send(SWITCHING);
          connection.awaitClosed();
        });
    start("", ", tenant: team-a, auth: { bearer: '${SPANWAY_TEST_NONE:-secret}' }");

    RawClient client =
        client()
            .send(
                HANDSHAKE
                    .replace("/loki/api/v1/tail", path)
                    .replace(
                        "\r\nHost: s",
                        "\r\nHost: s\r\nx-scope-orgid: evil\r\nX-Scope-OrgID: worse"
                            + "\r\nAuthorization: Basic ZXZpbDpldmls"));

    assertThat(client.answer().status()).isEqualTo(101);
    assertThat(loki.request().all("x-scope-orgid")).containsExactly("team-a");
    assertThat(loki.request().all("authorization")).containsExactly("Bearer secret");
  }

  @Test
  void upstreamThatIsReset_closesTheClient() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    loki.script(
        (request, connection) -> {
          connection.send(SWITCHING);
          go.await();
          connection.reset();
        });
    start();
    RawClient client = client().send(HANDSHAKE);
    assertThat(client.answer().status()).isEqualTo(101);

    go.countDown();

    client.endsInReset();
    gateway.awaitIdle();
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 400, 500})
  void answerOtherThan101_isAnOrdinaryAnswer(int status) throws Exception {
    loki.script((request, connection) -> connection.answer(status, "parse error"));
    start();
    RawClient client = client().send(HANDSHAKE);

    Answer answer = client.answer();

    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.body()).isEqualTo("parse error");
    assertThat(client.get(RELAYED).status()).isEqualTo(status);
  }

  @Test
  void tailIsFreeOfTimeouts() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    loki.script(
        (request, connection) -> {
          if (request.target().startsWith("/loki/api/v1/tail")) {
            connection.send(SWITCHING);
            go.await();
            connection.send("\u0081\u0004late");
            connection.awaitClosed();
          } else {
            connection.awaitClosed();
          }
        });
    start(
        ", idleTimeout: 100ms, bodyTimeout: 100ms, writeTimeout: 100ms",
        ", timeouts: { firstByte: 400ms, read: 100ms, idle: 100ms }");
    RawClient client = client().send(HANDSHAKE);
    assertThat(client.answer().status()).isEqualTo(101);

    // Something else runs into a time-out that is longer than all of the tail's.
    assertThat(client().get(RELAYED).status()).isEqualTo(504);
    go.countDown();

    assertThat(client.read(6)).isEqualTo("\u0081\u0004late");
  }

  @Test
  void tails_doNotTakeThePlacesOfThePool() throws Exception {
    loki.script(
        (request, connection) -> {
          if (request.target().startsWith("/loki/api/v1/tail")) {
            connection.send(SWITCHING);
            connection.awaitClosed();
          } else {
            connection.answer(200, "fine");
          }
        });
    start("", ", maxConnections: 1");
    for (int i = 0; i < 10; i++) {
      assertThat(client().send(HANDSHAKE).answer().status()).isEqualTo(101);
    }

    assertThat(client().get(RELAYED).body()).isEqualTo("fine");
  }

  @Test
  void clientThatLeavesBeforeThe101_closesTheUpstreamAndLeavesThePoolRight() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    AtomicBoolean closed = new AtomicBoolean();
    loki.script(
        (request, connection) -> {
          if (request.target().startsWith("/loki/api/v1/tail")) {
            go.await();
            try {
              connection.send(SWITCHING);
              connection.awaitClosed();
            } finally {
              closed.set(true);
            }
          } else {
            connection.answer(200, "fine");
          }
        });
    start("", ", maxConnections: 1");
    RawClient client = client().send(HANDSHAKE);
    eventually().until(() -> loki.requests().size() == 1);

    client.close();
    go.countDown();

    eventually().until(closed::get);
    gateway.awaitIdle();
    assertThat(client().get(RELAYED).body()).isEqualTo("fine");
    eventually()
        .until(
            () ->
                gateway.metric("spanway_upstream_connections{", "loki") == loki.openConnections());
  }

  @Test
  void framesSentBeforeThe101_endTheConnectionAndAreNotTakenForARequest() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    loki.script(
        (request, connection) -> {
          go.await();
          connection.send(SWITCHING);
          connection.awaitClosed();
        });
    start();
    RawClient client =
        client().send(HANDSHAKE + "GET /loki-ds/smuggled HTTP/1.1\r\nHost: s\r\n\r\n");
    eventually().until(() -> loki.requests().size() == 1);

    go.countDown();

    client.endsInReset();
    gateway.awaitIdle();
    assertThat(loki.requests()).hasSize(1);
  }
}
