// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import static io.spanway.proxy.FrameSocket.PING;
import static io.spanway.proxy.FrameSocket.PONG;
import static io.spanway.proxy.FrameSocket.TEXT;
import static io.spanway.proxy.TailFixture.KEY;
import static io.spanway.proxy.TailFixture.LEGACY;
import static io.spanway.proxy.TailFixture.V1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.proxy.TailFixture.Tail;
import io.spanway.proxy.TailFixture.Upstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The handshake of a tail, and the frames after it, over real sockets. */
final class TailExchangeTest {
  private static final String FRAME =
      "{\"streams\":[{\"stream\":{\"a\":\"b\"},\"values\":[[\"1\",\"trace_id=1\"]]}]}";
  private static final String ANNOTATED = FRAME.replace("\"b\"", "\"b\",\"TraceID\":\"1\"");

  private static TailFixture fixture;

  @BeforeAll
  static void start() throws Exception {
    fixture = new TailFixture(TailFixture.FIELDS);
  }

  @AfterAll
  static void stop() throws Exception {
    fixture.close();
  }

  @Test
  void handshake_isForwardedWithoutExtensions() throws Exception {
    try (FrameSocket client = fixture.connect()) {
      client
          .raw(
              TailFixture.handshake(
                  V1,
                  "Sec-WebSocket-Protocol: one, two\r\n"
                      + "Sec-WebSocket-Extensions: permessage-deflate\r\n"
                      + "Origin: http://grafana\r\nX-Scope-OrgID: t1\r\n"))
          .flush();
      Upstream upstream = fixture.nextTail();
      upstream.socket().accept(upstream.head(), "Sec-WebSocket-Protocol: two\r\n").flush();
      String answer = client.readHead();

      assertThat(upstream.head()).startsWith("GET " + V1 + " HTTP/1.1\r\n");
      assertThat(FrameSocket.header(upstream.head(), "sec-websocket-key")).isEqualTo(KEY);
      assertThat(FrameSocket.header(upstream.head(), "sec-websocket-version")).isEqualTo("13");
      assertThat(FrameSocket.header(upstream.head(), "sec-websocket-protocol"))
          .isEqualTo("one, two");
      assertThat(FrameSocket.header(upstream.head(), "origin")).isEqualTo("http://grafana");
      assertThat(FrameSocket.header(upstream.head(), "x-scope-orgid")).isEqualTo("t1");
      assertThat(FrameSocket.header(upstream.head(), "upgrade")).isEqualTo("websocket");
      assertThat(FrameSocket.header(upstream.head(), "connection"))
          .isEqualToIgnoringCase("upgrade");
      assertThat(upstream.head()).doesNotContainIgnoringCase("sec-websocket-extensions");
      assertThat(answer).startsWith("HTTP/1.1 101 ");
      assertThat(FrameSocket.header(answer, "sec-websocket-accept"))
          .isEqualTo(FrameSocket.acceptFor(KEY));
      assertThat(FrameSocket.header(answer, "sec-websocket-protocol")).isEqualTo("two");
      upstream.socket().close();
    }
  }

  @Test
  void errorBeforeTheUpgrade_isAnOrdinaryAnswer() throws Exception {
    try (FrameSocket client = fixture.connect()) {
      client.raw(TailFixture.handshake(V1, "")).flush();
      Upstream upstream = fixture.nextTail();
      upstream
          .socket()
          .raw("HTTP/1.1 400 Bad Request\r\nContent-Length: 11\r\n\r\nparse error")
          .flush();

      assertThat(client.readHead()).startsWith("HTTP/1.1 400 ").doesNotContain("Connection: close");
      assertThat(new String(client.readBytes(11), UTF_8)).isEqualTo("parse error");
      upstream.socket().close();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET|Upgrade: h2c\r\nConnection: Upgrade\r\n",
        "GET|Upgrade: websocket\r\nConnection: keep-alive\r\n",
        "GET|Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n",
        "POST|Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n",
        "GET|",
      })
  void requestWithoutHandshake_isRelayed(String methodAndHeaders) throws Exception {
    int bar = methodAndHeaders.indexOf('|');
    String method = methodAndHeaders.substring(0, bar);
    try (FrameSocket client = fixture.connect()) {
      client
          .raw(
              method
                  + " "
                  + V1
                  + " HTTP/1.1\r\nHost: spanway\r\nSec-WebSocket-Key: "
                  + KEY
                  + "\r\n"
                  + methodAndHeaders.substring(bar + 1)
                  + "\r\n")
          .flush();
      Upstream upstream = fixture.nextTail();
      upstream.socket().raw("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").flush();

      assertThat(client.readHead()).startsWith("HTTP/1.1 400 ");
      assertThat(upstream.head()).startsWith(method + " " + V1 + " ");
      assertThat(upstream.head()).doesNotContainIgnoringCase("\r\nupgrade:");
      upstream.socket().close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"V13", "not-base64-of-sixteen"})
  void badKey_isRelayed(String key) throws Exception {
    try (FrameSocket client = fixture.connect()) {
      client.raw(TailFixture.handshake(V1, "").replace(KEY, key)).flush();
      Upstream upstream = fixture.nextTail();
      upstream.socket().raw("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").flush();

      assertThat(client.readHead()).startsWith("HTTP/1.1 400 ");
      assertThat(upstream.head()).doesNotContainIgnoringCase("\r\nupgrade:");
      upstream.socket().close();
    }
  }

  @Test
  void extensionThatNobodyAskedFor_isABadGateway() throws Exception {
    try (FrameSocket client = fixture.connect()) {
      client.raw(TailFixture.handshake(V1, "")).flush();
      Upstream upstream = fixture.nextTail();
      upstream
          .socket()
          .accept(upstream.head(), "Sec-WebSocket-Extensions: permessage-deflate\r\n")
          .flush();

      assertThat(client.readHead()).startsWith("HTTP/1.1 502 ");
      assertThat(upstream.socket().next()).isEqualTo("end");
      upstream.socket().close();
    }
  }

  @Test
  void framesBehindThe101_reachTheClient() throws Exception {
    try (FrameSocket client = fixture.connect()) {
      client.raw(TailFixture.handshake(V1, "")).flush();
      Upstream upstream = fixture.nextTail();
      upstream
          .socket()
          .accept(upstream.head(), "")
          .add(0x81, FRAME.getBytes(UTF_8))
          .add(0x89, "p".getBytes(UTF_8))
          .flush();
      client.readHead();

      assertThat(client.next()).isEqualTo(ANNOTATED);
      assertThat(client.next()).isEqualTo("ping p");
      upstream.socket().close();
    }
  }

  @Test
  void pingsAndPongs_passBothWays() throws Exception {
    try (Tail tail = fixture.open(V1)) {
      tail.loki().send(PING, "l1");
      assertThat(tail.client().next()).isEqualTo("ping l1");
      tail.client().send(PONG, "l1");
      FrameSocket.Frame pong = tail.loki().read();
      assertThat(pong.shown()).isEqualTo("pong l1");
      assertThat(pong.masked()).isTrue();
      tail.client().send(PING, "");
      assertThat(tail.loki().next()).isEqualTo("ping ");
      tail.loki().send(PONG, "");
      FrameSocket.Frame back = tail.client().read();
      assertThat(back.shown()).isEqualTo("pong ");
      assertThat(back.masked()).isFalse();
    }
  }

  @Test
  void framesOfTheClient_passAsTheyAre() throws Exception {
    try (Tail tail = fixture.open(V1)) {
      tail.client()
          .add(0x01, "a".getBytes(UTF_8))
          .add(0x89, "p".getBytes(UTF_8))
          .add(0x80, "b".getBytes(UTF_8))
          .add(0x82, new byte[70_000])
          .flush();

      assertThat(tail.loki().next()).isEqualTo("a…");
      assertThat(tail.loki().next()).isEqualTo("ping p");
      FrameSocket.Frame rest = tail.loki().read();
      assertThat(rest.first()).isEqualTo(0x80);
      assertThat(rest.text()).isEqualTo("b");
      FrameSocket.Frame binary = tail.loki().read();
      assertThat(binary.first()).isEqualTo(0x82);
      assertThat(binary.payload()).isEqualTo(new byte[70_000]);
    }
  }

  @ParameterizedTest
  @CsvSource({V1 + ",true", LEGACY + ",false"})
  void textOfLoki_isAnnotatedOnTheNewPathOnly(String target, boolean annotated) throws Exception {
    try (Tail tail = fixture.open(target)) {
      tail.loki().send(TEXT, FRAME);
      assertThat(tail.client().next()).isEqualTo(annotated ? ANNOTATED : FRAME);
      tail.loki().send(TEXT, "not JSON");
      assertThat(tail.client().next()).isEqualTo("not JSON");
      tail.loki().add(0x82, FRAME.getBytes(UTF_8)).flush();
      FrameSocket.Frame binary = tail.client().read();
      assertThat(binary.first()).isEqualTo(0x82);
      assertThat(binary.text()).isEqualTo(FRAME);
    }
  }

  @Test
  void fragmentsOfLoki_arePutTogetherAndAnnotated() throws Exception {
    try (Tail tail = fixture.open(V1)) {
      byte[] whole = FRAME.getBytes(UTF_8);
      tail.loki().add(0x01, Arrays.copyOf(whole, 20)).flush();
      tail.loki().send(PING, "between");
      tail.loki().add(0x00, new byte[0]);
      tail.loki().add(0x00, Arrays.copyOfRange(whole, 20, 21));
      tail.loki().add(0x80, Arrays.copyOfRange(whole, 21, whole.length)).flush();

      assertThat(tail.client().next()).isEqualTo("ping between");
      FrameSocket.Frame text = tail.client().read();
      assertThat(text.first()).isEqualTo(0x81);
      assertThat(text.text()).isEqualTo(ANNOTATED);
    }
  }

  @Test
  void largeMessage_passesWhole() throws Exception {
    String large = "{\"streams\":[],\"x\":\"" + "y".repeat(6 << 20) + "\"}";
    try (Tail tail = fixture.open(V1)) {
      CompletableFuture<Void> sent =
          CompletableFuture.runAsync(
              () -> {
                try {
                  tail.loki().send(TEXT, large);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });

      assertThat(tail.client().next()).isEqualTo(large);
      sent.get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void javasClient_isServed() throws Exception {
    CompletableFuture<String> text = new CompletableFuture<>();
    CompletableFuture<String> closed = new CompletableFuture<>();
    CompletableFuture<WebSocket> connecting =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(
                URI.create("ws://127.0.0.1:" + fixture.app.dataAddress().getPort() + V1),
                new WebSocket.Listener() {
                  @Override
                  public CompletionStage<?> onText(WebSocket s, CharSequence part, boolean last) {
                    text.complete(part.toString());
                    s.request(1);
                    return null;
                  }

                  @Override
                  public CompletionStage<?> onClose(WebSocket s, int code, String reason) {
                    closed.complete(code + " " + reason);
                    return null;
                  }
                });
    Upstream upstream = fixture.nextTail();
    upstream.socket().accept(upstream.head(), "").flush();
    WebSocket socket = connecting.get(10, TimeUnit.SECONDS);

    upstream.socket().send(TEXT, FRAME);
    assertThat(text.get(10, TimeUnit.SECONDS)).isEqualTo(ANNOTATED);
    socket.sendText("ignored", true).get(10, TimeUnit.SECONDS);
    assertThat(upstream.socket().next()).isEqualTo("ignored");
    upstream.socket().sendClose(1011, "reached tail max duration limit");
    assertThat(closed.get(10, TimeUnit.SECONDS)).isEqualTo("1011 reached tail max duration limit");
    assertThat(upstream.socket().next()).startsWith("close 1011");
    assertThat(upstream.socket().next()).isEqualTo("end");
    upstream.socket().close();
  }
}
