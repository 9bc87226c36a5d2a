// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.model.TimeRange;
import org.jspecify.annotations.Nullable;

/**
 * What a request says about the logs that it wants; null leaves it to the configuration.
 *
 * @param filterByTraceId only lines that belong to the trace; yes if nobody says otherwise
 * @param filterBySpanId only lines that belong to the span; no if nobody says otherwise
 * @param window takes the place of the computed window
 */
public record SpanLogsOptions(
    @Nullable Boolean filterByTraceId,
    @Nullable Boolean filterBySpanId,
    @Nullable TimeRange window) {
  /** Everything as configured. */
  public static final SpanLogsOptions DEFAULT = new SpanLogsOptions(null, null, null);
}
