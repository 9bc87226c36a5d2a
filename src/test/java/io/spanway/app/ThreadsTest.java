// SPDX-License-Identifier: Apache-2.0
package io.spanway.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.spanway.upstream.UpstreamConfig;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class ThreadsTest {
  @Test
  void workThatDoesNotFit_isRefusedAndNotRunByTheCaller() {
    ThreadPoolExecutor pool = Threads.workers();
    CountDownLatch release = new CountDownLatch(1);
    AtomicReference<Thread> ran = new AtomicReference<>();
    try {
      for (int i = 0; i < 1024 + pool.getMaximumPoolSize(); i++) {
        pool.execute(() -> hold(release));
      }
      assertThatExceptionOfType(RejectedExecutionException.class)
          .isThrownBy(() -> pool.execute(() -> ran.set(Thread.currentThread())));
      assertThat(ran).hasNullValue();
    } finally {
      release.countDown();
      pool.shutdownNow();
    }
  }

  @Test
  void lookUps_haveRoomForEveryConnectionAndOneThread() {
    ThreadPoolExecutor pool = Threads.lookUps("loki", UpstreamConfig.LOKI, 4);

    assertThat(pool.getMaximumPoolSize()).isEqualTo(1);
    assertThat(pool.getQueue().remainingCapacity())
        .isGreaterThanOrEqualTo(4 * UpstreamConfig.LOKI.connectionsPerLoop(4));
    assertThat(pool.allowsCoreThreadTimeOut()).isTrue();
    assertThat(pool.getKeepAliveTime(TimeUnit.SECONDS)).isLessThanOrEqualTo(30);
    pool.shutdownNow();
  }

  private static void hold(CountDownLatch until) {
    try {
      until.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
