// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.logql.LogqlWriter;
import io.spanway.logql.MatchOp;
import io.spanway.model.SpanId;
import io.spanway.model.TraceId;
import java.util.ArrayList;
import java.util.List;

/**
 * "The line contains the ID, or a field equals it", as LogQL stages.
 *
 * @param spellings what to look for in lines; empty when the ID is too short for that
 * @param comparisons {@code field="value"} each
 */
record IdCondition(List<String> spellings, List<String> comparisons) {
  IdCondition {
    spellings = List.copyOf(spellings);
    comparisons = List.copyOf(comparisons);
  }

  static IdCondition of(TraceId id, List<String> fields) {
    return new IdCondition(
        id.searchableInLines() ? id.spellings() : List.of(), comparisons(fields, id.fieldValues()));
  }

  static IdCondition of(SpanId id, List<String> fields) {
    return new IdCondition(
        id.searchableInLines() ? id.spellings() : List.of(), comparisons(fields, id.fieldValues()));
  }

  /** An ID of 16 digits that may be a span's or a short trace's: either counts. */
  static IdCondition either(TraceId trace, SpanId span, Settings settings) {
    var comparisons = new ArrayList<>(comparisons(settings.traceFields(), trace.fieldValues()));
    comparisons.addAll(comparisons(settings.spanFields(), span.fieldValues()));
    // Its spellings as a span occur inside all of those as a trace.
    return new IdCondition(span.searchableInLines() ? span.spellings() : List.of(), comparisons);
  }

  /** {@code |= "t" or "T"}; not for IDs that are too short. */
  String inLine() {
    return " |= " + alternatives();
  }

  /** {@code != "t" or "T" | trace_id="t" or …}: in a field but not in the line. */
  String onlyInField() {
    return (spellings.isEmpty() ? "" : " != " + alternatives()) + inField();
  }

  /** {@code | trace_id="t" or …}. */
  String inField() {
    return " | " + String.join(" or ", comparisons);
  }

  /**
   * Both in one stage, by a template on every line and a label {@code name} that is dropped again.
   * Slow, but it can stand anywhere.
   */
  String inTemplate(String name) {
    if (spellings.isEmpty()) {
      return inField();
    }
    return " | label_format "
        + name
        + "=`{{ "
        + contains()
        + " }}` | "
        + LogqlWriter.matcher(name, MatchOp.EQ, "true")
        + " or "
        + String.join(" or ", comparisons)
        + " | drop "
        + name;
  }

  private String contains() {
    var calls = new ArrayList<String>();
    for (String spelling : spellings) {
      calls.add("contains " + LogqlWriter.string(spelling) + " __line__");
    }
    return calls.size() == 1 ? calls.get(0) : "or (" + String.join(") (", calls) + ")";
  }

  private String alternatives() {
    var quoted = new ArrayList<String>();
    for (String spelling : spellings) {
      quoted.add(LogqlWriter.string(spelling));
    }
    return String.join(" or ", quoted);
  }

  private static List<String> comparisons(List<String> fields, List<String> values) {
    var all = new ArrayList<String>();
    for (String value : values) {
      for (String field : fields) {
        all.add(LogqlWriter.matcher(field, MatchOp.EQ, value));
      }
    }
    return all;
  }
}
