// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import java.util.List;

/** A query that answers with log lines. Parentheses around all of it may be part of the text. */
public record LogQuery(String text, LogPipeline pipeline) implements Query {

  @Override
  public List<LogPipeline> pipelines() {
    return List.of(pipeline);
  }
}
