// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.model.TimeRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WindowTest {
  private static final long MS = 1_000_000;
  private static final long HOUR = 3_600_000 * MS;

  @Test
  void of_grafanasWindow_isShiftedAndGetsTheLastMillisecond() {
    assertThat(Window.of(new RequestWindow(5_000 * MS, 5_120 * MS, true), -2_000 * MS, 2_000 * MS))
        .isEqualTo(new Window.Computed(new TimeRange(3_000 * MS, 7_121 * MS), false));
  }

  @Test
  void of_noShifts_stillGetsTheLastMillisecond() {
    assertThat(Window.of(new RequestWindow(5 * MS, 6 * MS, true), 0, 0).range())
        .isEqualTo(new TimeRange(5 * MS, 7 * MS));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 5000000, false",
    "0, 82800000000000, true",
    "1, 5000000, true",
    "0, 5000001, true",
    "5000000, 0, true",
  })
  void of_pageOrChunkOrChosen_staysAsItIs(long start, long end, boolean shiftable) {
    assertThat(Window.of(new RequestWindow(start, end, shiftable), -MS, MS).range())
        .isEqualTo(new TimeRange(start, Math.max(start, end)));
  }

  @Test
  void of_justBelowADaysChunk_isShifted() {
    assertThat(Window.of(new RequestWindow(0, 23 * HOUR - MS, true), -MS, 0).range().startNs())
        .isEqualTo(-MS);
  }

  @Test
  void of_reversedByShifts_isWidenedToAMillisecond() {
    assertThat(Window.of(new RequestWindow(0, 5 * MS, true), 100 * MS, 0))
        .isEqualTo(new Window.Computed(new TimeRange(100 * MS, 101 * MS), true));
  }

  @Test
  void ofSpan_endOfTime_saturates() {
    assertThat(Window.ofSpan(5, Long.MAX_VALUE, -10, 10).range())
        .isEqualTo(new TimeRange(-5, Long.MAX_VALUE));
  }
}
