// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What became of a look at credentials. */
sealed interface Proof {
  /**
   * They are somebody's.
   *
   * @param name whose
   * @param until when they cease to be, null for never
   */
  record Of(String name, @Nullable Instant until) implements Proof {}

  /** They are nobody's. */
  record None(Refusal why) implements Proof {}
}
