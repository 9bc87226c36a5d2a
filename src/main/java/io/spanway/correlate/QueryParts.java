// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import org.jspecify.annotations.Nullable;

/**
 * A query before its ID condition is written out.
 *
 * @param head everything up to where the condition belongs: the selector and what goes before
 * @param id the condition, null for none
 * @param spanStages stages right behind the condition, empty or with a space in front
 * @param tail everything behind
 */
record QueryParts(String head, @Nullable IdCondition id, String spanStages, String tail) {

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
      case BOTH -> new CorrelatedQuery(with(id.inLine()), with(id.onlyInField()));
    };
  }

  QueryParts withSpanStages(String stages) {
    return new QueryParts(head, id, stages, tail);
  }

  QueryParts withTail(String stages) {
    return new QueryParts(head, id, spanStages, tail + stages);
  }

  private String with(String condition) {
    return head + condition + spanStages + tail;
  }
}
