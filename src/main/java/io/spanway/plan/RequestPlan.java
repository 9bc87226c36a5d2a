// SPDX-License-Identifier: Apache-2.0
package io.spanway.plan;

import io.spanway.annotate.VirtualQuery;
import io.spanway.cache.BypassReason;
import io.spanway.http.ProxyError;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What is to be done about a request. A value: making one asks nobody and changes nothing. */
public sealed interface RequestPlan {
  /**
   * Pass it on and its answer back, streaming.
   *
   * @param annotate whether the answer gets its derived fields, or a trace its tag, on the way
   * @param bypass why the cache is not asked
   * @param unparsed whether its query was looked at and cannot be parsed
   */
  record Relay(boolean annotate, BypassReason bypass, boolean unparsed) implements RequestPlan {
    /** A request whose query is none of ours. */
    public Relay(boolean annotate, BypassReason bypass) {
      this(annotate, bypass, false);
    }
  }

  /**
   * Answer from the cache, or ask once for all who ask the same.
   *
   * @param annotate whether the answer gets its derived fields, or a trace its tag
   * @param unparsed whether its query was looked at and cannot be parsed
   */
  record CachedRead(boolean annotate, boolean unparsed) implements RequestPlan {
    /** A request whose query is none of ours. */
    public CachedRead(boolean annotate) {
      this(annotate, false);
    }
  }

  /** As {@link CachedRead}, with labels named as Loki names them. */
  record SelectorRead() implements RequestPlan {}

  /**
   * As {@link CachedRead}, with filters by derived fields written as Loki understands them.
   *
   * @param query the query
   * @param annotate whether a streams answer gets its derived fields
   */
  record VirtualRead(VirtualQuery query, boolean annotate) implements RequestPlan {}

  /**
   * Ask for the logs of a span in one rewritten query, and pass its answer on as it is.
   *
   * @param source the recognised query
   * @param annotate whether a streams answer gets its derived fields
   */
  record RewrittenRead(SpanLogsQuestion.Source.Query source, boolean annotate)
      implements RequestPlan {}

  /** Find the logs of a span or of a trace. */
  record SpanLogsRead(SpanLogsQuestion question) implements RequestPlan {}

  /**
   * Pass a gRPC call on and its answer back, streaming.
   *
   * @param timeout how long the client waits, null for as long as it takes
   */
  record GrpcCall(@Nullable Duration timeout) implements RequestPlan {}

  /**
   * Say what would be done about a question, and why.
   *
   * @param original the question as it came
   * @param plan what would be done
   */
  record Explain(String original, RequestPlan plan) implements RequestPlan {}

  /**
   * Find the logs of a whole trace and tell which belong to which span.
   *
   * @param question for the logs of a trace
   */
  record TraceLogsRead(SpanLogsQuestion question) implements RequestPlan {}

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
