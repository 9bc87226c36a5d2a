// SPDX-License-Identifier: Apache-2.0
package io.spanway.streams;

/**
 * One log line of an answer.
 *
 * @param timestampNs nanoseconds since the epoch
 * @param line the decoded line
 * @param stream the labels of the element that held the entry: the stream's own in a categorised
 *     answer, all labels in a folded one
 * @param structuredMetadata structured metadata; empty in a folded answer
 * @param parsed labels that the query's stages made; empty in a folded answer
 */
public record LogEntry(
    long timestampNs, String line, Labels stream, Labels structuredMetadata, Labels parsed) {
  /**
   * Returns every label of the entry as the folded shape shows it: structured metadata over stream
   * labels, parsed labels over both (Loki renames real collisions itself).
   */
  public Labels allLabels() {
    return stream.and(structuredMetadata).and(parsed);
  }

  /** Returns this entry with other structured metadata. */
  public LogEntry withStructuredMetadata(Labels metadata) {
    return new LogEntry(timestampNs, line, stream, metadata, parsed);
  }

  /** Returns this entry with other stream labels. */
  public LogEntry withStream(Labels labels) {
    return new LogEntry(timestampNs, line, labels, structuredMetadata, parsed);
  }

  /** Returns the entry as the folded shape has it: all labels in {@code stream}. */
  LogEntry folded() {
    return structuredMetadata.isEmpty() && parsed.isEmpty()
        ? this
        : new LogEntry(timestampNs, line, allLabels(), Labels.EMPTY, Labels.EMPTY);
  }
}
