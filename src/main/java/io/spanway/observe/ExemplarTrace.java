// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import io.micrometer.core.instrument.Timer;
import io.netty.util.concurrent.FastThreadLocal;
import io.prometheus.metrics.tracer.common.SpanContext;
import io.spanway.http.TraceContext;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Names the trace of the request whose time is being recorded. An event loop has many requests
 * under way, so the trace is that of the thread only while it records. Thread-safe.
 */
final class ExemplarTrace implements SpanContext {
  private final FastThreadLocal<@Nullable TraceContext> current = new FastThreadLocal<>();

  /** Records a time; it becomes an exemplar only where somebody may have kept the trace. */
  void record(Timer timer, long nanos, TraceContext trace) {
    if (!trace.isSampled()) {
      timer.record(nanos, TimeUnit.NANOSECONDS);
      return;
    }
    current.set(trace);
    try {
      timer.record(nanos, TimeUnit.NANOSECONDS);
    } finally {
      current.set(null);
    }
  }

  @Override
  public @Nullable String getCurrentTraceId() {
    TraceContext trace = current.get();
    return trace == null ? null : trace.traceId();
  }

  @Override
  public @Nullable String getCurrentSpanId() {
    TraceContext trace = current.get();
    return trace == null ? null : trace.spanId();
  }

  @Override
  public boolean isCurrentSpanSampled() {
    return current.get() != null;
  }

  @Override
  public void markCurrentSpanAsExemplar() {}
}
