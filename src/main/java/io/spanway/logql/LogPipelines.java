// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import java.util.List;
import java.util.OptionalInt;

/** Where filters may be inserted, by the shape around the selector. */
final class LogPipelines {

  private LogPipelines() {}

  /** The selector's stages, if any, follow its closing brace. */
  static LogPipeline plain(StreamSelector selector, List<PipelineStage> stages, SourceRange range) {
    int at = selector.range().end();
    return new LogPipeline(selector, stages, range, null, at, OptionalInt.of(at));
  }

  /**
   * The pipeline stands in a range aggregation.
   *
   * @param windowEnd behind the range and its offset
   * @param windowFollowsSelector nothing stands between closing brace and range
   * @param unwrapFollowsParenthesis {@code (selector) range unwrap}: the grammar has no place for
   *     other stages there, but label filters may follow the unwrap
   */
  static LogPipeline windowed(
      StreamSelector selector,
      List<PipelineStage> stages,
      SourceRange range,
      SourceRange window,
      int windowEnd,
      boolean windowFollowsSelector,
      boolean unwrapFollowsParenthesis) {
    if (unwrapFollowsParenthesis) {
      int behindUnwrap = stages.get(0).range().end();
      return new LogPipeline(selector, stages, range, window, behindUnwrap, OptionalInt.empty());
    }
    int at = windowFollowsSelector ? windowEnd : selector.range().end();
    return new LogPipeline(selector, stages, range, window, at, OptionalInt.of(at));
  }
}
