// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.model.SpanId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the entries of one span among those of its trace.
 *
 * <p>Soft: when no entry {@linkplain #carriesSpan carries} a span at all, the logs do not know
 * spans and the trace's lines are the answer, with a warning. Only the caller, who sees all
 * entries, can decide that.
 */
public final class SpanFilter {
  /** A name that no log has; what Loki shows of it is dropped again. */
  private static final String LABEL = "__s";

  private final SpanId id;
  private final List<String> fields;
  private final boolean soft;

  SpanFilter(SpanId id, List<String> fields, boolean soft) {
    this.id = id;
    this.fields = List.copyOf(fields);
    this.soft = soft;
  }

  /** The span whose entries are wanted. */
  public SpanId id() {
    return id;
  }

  /** Whether the trace's lines are the answer when none carries a span. */
  public boolean soft() {
    return soft;
  }

  /**
   * Whether an entry belongs to the span: its line contains the ID in one of its spellings, or one
   * of the ID fields equals it.
   *
   * @param line the entry's line
   * @param labelsAndMetadata its stream labels, structured metadata and parsed labels together
   */
  public boolean matches(String line, Map<String, String> labelsAndMetadata) {
    if (inLine(line)) {
      return true;
    }
    List<String> values = id.fieldValues();
    for (String field : fields) {
      String value = labelsAndMetadata.get(field);
      if (value != null && values.contains(value)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether an entry shows that these logs know spans: it has a non-empty ID field, of whatever
   * span, or the line contains this span's ID.
   *
   * @param line the entry's line, null if only the labels are known
   * @param labelsAndMetadata as in {@link #matches}
   */
  public boolean carriesSpan(@Nullable String line, Map<String, String> labelsAndMetadata) {
    for (String field : fields) {
      String value = labelsAndMetadata.get(field);
      if (value != null && !value.isEmpty()) {
        return true;
      }
    }
    return line != null && inLine(line);
  }

  /** The same filter, strict, as LogQL stages to append to a pipeline (with a space in front). */
  public String logql() {
    return IdCondition.of(id, fields).inTemplate(LABEL);
  }

  /** Whether {@code name} is one of the fields that are looked at. */
  boolean looksAt(String name) {
    return fields.contains(name);
  }

  private boolean inLine(String line) {
    if (!id.searchableInLines()) {
      return false;
    }
    for (String spelling : id.spellings()) {
      if (line.contains(spelling)) {
        return true;
      }
    }
    return false;
  }
}
