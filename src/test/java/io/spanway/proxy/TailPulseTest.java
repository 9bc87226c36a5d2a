// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class TailPulseTest {
  private final List<String> seen = new ArrayList<>();
  private final Peer channel = new Peer();

  @BeforeEach
  void begin() {
    channel.freezeTime();
    channel
        .pipeline()
        .addLast(
            new TailPulse(Duration.ofSeconds(60), () -> seen.add("ping"), () -> seen.add("gone")));
  }

  @AfterEach
  void end() {
    channel.accepts = Integer.MAX_VALUE;
    channel.unfreezeTime();
    channel.finishAndReleaseAll();
  }

  private void seconds(int seconds) {
    channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
  }

  @Test
  void silence_isAskedHalfWayAndThenBelieved() {
    seconds(29);
    assertThat(seen).isEmpty();
    seconds(1);
    assertThat(seen).containsExactly("ping");
    seconds(29);
    assertThat(seen).containsExactly("ping");
    seconds(1);
    assertThat(seen).containsExactly("ping", "gone");
  }

  @Test
  void anyByte_isASignOfLife() {
    seconds(30);
    seconds(20);
    channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {1}));
    seconds(29);
    assertThat(seen).containsExactly("ping");
    seconds(1);
    assertThat(seen).containsExactly("ping", "ping");
  }

  @Test
  void whoIsNotRead_isNotBlamed() {
    channel.config().setAutoRead(false);
    seconds(30);
    seconds(30);
    seconds(30);
    assertThat(seen).isEmpty();
    channel.config().setAutoRead(true);
    seconds(30);
    assertThat(seen).containsExactly("ping");
  }

  @Test
  void whoTakesWhatWaits_isSlowAndNotGone() {
    channel.accepts = 0;
    channel.writeOneOutbound(Unpooled.wrappedBuffer(new byte[1000]));
    channel.flush();
    seconds(30);
    channel.accepts = 10;
    channel.flush();
    channel.accepts = 0;
    seconds(30);
    assertThat(seen).containsExactly("ping", "ping");
    seconds(30);
    assertThat(seen).containsExactly("ping", "ping", "gone");
  }

  /** Takes a few bytes of what is written. */
  private static final class Peer extends EmbeddedChannel {
    private int accepts = Integer.MAX_VALUE;

    @Override
    protected void doWrite(ChannelOutboundBuffer in) throws Exception {
      if (accepts == Integer.MAX_VALUE) {
        super.doWrite(in);
      } else if (accepts > 0) {
        in.progress(accepts);
      }
    }
  }
}
