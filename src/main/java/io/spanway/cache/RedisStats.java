// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How the level that replicas share is doing.
 *
 * @param state whether it is used
 * @param pendingBytes bytes of answers that wait to be written there
 * @param pendingPurges purges that it has not been told yet
 * @param problem what went wrong last; null while it is used
 */
public record RedisStats(
    State state, long pendingBytes, int pendingPurges, @Nullable String problem) {
  /** Whether requests ask it. */
  public enum State {
    /** They do. */
    USED,
    /** They do not: it failed or was slow several times in a row. */
    OPEN,
    /** They do not: which purges there have been is not known yet, or not known any more. */
    WAITING;

    private final String id = name().toLowerCase(Locale.ROOT);

    /** Returns the metric label. */
    public String id() {
      return id;
    }
  }
}
