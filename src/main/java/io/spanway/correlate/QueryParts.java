// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A query before its ID condition is written out.
 *
 * @param texts the query in pieces: between each two of them the condition belongs
 * @param id the condition, null for none
 * @param spanStages stages right behind the condition, empty or with a space in front
 */
record QueryParts(List<String> texts, @Nullable IdCondition id, String spanStages) {
  /** A name that no log has; what Loki shows of it is dropped again. */
  private static final String LABEL = "__t";

  private static final String DROP = " | drop ";

  /** Fits every line; {@code | drop a != "x"} is not a line filter but a condition on a. */
  private static final String ANY_LINE = " |= \"\"";

  QueryParts {
    texts = List.copyOf(texts);
  }

  /** A log query: everything up to where the condition belongs, and everything behind. */
  QueryParts(String head, @Nullable IdCondition id, String spanStages, String tail) {
    this(List.of(head, tail), id, spanStages);
  }

  /** Writes the query as up to two halves whose results are disjoint. */
  CorrelatedQuery write(IdLocation location) {
    if (id == null) {
      return new CorrelatedQuery(with(""), null);
    }
    if (id.spellings().isEmpty()) {
      return new CorrelatedQuery(null, with(id.inField()));
    }
    return switch (location) {
      case LINE -> new CorrelatedQuery(with(id.inLine()), null);
      case FIELDS -> new CorrelatedQuery(null, with(id.inField()));
      case BOTH, AUTO -> new CorrelatedQuery(with(id.inLine()), with(id.onlyInField()));
    };
  }

  /** Writes it as one query whose result is the union of the halves'. */
  CorrelatedQuery writeWhole(IdLocation location) {
    return id == null || location == IdLocation.LINE || location == IdLocation.FIELDS
        ? write(location)
        : new CorrelatedQuery(with(id.inTemplate(LABEL)), null);
  }

  QueryParts withSpanStages(String stages) {
    return new QueryParts(texts, id, stages);
  }

  QueryParts withTail(String stages) {
    var longer = new ArrayList<>(texts);
    longer.set(longer.size() - 1, longer.get(longer.size() - 1) + stages);
    return new QueryParts(longer, id, spanStages);
  }

  QueryParts withTexts(List<String> others) {
    return new QueryParts(others, id, spanStages);
  }

  private String with(String condition) {
    String inserted = condition + spanStages;
    var query = new StringBuilder(texts.get(0));
    for (String text : texts.subList(1, texts.size())) {
      query.append(inserted);
      if (inserted.contains(DROP) && mayBeMatcher(text)) {
        query.append(ANY_LINE);
      }
      query.append(text);
    }
    return query.toString();
  }

  /** Whether what follows a {@code drop} could be read as a condition on its last label. */
  private static boolean mayBeMatcher(String text) {
    String next = text.stripLeading();
    // What is behind a comment is not looked at: a stage more does no harm.
    return next.startsWith("!") || next.startsWith("#");
  }
}
