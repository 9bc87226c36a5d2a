// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.model.Span;
import io.spanway.model.SpanId;
import io.spanway.model.Trace;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells to which span of a trace a log entry belongs: by its ID in a field, else by the first ID in
 * the line. One look at each entry, however many spans there are. Immutable.
 */
public final class SpanIndex {
  private final Map<String, SpanId> byField = new HashMap<>();
  private final Map<String, SpanId> byText = new HashMap<>();
  private final List<String> fields;
  private final int shortest;
  private final int longest;

  SpanIndex(Trace trace, List<String> fields) {
    this.fields = List.copyOf(fields);
    int least = Integer.MAX_VALUE;
    int most = 0;
    for (Span span : trace.spans()) {
      span.id().fieldValues().forEach(value -> byField.putIfAbsent(value, span.id()));
      for (String spelling : spellings(span.id())) {
        byText.putIfAbsent(spelling, span.id());
        least = Math.min(least, spelling.length());
        most = Math.max(most, spelling.length());
      }
    }
    shortest = least;
    longest = most;
  }

  /** A whole run of 16 digits is the ID, also one that is too short to be searched for in text. */
  private static Set<String> spellings(SpanId id) {
    Set<String> all = new HashSet<>();
    all.add(id.hex());
    all.add(id.hex().toUpperCase(Locale.ROOT));
    if (id.searchableInLines()) {
      all.addAll(id.spellings());
    }
    return all;
  }

  /**
   * Returns the span of an entry; null when it names none of the trace's spans.
   *
   * @param line the entry's line
   * @param labelsAndMetadata its stream labels, structured metadata and parsed labels together
   */
  public @Nullable SpanId spanOf(String line, Map<String, String> labelsAndMetadata) {
    for (String field : fields) {
      String value = labelsAndMetadata.get(field);
      SpanId id = value == null ? null : byField.get(value);
      if (id != null) {
        return id;
      }
    }
    // Runs of hex digits as long as an ID: a trace ID is longer, most numbers are shorter.
    int start = 0;
    for (int i = 0; i <= line.length(); i++) {
      if (i < line.length() && isHex(line.charAt(i))) {
        continue;
      }
      if (i - start >= shortest && i - start <= longest) {
        SpanId id = byText.get(line.substring(start, i));
        if (id != null) {
          return id;
        }
      }
      start = i + 1;
    }
    return null;
  }

  private static boolean isHex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }
}
