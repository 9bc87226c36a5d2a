// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Answers put together from what is held, against a Loki without a cache. */
final class WindowModelTest {
  private static final int SEQUENCES = 10_000;
  private static final long FIRST_SEED = 20_260_101;

  @Test
  void answers_areThoseOfALokiWithoutACache() {
    WindowSequence.Tally tally = new WindowSequence.Tally();
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SEQUENCES; seed++) {
      try {
        new WindowSequence(seed, tally).run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }

    // That it is the cache which answered, and that all the ways were taken.
    for (String way : new String[] {"hit", "partial", "miss", "full", "whole", "delete", "late"}) {
      assertThat(tally.of(way)).as(way).isGreaterThan(SEQUENCES / 10);
    }
  }
}
