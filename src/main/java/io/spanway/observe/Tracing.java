// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import io.spanway.proxy.ExchangeTracer;
import org.jspecify.annotations.Nullable;

/**
 * Spanway's own spans: what records them, and what brings them to a collector. When nothing is
 * recorded, no class of the tracing SDK is loaded. Thread-safe.
 */
public final class Tracing {
  private final ExchangeTracer tracer;
  private final @Nullable SpanQueue queue;

  private Tracing(ExchangeTracer tracer, @Nullable SpanQueue queue) {
    this.tracer = tracer;
    this.queue = queue;
  }

  /**
   * Begins to record, if {@code config} says so.
   *
   * @param version Spanway's
   */
  public static Tracing open(OtlpConfig config, GatewayMeters meters, String version) {
    String url = config.url();
    if (url == null) {
      return new Tracing(ExchangeTracer.NONE, null);
    }
    SpanQueue queue = SpanQueue.open(url, config, meters);
    return new Tracing(queue.tracer(config, version), queue);
  }

  /** Returns what records requests. */
  public ExchangeTracer tracer() {
    return tracer;
  }

  /** Records no more; what waits is exported in the background. Harmless twice. */
  public void close() {
    if (queue != null) {
      queue.close();
    }
  }

  /**
   * Waits, once closed, until all that waited is exported.
   *
   * @return whether it is
   */
  public boolean awaitEnd(long nanos) throws InterruptedException {
    return queue == null || queue.awaitEnd(nanos);
  }
}
