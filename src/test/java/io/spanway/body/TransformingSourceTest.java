// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class TransformingSourceTest {
  private final RecordingSink sink = new RecordingSink();

  /** Gives each byte as often as its digit says, a byte a piece, and an end mark. */
  private static final class Repeating implements BodyTransform {
    private byte digit;
    private int left;
    private ByteBuf input = Unpooled.EMPTY_BUFFER;
    int accepted;
    int discards;
    boolean finished;

    @Override
    public void accept(ByteBuf chunk, Consumer<ByteBuf> out) {
      accepted++;
      input = chunk;
      next();
      if (hasMore()) {
        more(out);
      }
    }

    @Override
    public boolean hasMore() {
      return left > 0;
    }

    @Override
    public void more(Consumer<ByteBuf> out) {
      left--;
      byte given = digit;
      if (left == 0) {
        next();
      }
      out.accept(Unpooled.buffer(1).writeByte(given));
    }

    @Override
    public void finish(Consumer<ByteBuf> out) {
      finished = true;
      out.accept(Unpooled.copiedBuffer("!", StandardCharsets.UTF_8));
    }

    @Override
    public void discard() {
      discards++;
      left = 0;
      input.release();
      input = Unpooled.EMPTY_BUFFER;
    }

    private void next() {
      while (left == 0 && input.isReadable()) {
        digit = input.readByte();
        if (digit == 'x') {
          input.release();
          input = Unpooled.EMPTY_BUFFER;
          throw new BodyDecodingException("x");
        }
        left = digit - '0';
      }
      if (left == 0) {
        input.release();
        input = Unpooled.EMPTY_BUFFER;
      }
    }
  }

  private final Repeating transform = new Repeating();

  @Test
  void body_isTransformedAndEnded() {
    BodySource body = new TransformingSource(ScriptedSource.of("12", "", "03"), transform);

    body.start(sink);

    assertThat(sink.text()).isEqualTo("122333!");
    assertThat(sink.isEnded()).isTrue();
    assertThat(sink.flushes).isPositive();
    assertThat(body.length()).isEqualTo(-1);
    assertThat(transform.discards).isZero();
  }

  @Test
  void trailers_arePassedOn() {
    HttpHeaders trailers = new DefaultHttpHeaders().add("a", "b");
    ScriptedSource source = new ScriptedSource().withoutEnd();
    new TransformingSource(source, transform).start(sink);
    BodySink input = source.sink;
    assertThat(input).isNotNull();

    input.end(trailers);

    assertThat(sink.trailers).isSameAs(trailers);
  }

  @Test
  void slowSink_holdsTransformAndSourceBack() {
    ScriptedSource source = ScriptedSource.of("9", "9", "9", "9").inBurstsOf(2);
    BodySource body = new TransformingSource(source, transform);
    sink.credit = 3;

    body.start(sink);

    assertThat(sink.text()).isEqualTo("999");
    assertThat(transform.accepted).as("the second chunk waits").isEqualTo(1);
    assertThat(source.given).as("one burst was read").isEqualTo(2);

    sink.credit = 7;
    body.resume();
    assertThat(sink.writes).isEqualTo(10);
    assertThat(source.given).isEqualTo(2);
    assertThat(sink.isEnded()).isFalse();

    sink.credit = 100;
    body.resume();
    assertThat(sink.text()).isEqualTo("9".repeat(36) + "!");
    assertThat(sink.isEnded()).isTrue();
  }

  @Test
  void heldOutput_isFlushedWhenItGoesOut() {
    ScriptedSource source = ScriptedSource.of("5").withoutEnd();
    BodySource body = new TransformingSource(source, transform);
    sink.credit = 1;
    body.start(sink);
    int before = sink.flushes;

    sink.credit = 10;
    body.resume();

    assertThat(sink.text()).isEqualTo("55555");
    assertThat(sink.flushes).isGreaterThan(before);
    body.cancel();
  }

  @Test
  void end_waitsForWhatIsHeld() {
    BodySource body = new TransformingSource(ScriptedSource.of("2"), transform);
    sink.credit = 1;

    body.start(sink);
    assertThat(sink.isEnded()).isFalse();
    assertThat(transform.finished).isFalse();

    sink.credit = 1;
    body.resume();
    assertThat(sink.text()).isEqualTo("22!");
    assertThat(sink.isEnded()).isTrue();
  }

  @Test
  void transformThatThrows_failsTheBodyAndCancelsTheSource() {
    ScriptedSource source = ScriptedSource.of("1", "x1", "1").inBurstsOf(3).withoutEnd();

    new TransformingSource(source, transform).start(sink);

    assertThat(sink.text()).isEqualTo("1");
    assertThat(sink.failure).isInstanceOf(BodyDecodingException.class);
    assertThat(source.cancelled).isTrue();
    assertThat(transform.discards).isEqualTo(1);
  }

  @Test
  void sourceThatFails_failsTheBodyAtOnce() {
    IOException cause = new IOException("gone");
    sink.credit = 1;

    new TransformingSource(ScriptedSource.of("3", "3").inBurstsOf(2).failingWith(cause), transform)
        .start(sink);

    assertThat(sink.failure).isSameAs(cause);
    assertThat(transform.discards).isEqualTo(1);
  }

  @Test
  void cancel_letsGoOfEverything() {
    ScriptedSource source = ScriptedSource.of("3", "3").inBurstsOf(2).withoutEnd();
    BodySource body = new TransformingSource(source, transform);
    sink.credit = 1;
    body.start(sink);

    body.cancel();
    body.cancel();
    body.resume();

    assertThat(source.cancelled).isTrue();
    assertThat(transform.discards).isEqualTo(1);
    assertThat(sink.writes).isEqualTo(1);
  }

  @Test
  void cancelBeforeTheStart_letsGoToo() {
    ScriptedSource source = ScriptedSource.of("3");

    new TransformingSource(source, transform).cancel();

    assertThat(source.cancelled).isTrue();
    assertThat(transform.discards).isEqualTo(1);
  }

  @Test
  void cancelFromWithinTheSink_isHeard() {
    ScriptedSource source = ScriptedSource.of("39", "9").inBurstsOf(2).withoutEnd();
    BodySource body = new TransformingSource(source, transform);
    sink.onWrite = body::cancel;

    body.start(sink);

    assertThat(sink.text()).isEqualTo("3");
    assertThat(transform.discards).isEqualTo(1);
    assertThat(source.cancelled).isTrue();
  }

  @Test
  void anyPace_givesTheSameBytes() {
    long seed = 20261122L;
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 300; round++) {
      ScriptedSource source = new ScriptedSource().inBurstsOf(1 + random.nextInt(4));
      StringBuilder expected = new StringBuilder();
      for (int n = random.nextInt(8); n > 0; n--) {
        StringBuilder chunk = new StringBuilder();
        for (int m = random.nextInt(4); m > 0; m--) {
          int digit = random.nextInt(10);
          chunk.append(digit);
          expected.append(String.valueOf(digit).repeat(digit));
        }
        source.add(chunk.toString().getBytes(StandardCharsets.UTF_8));
      }
      RecordingSink slow = new RecordingSink();
      slow.credit = random.nextInt(3);
      BodySource body = new TransformingSource(source, new Repeating());
      body.start(slow);
      for (int i = 0; i < 1000 && !slow.isEnded(); i++) {
        slow.credit = 1 + random.nextInt(5);
        body.resume();
      }

      assertThat(slow.text()).as("seed %d, round %d", seed, round).isEqualTo(expected + "!");
      assertThat(slow.isEnded()).as("seed %d, round %d", seed, round).isTrue();
    }
  }
}
