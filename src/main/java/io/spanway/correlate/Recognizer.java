// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.correlate.Recognition.Form;
import io.spanway.correlate.Recognition.Ids;
import io.spanway.correlate.Recognition.Place;
import io.spanway.logql.LogPipeline;
import io.spanway.logql.LogQuery;
import io.spanway.logql.LogqlParser;
import io.spanway.logql.LogqlSyntaxException;
import io.spanway.logql.MetricQuery;
import io.spanway.logql.PipelineStage;
import io.spanway.logql.Query;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Knows the queries that Grafana builds for a span, bare or counted, and our markers. Works on the
 * parsed query only, and rather misses one of Grafana's than takes a person's.
 */
final class Recognizer {
  private Recognizer() {}

  static @Nullable Recognition recognize(String logql) {
    try {
      return read(logql);
    } catch (LogqlSyntaxException e) {
      return null;
    }
  }

  static @Nullable Recognition read(String logql) throws LogqlSyntaxException {
    Query query = LogqlParser.parse(logql);
    List<Place> places = new ArrayList<>();
    Ids ids = null;
    for (LogPipeline pipeline : query.pipelines()) {
      PipelineRecognizer.Found found = PipelineRecognizer.recognize(logql, pipeline);
      // One window serves the whole query: all of it must be about the same span.
      if (found == null || (ids != null && !ids.equals(found.ids()))) {
        return null;
      }
      ids = found.ids();
      places.add(new Place(pipeline, found.idStages()));
    }
    if (ids == null || needsArtificialLabels(logql, places)) {
      return null;
    }
    if (query instanceof LogQuery) {
      return new Recognition(Form.BARE, logql, ids, places);
    }
    for (Place place : places) {
      if (place.pipeline().lineFilterInsertionPoint().isEmpty()) {
        return null;
      }
    }
    boolean persons =
        ids.ambiguous() && !(query instanceof MetricQuery metric && VolumeQuery.matches(metric));
    return persons ? null : new Recognition(Form.METRIC, logql, ids, places);
  }

  /** Whether the labels that Grafana makes for its filters are named anywhere else. */
  private static boolean needsArtificialLabels(String text, List<Place> places) {
    int at = text.indexOf(PipelineRecognizer.ARTIFICIAL);
    while (at >= 0) {
      if (!isInIdStage(at, places)) {
        return true;
      }
      at = text.indexOf(PipelineRecognizer.ARTIFICIAL, at + 1);
    }
    return false;
  }

  private static boolean isInIdStage(int offset, List<Place> places) {
    for (Place place : places) {
      for (PipelineStage stage : place.idStages()) {
        if (stage.range().start() <= offset && offset < stage.range().end()) {
          return true;
        }
      }
    }
    return false;
  }
}
