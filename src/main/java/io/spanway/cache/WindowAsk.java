// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import java.time.Duration;

/**
 * A question and when it was asked, by the clocks that count for what its answer is worth: an
 * answer is as old as the request for it, and one that was asked before a purge is not kept.
 *
 * @param question what is asked
 * @param tick the monotonic clock
 * @param purges how many purges there had been
 */
public record WindowAsk(WindowQuestion question, long tick, long purges) {
  /** Returns the same moment with another question. */
  public WindowAsk about(WindowQuestion other) {
    return new WindowAsk(other, tick, purges);
  }

  /** Returns the same question as if it had been asked earlier, but not before any purge. */
  WindowAsk earlier(Duration age) {
    return new WindowAsk(
        question.at(question.nowNs() - age.toNanos()), tick - age.toNanos(), purges);
  }
}
