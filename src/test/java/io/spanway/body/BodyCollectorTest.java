// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class BodyCollectorTest {
  private static final class Outcome implements BodyCollector.Callback {
    @Nullable String text;
    @Nullable BodySource whole;
    @Nullable Throwable failure;
    int calls;

    @Override
    public void complete(ByteBuf body, HttpHeaders trailers) {
      calls++;
      text = body.toString(StandardCharsets.UTF_8);
      body.release();
    }

    @Override
    public void tooLarge(BodySource source) {
      calls++;
      whole = source;
    }

    @Override
    public void failed(Throwable cause) {
      calls++;
      failure = cause;
    }

    BodySource whole() {
      BodySource source = whole;
      if (source == null) {
        throw new AssertionError("the body was not too large");
      }
      return source;
    }
  }

  private final Outcome outcome = new Outcome();
  private final RecordingSink sink = new RecordingSink();

  @Test
  void chunks_areOneBuffer() {
    BodyCollector.collect(ScriptedSource.of("a", "", "bc", "d"), 4, outcome);

    assertThat(outcome.text).isEqualTo("abcd");
    assertThat(outcome.calls).isEqualTo(1);
  }

  @Test
  void emptyBody_isComplete() {
    BodyCollector.collect(ScriptedSource.of(), 0, outcome);

    assertThat(outcome.text).isEmpty();
  }

  @Test
  void manySmallChunks_areCollected() {
    ScriptedSource source = new ScriptedSource().ofLength(10_000);
    for (int i = 0; i < 10_000; i++) {
      source.add(new byte[] {'x'});
    }

    BodyCollector.collect(source, 10_000, outcome);

    assertThat(outcome.text).hasSize(10_000);
  }

  @Test
  void lengthOverTheLimit_isHandedOnUnstarted() {
    ScriptedSource source = ScriptedSource.of("abc").ofLength(3);

    BodyCollector.collect(source, 2, outcome);

    assertThat(outcome.whole).isSameAs(source);
    assertThat(source.given).isZero();
  }

  @Test
  void bodyOverTheLimit_canStillBeStreamed() {
    ScriptedSource source = ScriptedSource.of("ab", "cd", "ef", "gh", "ij").inBurstsOf(2);

    BodyCollector.collect(source, 3, outcome);

    assertThat(source.given).as("no more is read before the start").isEqualTo(2);
    sink.credit = 1;
    outcome.whole().start(sink);
    assertThat(sink.text()).isEqualTo("ab");
    assertThat(source.given).isEqualTo(2);
    sink.credit = 100;
    outcome.whole().resume();
    assertThat(sink.text()).isEqualTo("abcdefghij");
    assertThat(sink.isEnded()).isTrue();
    assertThat(outcome.calls).isEqualTo(1);
  }

  @Test
  void bodyOverTheLimit_canBeCancelled() {
    ScriptedSource source = ScriptedSource.of("ab", "cd", "ef").inBurstsOf(3).withoutEnd();
    BodyCollector.collect(source, 3, outcome);

    outcome.whole().cancel();
    outcome.whole().cancel();

    assertThat(source.cancelled).isTrue();
  }

  @Test
  void failure_isTold() {
    IOException cause = new IOException("gone");

    BodyCollector.collect(ScriptedSource.of("a", "b").failingWith(cause), 10, outcome);

    assertThat(outcome.failure).isSameAs(cause);
  }

  @Test
  void failureAfterTheHandOver_failsTheRest() {
    IOException cause = new IOException("gone");
    ScriptedSource source = ScriptedSource.of("ab", "cd").inBurstsOf(2).failingWith(cause);
    BodyCollector.collect(source, 1, outcome);

    outcome.whole().start(sink);

    assertThat(sink.failure).isSameAs(cause);
    assertThat(outcome.calls).isEqualTo(1);
  }

  @Test
  void cancel_endsIt() {
    ScriptedSource source = ScriptedSource.of("a", "b").withoutEnd();
    BodyCollector collector = BodyCollector.collect(source, 10, outcome);

    collector.cancel();
    collector.cancel();

    assertThat(source.cancelled).isTrue();
    assertThat(outcome.calls).isZero();
  }

  @Test
  void anyBody_isCollectedOrStreamedWhole() {
    long seed = 20261122L;
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 300; round++) {
      ScriptedSource source = new ScriptedSource().inBurstsOf(1 + random.nextInt(4));
      StringBuilder expected = new StringBuilder();
      for (int n = random.nextInt(8); n > 0; n--) {
        String chunk = Integer.toString(random.nextInt(100_000)).repeat(random.nextInt(3));
        expected.append(chunk);
        source.add(chunk.getBytes(StandardCharsets.UTF_8));
      }
      int limit = random.nextInt(40);
      Outcome result = new Outcome();
      BodyCollector.collect(source, limit, result);
      String text = result.text;
      if (text == null) {
        assertThat(expected.length()).isGreaterThan(limit);
        RecordingSink slow = new RecordingSink();
        slow.credit = random.nextInt(2);
        result.whole().start(slow);
        for (int i = 0; i < 100 && !slow.isEnded(); i++) {
          slow.credit = 1 + random.nextInt(3);
          result.whole().resume();
        }
        assertThat(slow.isEnded()).as("seed %d, round %d", seed, round).isTrue();
        text = slow.text();
      }
      assertThat(text).as("seed %d, round %d", seed, round).isEqualTo(expected.toString());
    }
  }
}
