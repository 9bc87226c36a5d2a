// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

import io.spanway.model.TenantId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What became of a look at credentials. */
sealed interface Proof {
  /**
   * They are somebody's.
   *
   * @param name whose
   * @param until when they cease to be, null for never
   * @param tenants of whom they say themselves that they are, null where that is not asked for
   */
  record Of(String name, @Nullable Instant until, @Nullable TenantId tenants) implements Proof {
    /** They say no tenant. */
    Of(String name, @Nullable Instant until) {
      this(name, until, null);
    }
  }

  /** They are nobody's. */
  record None(Refusal why) implements Proof {}
}
