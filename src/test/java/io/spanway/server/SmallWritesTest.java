// SPDX-License-Identifier: Apache-2.0
package io.spanway.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SmallWritesTest {
  private final EmbeddedChannel channel = new EmbeddedChannel(new SmallWrites());

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private void write(String text) {
    channel.write(Unpooled.copiedBuffer(text, US_ASCII), channel.voidPromise());
  }

  private List<String> sent() {
    var all = new ArrayList<String>();
    for (ByteBuf one = channel.readOutbound(); one != null; one = channel.readOutbound()) {
      all.add(one.toString(US_ASCII));
      one.release();
    }
    return all;
  }

  @Test
  void headBodyAndEnd_areOneBuffer_whoseWritingEndsTheAnswer() {
    write("head ");
    write("body");
    ChannelFuture end = channel.write(Unpooled.EMPTY_BUFFER);
    assertThat(end.isDone()).isFalse();

    channel.flush();

    assertThat(sent()).containsExactly("head body");
    assertThat(end.isSuccess()).isTrue();
  }

  @Test
  void flush_sendsWhatIsKept() {
    write("a");
    channel.flush();
    write("b");
    channel.flush();

    assertThat(sent()).containsExactly("a", "b");
  }

  @Test
  void largeBuffer_isPassedOnAsItIs_behindWhatIsKept() {
    String large = "x".repeat(9000);
    write("head");
    write(large);
    write("tail");
    channel.flush();

    assertThat(sent()).containsExactly("head", large, "tail");
  }

  @Test
  void kept_neverGrowsBeyondItsBound() {
    String half = "x".repeat(5000);
    write(half);
    write(half);
    channel.flush();

    assertThat(sent()).containsExactly(half, half);
  }

  @Test
  void whatIsNoBuffer_keepsItsPlace() {
    write("a");
    channel.write("other", channel.voidPromise());
    channel.flush();

    ByteBuf first = channel.readOutbound();
    assertThat(first.toString(US_ASCII)).isEqualTo("a");
    first.release();
    assertThat(channel.<String>readOutbound()).isEqualTo("other");
  }

  @Test
  void whatIsKept_isReleasedWithTheConnection() {
    ByteBuf head = Unpooled.copiedBuffer("head", US_ASCII);
    channel.write(head, channel.voidPromise());

    channel.close();

    assertThat(head.refCnt()).isZero();
  }
}
