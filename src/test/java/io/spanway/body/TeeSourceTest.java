// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class TeeSourceTest {
  private static final class Watcher implements BodyWatcher {
    final StringBuilder seen = new StringBuilder();
    int ends;
    int breaks;
    boolean throwing;

    @Override
    public void chunk(ByteBuf lent) {
      seen.append(lent.readCharSequence(lent.readableBytes(), StandardCharsets.UTF_8));
      if (throwing) {
        throw new IllegalStateException("watcher");
      }
    }

    @Override
    public void end(HttpHeaders trailers) {
      ends++;
    }

    @Override
    public void broken() {
      breaks++;
    }
  }

  private final RecordingSink sink = new RecordingSink();
  private final Watcher watcher = new Watcher();

  @Test
  void body_isSeenAndPassedOn() {
    BodySource body = new TeeSource(ScriptedSource.of("ab", "c").ofLength(3), watcher);
    assertThat(body.length()).isEqualTo(3);

    body.start(sink);
    body.cancel();

    assertThat(sink.text()).isEqualTo("abc");
    assertThat(sink.isEnded()).isTrue();
    assertThat(watcher.seen).hasToString("abc");
    assertThat(watcher.ends).isEqualTo(1);
    assertThat(watcher.breaks).isZero();
  }

  @Test
  void slowSink_holdsTheSourceBack() {
    ScriptedSource source = ScriptedSource.of("a", "b");
    BodySource body = new TeeSource(source, watcher);
    sink.credit = 1;

    body.start(sink);
    assertThat(source.given).isEqualTo(1);
    sink.credit = 1;
    body.resume();

    assertThat(sink.text()).isEqualTo("ab");
  }

  @Test
  void watcherThatThrows_isDroppedAndTheBodyGoesOn() {
    watcher.throwing = true;

    new TeeSource(ScriptedSource.of("ab", "c"), watcher).start(sink);

    assertThat(sink.text()).isEqualTo("abc");
    assertThat(sink.isEnded()).isTrue();
    assertThat(watcher.seen).hasToString("ab");
    assertThat(watcher.breaks).isEqualTo(1);
    assertThat(watcher.ends).isZero();
  }

  @Test
  void failure_isToldToBoth() {
    new TeeSource(ScriptedSource.of("a").failingWith(new IOException("gone")), watcher).start(sink);

    assertThat(sink.failure).hasMessage("gone");
    assertThat(watcher.breaks).isEqualTo(1);
  }

  @Test
  void cancel_isToldOnce() {
    ScriptedSource source = ScriptedSource.of("a").withoutEnd();
    BodySource body = new TeeSource(source, watcher);
    body.start(sink);

    body.cancel();
    body.cancel();

    assertThat(source.cancelled).isTrue();
    assertThat(watcher.breaks).isEqualTo(1);
  }
}
