// SPDX-License-Identifier: Apache-2.0
package io.spanway.testing;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LeakCheckTest {
  @Test
  void heldBuffer_fails() {
    ByteBuf held = ByteBufAllocator.DEFAULT.buffer();
    try {
      assertThatThrownBy(() -> LeakCheck.check(Duration.ofMillis(100)))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("not released within PT0.1S")
          .hasCauseInstanceOf(IllegalStateException.class);
    } finally {
      held.release();
      LeakCheck.forget();
    }
  }

  @Test
  void bufferReleasedByAnotherThread_isWaitedFor() {
    ByteBuf held = ByteBufAllocator.DEFAULT.buffer();
    var released =
        CompletableFuture.supplyAsync(
            held::release, CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS));

    assertThatCode(() -> LeakCheck.check(Duration.ofSeconds(5))).doesNotThrowAnyException();
    released.join();
  }

  @Test
  void releasedBuffer_passes() {
    ByteBufAllocator.DEFAULT.buffer().release();

    assertThatCode(() -> LeakCheck.check(Duration.ZERO)).doesNotThrowAnyException();
  }

  @Test
  void leakOfAnEarlierClass_isForgotten() {
    ByteBuf held = ByteBufAllocator.DEFAULT.buffer();
    LeakCheck.forget();

    assertThatCode(() -> LeakCheck.check(Duration.ZERO)).doesNotThrowAnyException();
    held.release();
    LeakCheck.forget();
  }
}
