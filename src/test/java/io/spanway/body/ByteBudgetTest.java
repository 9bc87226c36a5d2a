// SPDX-License-Identifier: Apache-2.0
package io.spanway.body;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class ByteBudgetTest {

  @Test
  void reservations_addUpToTheLimit() {
    ByteBudget budget = new ByteBudget(10);

    assertThat(budget.tryReserve(6)).isTrue();
    assertThat(budget.tryReserve(5)).isFalse();
    assertThat(budget.tryReserve(4)).isTrue();
    assertThat(budget.tryReserve(0)).isTrue();
    assertThat(budget.used()).isEqualTo(10);
    assertThat(budget.limit()).isEqualTo(10);
    budget.release(10);
    assertThat(budget.used()).isZero();
  }

  @Test
  void hugeAmounts_doNotOverflow() {
    ByteBudget budget = new ByteBudget(Long.MAX_VALUE);

    assertThat(budget.tryReserve(Long.MAX_VALUE)).isTrue();
    assertThat(budget.tryReserve(Long.MAX_VALUE)).isFalse();
    assertThat(budget.tryReserve(1)).isFalse();
  }

  @Test
  void mistakes_areRefused() {
    ByteBudget budget = new ByteBudget(10);

    assertThatThrownBy(() -> budget.release(1)).isInstanceOf(IllegalStateException.class);
    assertThat(budget.used()).isZero();
    assertThatThrownBy(() -> budget.tryReserve(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> budget.release(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ByteBudget(-1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void threads_neverReserveMoreThanTheLimit() throws InterruptedException {
    ByteBudget budget = new ByteBudget(3);
    int threads = 4;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    CountDownLatch done = new CountDownLatch(threads);
    for (int t = 0; t < threads; t++) {
      pool.execute(
          () -> {
            for (int i = 0; i < 10_000; i++) {
              if (budget.tryReserve(2)) {
                budget.release(2);
              }
            }
            done.countDown();
          });
    }
    assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
    pool.shutdown();

    assertThat(budget.used()).isZero();
  }
}
