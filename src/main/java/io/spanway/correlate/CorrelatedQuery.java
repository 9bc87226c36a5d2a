// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to send to Loki for one answer: up to two queries whose results are disjoint and are merged.
 * At least one is there.
 *
 * @param lineHalf entries with the ID in the line; or, when no ID is asked for, all entries
 * @param fieldHalf entries with the ID in a field and not in the line
 */
public record CorrelatedQuery(@Nullable String lineHalf, @Nullable String fieldHalf) {
  /** Requires one half. */
  public CorrelatedQuery {
    if (lineHalf == null && fieldHalf == null) {
      throw new IllegalArgumentException("a query without a half");
    }
  }

  /** The halves that are there, line first. */
  public List<String> texts() {
    var texts = new ArrayList<String>(2);
    if (lineHalf != null) {
      texts.add(lineHalf);
    }
    if (fieldHalf != null) {
      texts.add(fieldHalf);
    }
    return List.copyOf(texts);
  }
}
