// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.logql.LogPipeline;
import io.spanway.logql.LogQuery;
import io.spanway.logql.LogqlEdits;
import io.spanway.logql.LogqlParser;
import io.spanway.logql.LogqlSyntaxException;
import io.spanway.logql.SourceRange;
import java.util.ArrayList;
import java.util.List;

/** Puts the query for a span in the places of the markers of a metric query. */
final class MarkerQuery {
  private MarkerQuery() {}

  /**
   * Returns what counts the lines of {@code logs}, as {@code marker} counts those of its marker.
   */
  static SpanLogs expand(SpanLogs logs, Recognition marker) throws SpanLogsException {
    if (logs.parts().size() != 1) {
      throw new SpanLogsException(
          422,
          "the services of the trace share no tag, and the lines of several queries cannot be"
              + " counted in one: ask for one span");
    }
    QueryParts part = logs.parts().get(0);
    String head = part.texts().get(0);
    SourceRange selector = selector(head);
    List<String> later = part.texts().subList(1, part.texts().size());
    var edits = new LogqlEdits(marker.text());
    for (Recognition.Place place : marker.places()) {
      LogPipeline pipeline = place.pipeline();
      SourceRange old = pipeline.selector().range();
      int at = pipeline.lineFilterInsertionPoint().orElse(old.end());
      edits.replace(old, head.substring(0, selector.end()));
      edits.insert(at, head.substring(selector.end()));
      for (String text : later) {
        edits.cut(at);
        edits.insert(at, text);
      }
    }
    return logs.withParts(List.of(part.withTexts(new ArrayList<>(edits.pieces()))));
  }

  private static SourceRange selector(String head) throws SpanLogsException {
    try {
      if (LogqlParser.parse(head) instanceof LogQuery query
          && query.pipeline().selector().range().start() == 0) {
        return query.pipeline().selector().range();
      }
    } catch (LogqlSyntaxException e) {
      // Said below.
    }
    throw new SpanLogsException(
        422, "the query for the span cannot stand in a metric query: " + head);
  }
}
