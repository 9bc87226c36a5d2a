// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import static io.spanway.proxy.FrameSocket.PING;
import static io.spanway.proxy.FrameSocket.TEXT;
import static io.spanway.proxy.TailFixture.V1;
import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.proxy.TailFixture.Tail;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A client that does not take what Loki sends. */
final class TailSlowClientTest {
  private static final int FRAMES = 300;
  private static final String LINE = "x".repeat(100_000);

  private TailFixture fixture;

  @BeforeEach
  void start() throws Exception {
    fixture = new TailFixture("");
  }

  @AfterEach
  void stop() throws Exception {
    fixture.close();
  }

  @Test
  void slowClient_losesWholeFramesAndIsToldWhich() throws Exception {
    try (Tail tail = fixture.open(V1)) {
      for (int i = 0; i < FRAMES; i++) {
        // Does not block: the upstream is read whatever the client does.
        tail.loki().send(TEXT, frame(i, ""));
        if (i % 10 == 0) {
          tail.loki().send(PING, "p" + i);
        }
      }
      tail.loki().send(PING, "end");

      List<Integer> seen = new ArrayList<>();
      List<String> pings = new ArrayList<>();
      String ours = "";
      for (String next = tail.client().next(); !next.equals("ping end"); ) {
        if (next.startsWith("ping ")) {
          pings.add(next);
        } else {
          int at = next.indexOf("\"values\":[[\"") + "\"values\":[[\"".length();
          int number = Integer.parseInt(next.substring(at, next.indexOf('"', at)));
          assertThat(next).startsWith(frame(number, "").substring(0, 100_050));
          seen.add(number);
          ours += dropped(next);
        }
        next = tail.client().next();
      }
      String lokis = "{\"timestamp\":\"7\",\"labels\":{}}";
      tail.loki().send(TEXT, frame(FRAMES, ",\"dropped_entries\":[" + lokis + "]"));
      String last = tail.client().next();
      tail.loki().send(TEXT, frame(FRAMES + 1, ""));

      assertThat(dropped(last)).endsWith(lokis);
      ours += dropped(last);
      assertThat(pings).hasSize(FRAMES / 10);
      assertThat(seen).isSorted().doesNotHaveDuplicates().hasSizeLessThan(FRAMES);
      // What waited is bounded; the sockets' own buffers hold some more.
      assertThat(seen.size() * 100_000L).isLessThan(24L << 20).isGreaterThan(3L << 20);
      for (int i = 0; i < FRAMES; i++) {
        String told = "{\"timestamp\":\"" + i + "\",\"labels\":{\"n\":\"" + i + "\"}}";
        assertThat(ours.contains(told)).as("frame %d dropped", i).isEqualTo(!seen.contains(i));
      }
      assertThat(tail.client().next()).isEqualTo(frame(FRAMES + 1, ""));
      int lost = FRAMES - seen.size();
      assertThat(fixture.metrics())
          .contains("spanway_tail_dropped_frames_total " + lost + ".0")
          .contains("spanway_tail_dropped_entries_total " + lost + ".0");
    }
  }

  private static String frame(int number, String rest) {
    return "{\"streams\":[{\"stream\":{\"n\":\""
        + number
        + "\"},\"values\":[[\""
        + number
        + "\",\""
        + LINE
        + "\"]]}]"
        + rest
        + "}";
  }

  private static String dropped(String frame) {
    int at = frame.indexOf("\"dropped_entries\":[");
    return at < 0 ? "" : frame.substring(at + 19, frame.length() - 2);
  }

  @Test
  void clientThatTakesNotEvenPings_isCutOff() throws Exception {
    try (Tail tail = fixture.open(V1)) {
      CompletableFuture<String> ended =
          CompletableFuture.supplyAsync(
              () -> {
                byte[] payload = new byte[125];
                try {
                  for (int i = 0; i < 1_000_000; i++) {
                    tail.loki().add(0x80 | PING, payload);
                  }
                  return "never";
                } catch (IOException e) {
                  return "cut off";
                }
              });

      assertThat(ended.get(60, TimeUnit.SECONDS)).isEqualTo("cut off");
    }
  }
}
