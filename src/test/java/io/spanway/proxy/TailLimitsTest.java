// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import static io.spanway.proxy.FrameSocket.PONG;
import static io.spanway.proxy.FrameSocket.TEXT;
import static io.spanway.proxy.TailFixture.LEGACY;
import static io.spanway.proxy.TailFixture.V1;
import static io.spanway.proxy.TailFixture.handshake;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.spanway.proxy.TailFixture.Tail;
import io.spanway.proxy.TailFixture.Upstream;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may tail, and what a tail may cost. */
final class TailLimitsTest {
  private static final String ORIGINS =
      "tail: { allowedOrigins: ['https://grafana.example', 'http://10.0.0.1:3000'] }\n";

  private TailFixture fixture;

  private void start(String yaml) throws Exception {
    fixture = new TailFixture(yaml);
  }

  @AfterEach
  void stop() throws Exception {
    fixture.close();
  }

  @ParameterizedTest
  @CsvSource({
    "''",
    "'Origin: https://grafana.example\r\n'",
    "'Origin: HTTPS://Grafana.Example:443\r\n'",
    "'Origin: http://10.0.0.1:3000\r\n'",
  })
  void pageOfAnAllowedOrigin_mayTail(String header) throws Exception {
    start(ORIGINS);
    opens(V1, header);
  }

  @ParameterizedTest
  @CsvSource({
    V1 + ", https://evil.example",
    LEGACY + ", https://evil.example",
    V1 + ", http://grafana.example",
    V1 + ", https://grafana.example:8443",
    V1 + ", https://grafana.example.evil.example",
    V1 + ", https://sub.grafana.example",
    V1 + ", http://10.0.0.1",
    V1 + ", null",
    V1 + ", ''",
    V1 + ", 'https://grafana.example\r\nOrigin: https://evil.example'",
  })
  void pageOfAnotherOrigin_isRefusedBeforeLokiHearsOfIt(String target, String origin)
      throws Exception {
    start(ORIGINS);
    try (FrameSocket client = fixture.connect()) {
      client.raw(handshake(target, "Origin: " + origin + "\r\n")).flush();

      assertThat(client.readHead()).startsWith("HTTP/1.1 403 ");
    }
    assertThat(fixture.metrics())
        .contains("flag=\"CD\"} 1")
        .doesNotContain("spanway_upstream_requests_seconds_count{operation=\"loki_tail\"");
  }

  @Test
  void withoutAList_everyPageMayTail() throws Exception {
    start("");
    opens(V1, "Origin: https://anywhere.example\r\n");
  }

  @Test
  void withAnEmptyList_noPageMayTail() throws Exception {
    start("tail: { allowedOrigins: [] }\n");
    opens(V1, "");
    try (FrameSocket client = fixture.connect()) {
      client.raw(handshake(V1, "Origin: https://grafana.example\r\n")).flush();

      assertThat(client.readHead()).startsWith("HTTP/1.1 403 ");
    }
  }

  private void opens(String target, String header) throws IOException {
    try (FrameSocket client = fixture.connect()) {
      client.raw(handshake(target, header)).flush();
      Upstream upstream = fixture.nextTail();
      try (FrameSocket loki = upstream.socket()) {
        loki.accept(upstream.head(), "").flush();
        assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
      }
    }
  }

  @Test
  void messageAtTheLimit_passes() throws Exception {
    start("tail: { maxMessage: 64KiB }\n");
    String text = "x".repeat(64 << 10);
    try (Tail tail = fixture.open(V1)) {
      tail.loki().send(TEXT, text);

      assertThat(tail.client().next()).isEqualTo(text);
    }
  }

  @ParameterizedTest
  @CsvSource({"65537, 0", "40000, 40000"})
  void messageAboveTheLimit_endsTheTailForBoth(int first, int second) throws Exception {
    start("tail: { maxMessage: 64KiB }\n");
    try (Tail tail = fixture.open(V1)) {
      tail.loki().add(second == 0 ? 0x81 : 0x01, new byte[first]);
      if (second > 0) {
        tail.loki().add(0x80, new byte[second]);
      }
      tail.loki().flush();

      assertThat(tail.client().next()).startsWith("close 1009");
      assertThat(tail.loki().next()).startsWith("close 1009");
    }
    await().until(() -> fixture.metrics().contains("flag=\"UB\"} 1"));
  }

  @Test
  void frameOfAClient_mayBeSmall() throws Exception {
    start("");
    try (Tail tail = fixture.open(V1)) {
      tail.client().add(0x82, new byte[128 << 10]).flush();
      assertThat(tail.loki().read().payload()).hasSize(128 << 10);

      tail.client().add(0x82, new byte[(128 << 10) + 1]).flush();

      assertThat(tail.client().next()).startsWith("close 1009");
      assertThat(tail.loki().next()).isEqualTo("close 1001 going away");
    }
  }

  @Test
  void clientThatIsSilent_isAskedAndThenClosedWithItsUpstream() throws Exception {
    start("tail: { idleTimeout: 300ms }\n");
    try (Tail tail = fixture.open(V1)) {
      answerPing(tail.loki());

      assertThat(skip(tail.client(), "pong ")).isEqualTo("ping ");
      assertThat(skip(tail.client(), "pong ")).isEqualTo("end");
      assertThat(skip(tail.loki(), "ping ")).isEqualTo("end");
    }
    await().until(() -> fixture.app.requestsInFlight() == 0);
    assertThat(fixture.metrics()).contains("flag=\"DC\"} 1");
  }

  @Test
  void whoAnswersPings_stays() throws Exception {
    start("tail: { idleTimeout: 300ms }\n");
    try (Tail tail = fixture.open(V1)) {
      // More than twice the time that would do for a silent one. What either says to a ping of
      // Spanway's own reaches the other one too, to whom it means nothing.
      for (int i = 0; i < 5; i++) {
        answerPing(tail.client());
        answerPing(tail.loki());
      }
      tail.loki().send(TEXT, "still there");
      assertThat(skip(tail.client(), "pong ", "ping ")).isEqualTo("still there");
    }
  }

  @Test
  void lokiThatIsSilent_isAskedAndThenGivenUp() throws Exception {
    start("tail: { idleTimeout: 300ms }\n");
    try (Tail tail = fixture.open(V1)) {
      FrameSocket.Frame ping = tail.loki().read();
      assertThat(ping.shown()).isEqualTo("ping ");
      assertThat(ping.masked()).isTrue();
      answerPing(tail.client());

      // Without a close frame, so that Grafana connects again.
      assertThat(skip(tail.client(), "ping ")).isEqualTo("end");
    }
    await().until(() -> fixture.metrics().contains("flag=\"UN\"} 1"));
  }

  private static void answerPing(FrameSocket socket) throws IOException {
    assertThat(skip(socket, "pong ")).isEqualTo("ping ");
    socket.send(PONG, "");
  }

  /** Reads on to the first frame that is not one of those. */
  private static String skip(FrameSocket socket, String... skipped) throws IOException {
    String next = socket.next();
    while (List.of(skipped).contains(next)) {
      next = socket.next();
    }
    return next;
  }
}
