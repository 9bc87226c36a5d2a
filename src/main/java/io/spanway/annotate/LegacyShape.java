// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import io.spanway.logql.LabelMatcher;
import io.spanway.logql.LogQuery;
import io.spanway.logql.LogqlParser;
import io.spanway.logql.LogqlSyntaxException;
import io.spanway.logql.MatchOp;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the legacy shape has as text: labels as in a selector, times as in RFC 3339. */
final class LegacyShape {
  private LegacyShape() {}

  /** Returns the labels of {@code {a="1", b="2"}}; null when the text is something else. */
  static @Nullable Map<String, String> read(@Nullable String text) {
    if (text == null) {
      return null;
    }
    var labels = new LinkedHashMap<String, String>();
    try {
      if (!(LogqlParser.parse(text) instanceof LogQuery query)
          || !query.pipeline().stages().isEmpty()) {
        return null;
      }
      for (LabelMatcher label : query.pipeline().selector().matchers()) {
        if (label.op() != MatchOp.EQ || label.dotted()) {
          return null;
        }
        labels.put(label.name(), label.value());
      }
      return labels;
    } catch (LogqlSyntaxException e) {
      return null;
    }
  }

  /** Returns nanoseconds since the epoch. */
  static long timeNs(String rfc3339) {
    Instant instant = Instant.parse(rfc3339);
    return Math.addExact(
        Math.multiplyExact(instant.getEpochSecond(), 1_000_000_000L), instant.getNano());
  }
}
