// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.model.TimeRange;
import org.jspecify.annotations.Nullable;

/** The arithmetic of windows; everything saturates instead of overflowing. */
final class Window {
  static final long MILLISECOND = 1_000_000L;

  /** From this length on a window is a chunk of a split query (Grafana splits by days). */
  private static final long DAY_CHUNK = 23L * 3_600 * 1_000 * MILLISECOND;

  /** Loki refuses more, whatever they would show. */
  private static final long MAX_POINTS = 11_000;

  private Window() {}

  /** The window for a span: both ends are inside, so that one nanosecond is added for Loki. */
  static Computed ofSpan(long startNs, long endNs, long startShiftNs, long endShiftNs) {
    long start = add(startNs, startShiftNs);
    long end = add(endNs, endShiftNs);
    if (end <= start) {
      return new Computed(new TimeRange(start, add(start, MILLISECOND)), true);
    }
    return new Computed(new TimeRange(start, add(end, 1)), false);
  }

  /**
   * The window for a query that Grafana built from a span. Shifted when the request's window can be
   * what Grafana computed: whole milliseconds, shorter than a day's chunk, not a page. Its end gets
   * a millisecond then, since Grafana cuts a span's end down to whole milliseconds and Loki
   * excludes it.
   */
  static Computed of(RequestWindow window, long startShiftNs, long endShiftNs) {
    if (!isGrafanas(window)) {
      return new Computed(asIs(window), false);
    }
    long start = add(window.startNs(), startShiftNs);
    long end = add(add(window.endNs(), endShiftNs), MILLISECOND);
    if (end <= start) {
      return new Computed(new TimeRange(start, add(start, MILLISECOND)), true);
    }
    return new Computed(new TimeRange(start, end), false);
  }

  /** Whether a window can be what Grafana computed for a span: no page, no chunk of many days. */
  static boolean isGrafanas(RequestWindow window) {
    long length = window.endNs() - window.startNs();
    return window.shiftable()
        && length >= 0
        && length < DAY_CHUNK
        && window.startNs() % MILLISECOND == 0
        && window.endNs() % MILLISECOND == 0;
  }

  /**
   * The window for the points of a metric query: that of the lines, its edges moved out to
   * multiples of the step. Null where that makes more points than Loki answers.
   */
  static @Nullable TimeRange rounded(TimeRange lines, long stepNs) {
    long start = Math.floorDiv(lines.startNs(), stepNs) * stepNs;
    long rest = Math.floorMod(lines.endNs(), stepNs);
    long end = rest == 0 ? lines.endNs() : add(lines.endNs(), stepNs - rest);
    return end < start || (end - start) / stepNs > MAX_POINTS ? null : new TimeRange(start, end);
  }

  /**
   * Whether a request's window holds a whole span. Its end may lie up to a millisecond before the
   * span's, since Grafana cuts both down to whole milliseconds.
   */
  static boolean holds(RequestWindow window, TimeRange span) {
    return window.startNs() <= span.startNs() && add(window.endNs(), MILLISECOND) >= span.endNs();
  }

  /** The request's own window; a reversed one is empty, which Loki refuses as it would have. */
  static TimeRange asIs(RequestWindow window) {
    return new TimeRange(window.startNs(), Math.max(window.startNs(), window.endNs()));
  }

  private static long add(long a, long b) {
    long sum = a + b;
    if (((a ^ sum) & (b ^ sum)) < 0) {
      return a < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
    return sum;
  }

  /** A window, and whether it was empty or reversed and had to be widened to a millisecond. */
  record Computed(TimeRange range, boolean widened) {}
}
