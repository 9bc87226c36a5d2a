// SPDX-License-Identifier: Apache-2.0
package io.spanway.model;

import org.jspecify.annotations.Nullable;

/**
 * What logs are asked for.
 *
 * @param traceId the trace
 * @param spanId one of its spans, or null for the whole trace
 */
public record SpanRef(TraceId traceId, @Nullable SpanId spanId) {
  /** Refers to all spans of a trace. */
  public static SpanRef wholeTrace(TraceId traceId) {
    return new SpanRef(traceId, null);
  }
}
