// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import io.spanway.annotate.DerivedFieldSet.LineField;
import io.spanway.logql.LabelFilterExpr;
import io.spanway.logql.LabelMatcher;
import io.spanway.logql.LogqlEdits;
import io.spanway.logql.LogqlWriter;
import io.spanway.logql.MatchOp;
import io.spanway.logql.PipelineStage.LabelFilter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A query that filters by fields which may be Spanway's own. Immutable.
 *
 * <p>{@code | TraceID="x"} becomes {@code |= "x" or "X" | regexp "…(?P<TraceID>…)" | TraceID=~"…"}:
 * a line that has the value in any spelling that the field brings to {@code x} is kept, and lines
 * without it are not even parsed. Other operators get no line filter.
 */
public final class VirtualQuery {
  private final String text;
  private final String selector;
  private final boolean log;
  private final List<Place> places;

  VirtualQuery(String text, String selector, boolean log, List<Place> places) {
    this.text = text;
    this.selector = selector;
    this.log = log;
    this.places = List.copyOf(places);
  }

  /**
   * Filters by one field behind one selector.
   *
   * @param filters the stages that name it, in text order
   * @param parsed whether an earlier stage takes fields out of lines
   */
  record Place(LineField field, List<LabelFilter> filters, boolean parsed) {
    Place {
      filters = List.copyOf(filters);
    }

    boolean isReal(@Nullable Map<String, Boolean> known) {
      Boolean inLines = known == null ? null : known.get(field.key());
      // A field that Loki would have to parse is there only if the query parses.
      return inLines != null && (!inLines || parsed);
    }
  }

  /** Returns the query as it came. */
  public String text() {
    return text;
  }

  /** Returns the selector that all of it has. */
  public String selector() {
    return selector;
  }

  /** Says whether it answers with lines. */
  public boolean isLog() {
    return log;
  }

  /** Returns the fields' names, sorted. */
  public Set<String> fields() {
    var names = new TreeMap<String, Boolean>();
    places.forEach(place -> names.put(place.field().key(), true));
    return names.keySet();
  }

  /**
   * Writes the query as Loki understands it.
   *
   * @param known the fields that entries of the selector have in Loki, as {@link #readKnown} reads
   *     them; null when that is not known, and then no line is left out that has the field in its
   *     structured metadata
   * @return the same text where all fields are real
   */
  public String rewrite(@Nullable Map<String, Boolean> known) {
    var edits = new LogqlEdits(text);
    for (Place place : places) {
      if (!place.isReal(known)) {
        // Of a field that lines and structured metadata have, Loki names the parser only.
        write(place, known != null && !known.containsKey(place.field().key()), edits);
      }
    }
    return edits.apply();
  }

  /**
   * Reads Loki's answer to {@code detected_fields}.
   *
   * @return the fields' names, each with whether a parser has to find it in the line; null when the
   *     answer cannot be read
   */
  public static @Nullable Map<String, Boolean> readKnown(byte[] json) {
    var fields = new TreeMap<String, Boolean>();
    int end =
        DetectedFields.read(json, (label, parsed) -> fields.merge(label, parsed, (a, b) -> a && b));
    return end < 0 ? null : fields;
  }

  private void write(Place place, boolean byLine, LogqlEdits edits) {
    String stage = "| regexp " + LogqlWriter.string(place.field().namedPattern()) + ' ';
    for (LabelFilter filter : place.filters()) {
      String inFront = byLine ? lineFilters(filter.expr(), place.field()) : "";
      edits.insert(filter.range().start(), inFront + stage);
      stage = "";
      values(filter.expr(), place.field(), edits);
    }
  }

  /** Writes what a line must have for a condition to hold. */
  private static String lineFilters(LabelFilterExpr expr, LineField field) {
    if (expr instanceof LabelFilterExpr.And and) {
      var all = new StringBuilder();
      and.operands().forEach(operand -> all.append(lineFilters(operand, field)));
      return all.toString();
    }
    if (expr instanceof LabelFilterExpr.StringCompare compare
        && compare.name().equals(field.key())
        && compare.op() == MatchOp.EQ
        && !compare.value().isEmpty()) {
      var spellings = new ArrayList<String>();
      for (String spelling : new LinkedHashSet<>(field.spellings(compare.value()))) {
        spellings.add(LogqlWriter.string(spelling));
      }
      return "|= " + String.join(" or ", spellings) + ' ';
    }
    return "";
  }

  /** Makes every spelling of a value as good as the one that was asked for. */
  private static void values(LabelFilterExpr expr, LineField field, LogqlEdits edits) {
    if (expr instanceof LabelFilterExpr.And and) {
      and.operands().forEach(operand -> values(operand, field, edits));
    } else if (expr instanceof LabelFilterExpr.Or or) {
      or.operands().forEach(operand -> values(operand, field, edits));
    } else if (expr instanceof LabelFilterExpr.StringCompare compare
        && compare.name().equals(field.key())
        && !compare.op().isRegex()
        && !compare.value().isEmpty()) {
      String pattern = field.valuePattern(compare.value());
      if (pattern != null) {
        LabelMatcher matcher = compare.matcher();
        MatchOp op = matcher.op() == MatchOp.EQ ? MatchOp.RE : MatchOp.NRE;
        edits.replace(matcher.range(), LogqlWriter.matcher(matcher.name(), op, pattern));
      }
    }
  }
}
