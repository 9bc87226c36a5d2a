// SPDX-License-Identifier: Apache-2.0
package io.spanway.plan;

import io.spanway.correlate.Recognition;
import io.spanway.correlate.RequestWindow;
import io.spanway.correlate.SpanLogsOptions;
import io.spanway.model.SpanRef;
import org.jspecify.annotations.Nullable;

/**
 * A question for the logs of a span or of a trace.
 *
 * @param source whose logs, and how that was said
 * @param limit how many entries at most, 1 or more
 * @param forward whether the oldest come first, and stay when the limit cuts
 * @param format how the answer is written
 * @param annotate whether entries get their derived fields
 * @param note what a person should know about how the question was understood, null for nothing
 */
public record SpanLogsQuestion(
    Source source,
    int limit,
    boolean forward,
    Format format,
    boolean annotate,
    @Nullable String note) {
  /** Whose logs, and how that was said. */
  public sealed interface Source {
    /** Told by IDs; the query is made from the span. */
    record Script(SpanRef ref, SpanLogsOptions options) implements Source {}

    /** A query recognised as a question of this kind. */
    record Query(Recognition recognition, RequestWindow window) implements Source {}
  }

  /** How an answer is written. */
  public enum Format {
    /** Loki's JSON, structured metadata and parsed labels apart. */
    CATEGORISED,
    /** Loki's JSON, all labels together. */
    FOLDED,
    /** The lines alone. */
    TEXT,
    /** A JSON object for each line. */
    NDJSON
  }
}
