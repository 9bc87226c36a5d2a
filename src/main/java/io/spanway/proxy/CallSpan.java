// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.http.ProxyError;
import io.spanway.http.TraceContext;
import io.spanway.upstream.Replica;
import io.spanway.upstream.UpstreamException;
import org.jspecify.annotations.Nullable;

/**
 * The record of one request to an upstream, a span for each attempt at it. Confined to the event
 * loop that the request is made on; must not block it. Whatever ends it first counts.
 */
public interface CallSpan {
  /** Records nothing. */
  CallSpan NONE = new CallSpan() {};

  /** Returns the place in the trace of the attempt under way, null when nothing is recorded. */
  default @Nullable TraceContext context() {
    return null;
  }

  /**
   * The request goes to a replica.
   *
   * @param former why the attempt before this one was given up, null for the first
   */
  default void attempt(Replica to, @Nullable UpstreamException former) {}

  /** An answer began. */
  default void answered(int status) {}

  /** There is no answer, or no more of it: the span is over. */
  default void failed(ProxyError error, String why) {}

  /** Nobody wants the answer, or the rest of it: the span is over. */
  default void cancelled() {}

  /** All of the answer came: the span is over. */
  default void end() {}
}
