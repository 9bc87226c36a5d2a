// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import io.spanway.logql.LabelMatcher;
import io.spanway.logql.LogQuery;
import io.spanway.logql.LogqlParser;
import io.spanway.logql.LogqlSyntaxException;
import io.spanway.logql.StreamSelector;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A field's {@code when}.
 *
 * @param index its place among the conditions of a set, to remember what it said of a stream
 * @param selector what the stream's labels must fit
 */
record StreamCondition(int index, StreamSelector selector) {
  /**
   * Reads a selector.
   *
   * @throws IllegalArgumentException with the reason why {@code text} is none
   */
  static StreamSelector parse(String text) {
    String expected = " (expected: a stream selector such as {service_name=\"nginx\"})";
    try {
      if (!(LogqlParser.parse(text) instanceof LogQuery query)
          || !query.pipeline().stages().isEmpty()) {
        throw new IllegalArgumentException("was " + text + expected);
      }
      for (LabelMatcher matcher : query.pipeline().selector().matchers()) {
        if (matcher.dotted()) {
          throw new IllegalArgumentException(
              "has the label " + matcher.name() + ", and Loki's have no dots" + expected);
        }
      }
      return query.pipeline().selector();
    } catch (LogqlSyntaxException e) {
      throw new IllegalArgumentException("was " + text + ": " + e.getMessage() + expected, e);
    }
  }

  /** Says whether a stream fits whose labels {@code labels} knows by name. */
  boolean fits(UnaryOperator<@Nullable String> labels) {
    for (LabelMatcher matcher : selector.matchers()) {
      if (!matcher.matches(labels.apply(matcher.name()))) {
        return false;
      }
    }
    return true;
  }
}
