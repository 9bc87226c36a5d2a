// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Parses what stands in a range aggregation: a selector, a window, and stages before <em>or</em>
 * behind the window.
 */
final class LogRangeParser {

  /** A pipeline with its window and offset. */
  record LogRange(LogPipeline pipeline, Duration window, Duration offset) {}

  private final TokenStream tokens;
  private final PipelineParser pipelines;

  LogRangeParser(TokenStream tokens) {
    this.tokens = tokens;
    this.pipelines = new PipelineParser(tokens);
  }

  LogRange parse() throws LogqlSyntaxException {
    int parentheses = 0;
    while (tokens.take(TokenKind.OPEN_PAREN)) {
      parentheses++;
    }
    StreamSelector selector = pipelines.selector();
    List<PipelineStage> stages = new ArrayList<>(pipelines.stages());
    if (pipelines.atUnwrap()) {
      stages.addAll(pipelines.unwrap());
    }
    boolean bare = stages.isEmpty();
    int stagesEnd = tokens.lastEnd();
    boolean closedBeforeWindow = parentheses > 0 && tokens.take(TokenKind.CLOSE_PAREN);
    if (closedBeforeWindow) {
      parentheses--;
    }
    Token window = tokens.expect(TokenKind.RANGE);
    Duration offset = offset();
    int windowEnd = tokens.lastEnd();
    if (bare) {
      if (!closedBeforeWindow) {
        stages.addAll(pipelines.stages());
      }
      if (pipelines.atUnwrap()) {
        stages.addAll(pipelines.unwrap());
      }
      if (!stages.isEmpty()) {
        stagesEnd = tokens.lastEnd();
      }
    }
    LogPipeline pipeline =
        LogPipelines.windowed(
            selector,
            stages,
            new SourceRange(selector.range().start(), stagesEnd),
            new SourceRange(window.start(), window.end()),
            windowEnd,
            bare && !closedBeforeWindow,
            bare && closedBeforeWindow && !stages.isEmpty());
    for (int i = 0; i < parentheses; i++) {
      tokens.expect(TokenKind.CLOSE_PAREN);
    }
    return new LogRange(pipeline, Duration.ofNanos((long) window.value()), offset);
  }

  private Duration offset() throws LogqlSyntaxException {
    if (!tokens.take(TokenKind.OFFSET)) {
      return Duration.ZERO;
    }
    return Duration.ofNanos((long) tokens.expect(TokenKind.DURATION).value());
  }
}
