// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import java.util.List;

/**
 * A query that answers with samples.
 *
 * @param pipelines in text order; empty for a query such as {@code vector(1)}
 */
public record MetricQuery(String text, MetricExpr expr, List<LogPipeline> pipelines)
    implements Query {

  public MetricQuery {
    pipelines = List.copyOf(pipelines);
  }
}
