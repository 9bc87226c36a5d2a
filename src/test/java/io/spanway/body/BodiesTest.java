// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import org.junit.jupiter.api.Test;

final class BodiesTest {
  private final RecordingSink sink = new RecordingSink();

  @Test
  void empty_endsWithoutAChunk() {
    BodySource body = Bodies.empty();
    assertThat(body.length()).isZero();

    body.start(sink);

    assertThat(sink.writes).isZero();
    assertThat(sink.isEnded()).isTrue();
  }

  @Test
  void bytes_areOneChunk() {
    BodySource body = Bodies.of(new byte[] {'a', 'b'});
    assertThat(body.length()).isEqualTo(2);

    body.start(sink);
    body.resume();
    body.cancel();

    assertThat(sink.text()).isEqualTo("ab");
    assertThat(sink.writes).isEqualTo(1);
    assertThat(sink.isEnded()).isTrue();
    assertThat(body.length()).isEqualTo(2);
    assertThatThrownBy(() -> body.start(sink)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void buffer_isReleasedOnEveryWay() {
    ByteBuf written = ByteBufAllocator.DEFAULT.buffer().writeByte('x');
    Bodies.of(written).start(sink);
    ByteBuf unwanted = ByteBufAllocator.DEFAULT.buffer().writeByte('x');
    BodySource cancelled = Bodies.of(unwanted);
    cancelled.cancel();
    cancelled.cancel();
    ByteBuf nothing = ByteBufAllocator.DEFAULT.buffer();
    Bodies.of(nothing).start(new RecordingSink());

    assertThat(written.refCnt()).isZero();
    assertThat(unwanted.refCnt()).isZero();
    assertThat(nothing.refCnt()).isZero();
  }

  @Test
  void sinkThatCancels_hearsNoMore() {
    BodySource body = Bodies.of(new byte[] {'a'});
    sink.onWrite = body::cancel;

    body.start(sink);

    assertThat(sink.isEnded()).isFalse();
  }

  @Test
  void failed_fails() {
    IOException cause = new IOException("gone");
    BodySource body = Bodies.failed(cause);

    body.start(sink);
    body.resume();
    body.cancel();

    assertThat(sink.failure).isSameAs(cause);
    assertThat(body.length()).isEqualTo(-1);
  }
}
