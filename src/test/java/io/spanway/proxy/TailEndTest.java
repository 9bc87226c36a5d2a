// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import static io.spanway.proxy.FrameSocket.TEXT;
import static io.spanway.proxy.TailFixture.V1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.spanway.proxy.TailFixture.Tail;
import io.spanway.proxy.TailFixture.Upstream;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** All the ways in which a tail ends. */
final class TailEndTest {
  private TailFixture fixture;

  @BeforeEach
  void start() throws Exception {
    fixture = new TailFixture("");
  }

  @AfterEach
  void stop() throws Exception {
    fixture.close();
  }

  @ParameterizedTest
  @CsvSource({"1011, max concurrent tail requests limit exceeded", "1000, ''", "4321, gründlich"})
  void closeOfLoki_passesAsItIs(int code, String reason) throws Exception {
    try (Tail tail = fixture.open(V1)) {
      tail.loki().send(TEXT, "last words");
      tail.loki().sendClose(code, reason);
      assertThat(tail.client().next()).isEqualTo("last words");
      assertThat(tail.client().next()).isEqualTo("close " + code + " " + reason);
      assertThat(fixture.app.requestsInFlight()).isOne();
      tail.client().sendClose(code, "as you say");
      assertThat(tail.loki().next()).isEqualTo("close " + code + " as you say");
      assertThat(tail.client().next()).isEqualTo("end");
      assertThat(tail.loki().next()).isEqualTo("end");
    }
    await().until(() -> fixture.app.requestsInFlight() == 0);
    assertThat(fixture.metrics()).contains("operation=\"loki_tail\",status=\"101\"");
  }

  @Test
  void closeWithoutCode_passesAsItIs() throws Exception {
    try (Tail tail = fixture.open(V1)) {
      tail.loki().add(0x88, new byte[0]).flush();
      assertThat(tail.client().next()).isEqualTo("close");
      tail.client().add(0x88, new byte[0]).flush();
      assertThat(tail.loki().next()).isEqualTo("close");
      assertThat(tail.client().next()).isEqualTo("end");
    }
  }

  @ParameterizedTest
  @CsvSource({"1000, ''", "1001, page left"})
  void closeOfTheClient_passesAsItIs(int code, String reason) throws Exception {
    try (Tail tail = fixture.open(V1)) {
      tail.client().sendClose(code, reason);
      FrameSocket.Frame close = tail.loki().read();
      assertThat(close.shown()).isEqualTo("close " + code + " " + reason);
      assertThat(close.masked()).isTrue();
      tail.loki().send(TEXT, "was on its way");
      tail.loki().sendClose(code, "");
      assertThat(tail.client().next()).isEqualTo("was on its way");
      assertThat(tail.client().next()).isEqualTo("close " + code + " ");
      assertThat(tail.client().next()).isEqualTo("end");
      assertThat(tail.loki().next()).isEqualTo("end");
    }
  }

  @Test
  void closeThatLokiDoesNotAnswer_isAnsweredForIt() throws Exception {
    try (Tail tail = fixture.open(V1)) {
      tail.client().sendClose(1000, "bye");
      assertThat(tail.loki().next()).isEqualTo("close 1000 bye");
      tail.loki().close();
      assertThat(tail.client().next()).isEqualTo("close 1000 bye");
      assertThat(tail.client().next()).isEqualTo("end");
    }
  }

  @Test
  void closeOfLokiWithItsConnection_stillReachesTheClient() throws Exception {
    try (Tail tail = fixture.open(V1)) {
      tail.loki().sendClose(1011, "why");
      tail.loki().close();
      assertThat(tail.client().next()).isEqualTo("close 1011 why");
      tail.client().sendClose(1011, "");
      assertThat(tail.client().next()).isEqualTo("end");
    }
  }

  @Test
  void lokiThatVanishes_leavesTheClientWithoutACloseFrame() throws Exception {
    try (Tail tail = fixture.open(V1)) {
      tail.loki().send(TEXT, "last words");
      tail.loki().close();
      assertThat(tail.client().next()).isEqualTo("last words");
      assertThat(tail.client().next()).isEqualTo("end");
    }
    await().until(() -> fixture.metrics().contains("flag=\"UI\"} 1"));
  }

  @Test
  void clientThatVanishes_endsTheTail() throws Exception {
    try (Tail tail = fixture.open(V1)) {
      tail.client().close();
      assertThat(tail.loki().next()).isEqualTo("end");
    }
    await().until(() -> fixture.app.requestsInFlight() == 0);
  }

  @ParameterizedTest
  @CsvSource({
    // Twice what a client may send, not masked, compressed, an unknown opcode.
    "82ff000000000020000001020304, close 1009",
    "810161, close 1002",
    "c18101020304ff, close 1002",
    "838001020304, close 1002",
  })
  void clientThatBreaksTheRules_isTold(String hex, String close) throws Exception {
    try (Tail tail = fixture.open(V1)) {
      tail.client().raw(HexFormat.of().parseHex(hex)).flush();
      assertThat(tail.client().next()).startsWith(close);
      assertThat(tail.loki().next()).isEqualTo("close 1001 going away");
      // What it goes on to send is thrown away, so that nothing resets the connection.
      tail.client().raw(new byte[100_000]).flush();
      assertThat(tail.client().next()).isEqualTo("end");
      assertThat(tail.loki().next()).isEqualTo("end");
    }
  }

  @ParameterizedTest
  @CsvSource({
    // 64 MiB and a byte, masked, compressed.
    "827f0000000004000001, close 1009",
    "81810102030460, close 1002",
    "c10161, close 1002",
  })
  void lokiThatBreaksTheRules_endsTheTailForBoth(String hex, String close) throws Exception {
    try (Tail tail = fixture.open(V1)) {
      tail.loki().raw(HexFormat.of().parseHex(hex)).flush();
      assertThat(tail.client().next()).startsWith(close);
      assertThat(tail.loki().next()).startsWith(close);
      tail.client().sendClose(1009, "");
      assertThat(tail.client().next()).isEqualTo("end");
      assertThat(tail.loki().next()).isEqualTo("end");
    }
  }

  @Test
  void stop_tellsBothSidesAndDoesNotWaitForThem() throws Exception {
    try (Tail polite = fixture.open(V1);
        Tail silent = fixture.open(V1)) {
      long before = System.nanoTime();
      CompletableFuture<Boolean> stopped = fixture.stop();
      for (Tail tail : new Tail[] {polite, silent}) {
        assertThat(tail.client().next()).isEqualTo("close 1001 going away");
        assertThat(tail.loki().next()).isEqualTo("close 1001 going away");
      }
      polite.client().sendClose(1001, "");
      assertThat(polite.client().next()).isEqualTo("end");
      assertThat(polite.loki().next()).isEqualTo("end");
      assertThat(silent.client().next()).isEqualTo("end");
      assertThat(stopped.get(20, TimeUnit.SECONDS)).isTrue();
      // A quarter of the drain time.
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(8));
    }
  }

  @Test
  void clientThatSpeaksBeforeThe101_isCutOff() throws Exception {
    try (FrameSocket client = fixture.connect()) {
      client.raw(TailFixture.handshake(V1, "")).add(0x89, "early\r\n\r\n".getBytes(UTF_8)).flush();
      Upstream upstream = fixture.nextTail();
      upstream.socket().accept(upstream.head(), "").flush();
      client.readHead();
      assertThat(client.next()).isEqualTo("end");
      assertThat(upstream.socket().next()).isEqualTo("end");
      upstream.socket().close();
    }
  }

  @Test
  void tailThatBeginsDuringADrain_isToldAtOnce() throws Exception {
    try (FrameSocket client = fixture.connect()) {
      client.raw(TailFixture.handshake(V1, "")).flush();
      Upstream upstream = fixture.nextTail();
      CompletableFuture<Boolean> stopped = fixture.stop();
      await().until(() -> !fixture.accepts());
      upstream.socket().accept(upstream.head(), "").flush();
      assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
      assertThat(client.next()).isEqualTo("close 1001 going away");
      client.sendClose(1001, "");
      assertThat(client.next()).isEqualTo("end");
      assertThat(upstream.socket().next()).isEqualTo("close 1001 going away");
      assertThat(stopped.get(20, TimeUnit.SECONDS)).isTrue();
      upstream.socket().close();
    }
  }
}
