// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class TailHandlerTest {
  private static final String TARGET =
      "/loki/api/v1/tail?query=%7Bservice_name%3D%22tailed%22%7D+%7C%3D+%22trace_id%22";
  private static final Instant NOW = Instant.parse("2026-01-02T09:01:00Z");

  private final DemoLoki loki = new DemoLoki(DemoData.startingAt(NOW), InstantSource.fixed(NOW));
  private final EmbeddedChannel channel = new EmbeddedChannel();

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private FakeExchange upgrade(String... headers) {
    var all = new ArrayList<>(List.of(headers));
    all.addAll(List.of("Upgrade", "websocket", "Connection", "Upgrade"));
    // The example of RFC 6455 section 1.3.
    all.addAll(List.of("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="));
    FakeExchange exchange = FakeExchange.get(loki, TARGET, all.toArray(String[]::new));
    if (exchange.tunnel() != null) {
      channel.freezeTime();
      channel.pipeline().addLast(exchange.tunnel());
      channel.runPendingTasks();
    }
    return exchange;
  }

  private void push(String line) {
    String body =
        "{\"streams\":[{\"stream\":{\"service_name\":\"tailed\"},\"values\":[[\"1767344459000000001\",\""
            + line
            + "\",{\"a\":\"b\"}]]}]}";
    FakeExchange.send(loki, "POST", "/loki/api/v1/push", body, "Content-Type", "application/json");
    channel.runPendingTasks();
  }

  private String sent() {
    var text = new StringBuilder();
    for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
      text.append(bytes.toString(StandardCharsets.ISO_8859_1));
      bytes.release();
    }
    return text.toString();
  }

  @Test
  void handshake_isAccepted() {
    FakeExchange exchange = upgrade();

    assertThat(exchange.status()).isEqualTo(101);
    assertThat(exchange.header("Sec-WebSocket-Accept")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assertThat(exchange.header("Upgrade")).isEqualTo("websocket");
  }

  @Test
  void pushedEntry_isSent() {
    upgrade("X-Loki-Response-Encoding-Flags", "categorize-labels");

    push("noise");
    push("trace_id=1");

    String frame =
        "{\"streams\":[{\"stream\":{\"service_name\":\"tailed\"},\"values\":[[\"1767344459000000001\","
            + "\"trace_id=1\",{\"structuredMetadata\":{\"a\":\"b\",\"detected_level\":\"unknown\"}}]]}],"
            + "\"encodingFlags\":[\"categorize-labels\"]}";
    // A text frame of more than 125 bytes, not masked.
    assertThat(sent())
        .isEqualTo(
            "\u0081~" + (char) (frame.length() >> 8) + (char) (frame.length() & 255) + frame);
  }

  @Test
  void foldedTail_hasNoThirdElement() {
    upgrade();

    push("trace_id=1");

    assertThat(sent())
        .endsWith(
            "{\"streams\":[{\"stream\":{\"a\":\"b\",\"detected_level\":\"unknown\","
                + "\"service_name\":\"tailed\"},\"values\":[[\"1767344459000000001\",\"trace_id=1\"]]}]}");
  }

  @Test
  void history_comesFirst() {
    push("trace_id=old");

    upgrade();

    assertThat(sent()).contains("trace_id=old");
  }

  @Test
  void ping_isSentEachSecond() {
    upgrade();

    channel.advanceTimeBy(2, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();

    assertThat(sent()).isEqualTo("\u0089\0\u0089\0");
  }

  @Test
  void close_isAnswered() {
    upgrade();

    // Close 1000 with a mask of zeros.
    channel.writeInbound(
        Unpooled.wrappedBuffer(new byte[] {(byte) 0x88, (byte) 0x82, 0, 0, 0, 0, 3, (byte) 0xe8}));
    push("trace_id=1");

    assertThat(sent()).isEqualTo("\u0088\u0002\u0003\u00e8");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void badQuery_isRefusedBeforeTheUpgrade() {
    FakeExchange answer =
        FakeExchange.get(
            loki,
            "/loki/api/v1/tail?query=%7B",
            "Upgrade",
            "websocket",
            "Sec-WebSocket-Key",
            "dGhlIHNhbXBsZSBub25jZQ==");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).startsWith("parse error");
  }
}
