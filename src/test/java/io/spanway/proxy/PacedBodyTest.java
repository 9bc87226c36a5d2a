// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.BodySink;
import java.io.ByteArrayOutputStream;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class PacedBodyTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Receiver sink = new Receiver();

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  /** Takes what it is given while it has room. */
  private static final class Receiver implements BodySink {
    private final ByteArrayOutputStream got = new ByteArrayOutputStream();
    private int room = Integer.MAX_VALUE;
    private int ends;

    @Override
    public void write(ByteBuf chunk) {
      int length = chunk.readableBytes();
      for (int i = 0; i < length; i++) {
        got.write(chunk.readByte());
      }
      room -= length;
      chunk.release();
    }

    @Override
    public void flush() {
      // What was written is there already.
    }

    @Override
    public void end(HttpHeaders trailers) {
      ends++;
    }

    @Override
    public void fail(Throwable cause) {
      throw new AssertionError(cause);
    }

    @Override
    public boolean isWritable() {
      return room > 0;
    }
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  @Test
  void body_comesWholeInSeveralTurns() {
    byte[] bytes = bytes(1_000_001);
    new PacedBody(bytes, channel.eventLoop()).start(sink);

    assertThat(sink.got.size()).isLessThan(bytes.length);
    channel.runPendingTasks();
    assertThat(sink.got.toByteArray()).isEqualTo(bytes);
    assertThat(sink.ends).isEqualTo(1);
  }

  @Test
  void fullReceiver_isWaitedFor() {
    byte[] bytes = bytes(200_000);
    sink.room = 1;
    PacedBody body = new PacedBody(bytes, channel.eventLoop());
    body.start(sink);
    channel.runPendingTasks();
    int first = sink.got.size();

    assertThat(first).isBetween(1, 64 * 1024);
    for (int i = 0; i < 100 && sink.ends == 0; i++) {
      sink.room = 1;
      body.resume();
      channel.runPendingTasks();
    }
    assertThat(sink.got.toByteArray()).isEqualTo(bytes);
    assertThat(sink.ends).isEqualTo(1);
  }

  @Test
  void cancelledBody_saysNoMore() {
    PacedBody body = new PacedBody(bytes(1_000_000), channel.eventLoop());
    body.start(sink);
    int got = sink.got.size();
    body.cancel();
    channel.runPendingTasks();
    body.resume();

    assertThat(sink.got.size()).isEqualTo(got);
    assertThat(sink.ends).isZero();
  }

  @Test
  void emptyBody_endsAtOnce() {
    new PacedBody(new byte[0], channel.eventLoop()).start(sink);

    assertThat(sink.ends).isEqualTo(1);
  }
}
