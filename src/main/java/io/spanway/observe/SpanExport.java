// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import io.opentelemetry.sdk.trace.data.SpanData;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where spans go. Used by one thread, which may be blocked. */
interface SpanExport {
  /**
   * What came of an attempt.
   *
   * @param problem why the spans were not taken, null when they were
   * @param again whether the same may be tried again
   * @param pause how long not to, null when that was not said
   */
  record Outcome(@Nullable String problem, boolean again, @Nullable Duration pause) {
    /** The spans were taken. */
    static final Outcome GOOD = new Outcome(null, false, null);
  }

  /** Tries once. */
  Outcome export(List<SpanData> spans);

  /** Ends it. */
  void close();
}
