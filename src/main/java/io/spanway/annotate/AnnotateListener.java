// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

/** Hears what annotation does, for metrics. Called on the exchange's event loop; must not block. */
public interface AnnotateListener {
  /** Hears nothing. */
  AnnotateListener NONE = new AnnotateListener() {};

  /** Entries were offered to the derived fields; told once for a chunk. */
  default void entriesSeen(long count) {}

  /**
   * A field was added to entries.
   *
   * @param name the configured field's key
   * @param count how many entries
   */
  default void fieldFound(String name, long count) {}

  /** Something passed as it came. */
  default void fallback(Fallback reason) {}

  /** Why something passed unannotated. */
  enum Fallback {
    /** The answer is a matrix, a vector or a scalar: all of it passed. */
    NOT_STREAMS,
    /** The answer is not what Loki sends: it passed from there on. */
    UNEXPECTED,
    /** The answer's content coding cannot be undone: all of it passed. */
    CONTENT_CODING,
    /** An entry or an element is over {@code annotate.maxBuffered}: that one passed. */
    TOO_LARGE,
    /** A line is too long for a pattern of that size: the field was not looked for in it. */
    LINE_TOO_LONG
  }
}
