// SPDX-License-Identifier: Apache-2.0
package io.spanway.plan;

import io.spanway.cache.BypassReason;
import io.spanway.http.ProxyError;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What is to be done about a request. A value: making one asks nobody and changes nothing. */
public sealed interface RequestPlan {
  /**
   * Pass it on and its answer back, streaming.
   *
   * @param annotate whether a streams answer gets its derived fields on the way
   * @param bypass why the cache is not asked
   */
  record Relay(boolean annotate, BypassReason bypass) implements RequestPlan {}

  /**
   * Answer from the cache, or ask once for all who ask the same.
   *
   * @param annotate whether a streams answer gets its derived fields
   */
  record CachedRead(boolean annotate) implements RequestPlan {}

  /** Find the logs of a span or of a trace. */
  record SpanLogsRead(SpanLogsQuestion question) implements RequestPlan {}

  /**
   * Pass a gRPC call on and its answer back, streaming.
   *
   * @param timeout how long the client waits, null for as long as it takes
   */
  record GrpcCall(@Nullable Duration timeout) implements RequestPlan {}

  /** Let a WebSocket through. */
  record Tunnel() implements RequestPlan {}

  /**
   * Answer with a document of Spanway's own.
   *
   * @param document its name
   */
  record LocalReply(String document) implements RequestPlan {}

  /**
   * Say that the path has other methods.
   *
   * @param allowed what {@code Allow} names
   */
  record WrongMethod(String allowed) implements RequestPlan {}

  /**
   * Refuse it.
   *
   * @param error what is wrong
   * @param message one line for the client
   */
  record Reject(ProxyError error, String message) implements RequestPlan {}
}
