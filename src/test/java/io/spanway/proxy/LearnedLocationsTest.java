// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.proxy.LearnedLocations.Choice;
import io.spanway.proxy.LearnedLocations.Half;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class LearnedLocationsTest {
  private static final LearnedLocations.Key KEY = new LearnedLocations.Key("t", "nginx");

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final LearnedLocations locations = new LearnedLocations(nanos::get);

  private void see(int times, boolean line, boolean field) {
    for (int i = 0; i < times; i++) {
      locations.saw(KEY, line, field);
    }
  }

  @Test
  void threeAnswersOfOneHalf_areEnough() {
    see(2, false, true);
    assertThat(locations.choose(KEY)).isEqualTo(Choice.BOTH);
    // Empty answers say nothing.
    see(5, false, false);
    assertThat(locations.choose(KEY)).isEqualTo(Choice.BOTH);
    see(1, false, true);

    assertThat(locations.choose(KEY)).isEqualTo(new Choice(Half.FIELD, false));
    assertThat(locations.choose(new LearnedLocations.Key("t", "other"))).isEqualTo(Choice.BOTH);
    assertThat(locations.choose(new LearnedLocations.Key("u", "nginx"))).isEqualTo(Choice.BOTH);
  }

  @Test
  void anAnswerOfBothOrTheOther_startsAnew() {
    see(2, true, false);
    see(1, true, true);
    see(2, true, false);
    assertThat(locations.choose(KEY)).isEqualTo(Choice.BOTH);
    see(2, false, true);
    assertThat(locations.choose(KEY)).isEqualTo(Choice.BOTH);
    see(1, false, true);
    assertThat(locations.choose(KEY).half()).isEqualTo(Half.FIELD);
  }

  @Test
  void everyTenthChoice_isChecked() {
    see(3, true, false);

    for (int i = 1; i <= 30; i++) {
      assertThat(locations.choose(KEY)).isEqualTo(new Choice(Half.LINE, i % 10 == 0));
    }
  }

  @Test
  void whatWasLearned_isForgottenAfterTenMinutesOrWhenTold() {
    see(3, true, false);
    nanos.addAndGet(Duration.ofMinutes(10).toNanos() - 1);
    assertThat(locations.choose(KEY).half()).isEqualTo(Half.LINE);
    nanos.incrementAndGet();
    assertThat(locations.choose(KEY)).isEqualTo(Choice.BOTH);

    see(3, true, false);
    locations.forget(KEY);
    assertThat(locations.choose(KEY)).isEqualTo(Choice.BOTH);
  }

  @Test
  void tooManyServices_makeRoom() {
    see(3, true, false);
    for (int i = 0; i < 10_000; i++) {
      locations.saw(new LearnedLocations.Key("t", "s" + i), true, false);
    }

    assertThat(locations.choose(KEY)).isEqualTo(Choice.BOTH);
  }
}
