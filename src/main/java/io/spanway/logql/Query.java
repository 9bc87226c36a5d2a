// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import java.util.List;

/** A parsed query. */
public sealed interface Query permits LogQuery, MetricQuery {

  /** Returns the text that was parsed, unchanged. */
  String text();

  /** Returns every selector of the query with its own stages, in text order. */
  List<LogPipeline> pipelines();

  /** Returns whether the answer is log lines rather than samples. */
  default boolean isLog() {
    return this instanceof LogQuery;
  }

  /**
   * Checks what Loki checks before it reads logs: every selector must have a matcher that does not
   * fit the empty string. Series and volume requests are not subject to it.
   *
   * @throws LogqlSyntaxException with Loki's message
   */
  default void requireNonEmptySelectors() throws LogqlSyntaxException {
    for (LogPipeline pipeline : pipelines()) {
      if (!pipeline.selector().hasNonEmptyMatcher()) {
        throw LogqlSyntaxException.general(
            "queries require at least one regexp or equality matcher that does not have an"
                + " empty-compatible value. For instance, app=~\".*\" does not meet this"
                + " requirement, but app=~\".+\" will");
      }
    }
  }
}
