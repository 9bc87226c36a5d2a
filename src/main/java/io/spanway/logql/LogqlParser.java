// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Reads LogQL as Loki 3 does (grafana/loki:pkg/logql/syntax).
 *
 * <p>Differences, all on the side of refusing: names with odd characters, text that is not valid
 * Unicode, the experimental {@code variants}, and nesting beyond {@link #MAX_DEPTH}. One thing is
 * accepted that Loki refuses: {@linkplain LabelMatcher#dotted() dotted} names in selectors. What
 * Loki checks only when it runs a query is not checked: templates, patterns, the expressions of
 * parser stages, and {@link Query#requireNonEmptySelectors()}.
 */
public final class LogqlParser {

  /** The first length in UTF-8 bytes that Loki refuses. */
  public static final int MAX_BYTES = 131_072;

  /** How many parentheses, aggregations or operators may lie within one another. */
  public static final int MAX_DEPTH = 256;

  private LogqlParser() {}

  /**
   * Parses a query. Takes time in proportion to the text's length.
   *
   * @throws LogqlSyntaxException if the text is not a query
   */
  public static Query parse(String text) throws LogqlSyntaxException {
    int bytes = text.length() >= MAX_BYTES ? text.length() : utf8Length(text);
    if (bytes >= MAX_BYTES) {
      throw LogqlSyntaxException.general("input size too long (" + bytes + " > " + MAX_BYTES + ")");
    }
    TokenStream tokens = new TokenStream(text);
    int parentheses = 0;
    while (tokens.peek(parentheses).kind() == TokenKind.OPEN_PAREN) {
      parentheses++;
    }
    if (tokens.peek(parentheses).kind() == TokenKind.OPEN_BRACE) {
      return logQuery(text, tokens, parentheses);
    }
    MetricParser parser = new MetricParser(tokens);
    MetricExpr expr = parser.parse();
    if (!tokens.at(TokenKind.END)) {
      throw tokens.unexpected(null);
    }
    return new MetricQuery(text, expr, parser.pipelines());
  }

  private static LogQuery logQuery(String text, TokenStream tokens, int parentheses)
      throws LogqlSyntaxException {
    for (int i = 0; i < parentheses; i++) {
      tokens.next();
    }
    PipelineParser parser = new PipelineParser(tokens);
    StreamSelector selector = parser.selector();
    List<PipelineStage> stages = parser.stages();
    LogPipeline pipeline =
        LogPipelines.plain(selector, stages, tokens.since(selector.range().start()));
    for (int i = 0; i < parentheses; i++) {
      tokens.expect(TokenKind.CLOSE_PAREN);
    }
    if (MetricParser.precedence(tokens.peek().kind()) > 0) {
      throw MetricChecks.logOperand("left", tokens.peek().kind(), !stages.isEmpty());
    }
    if (!tokens.at(TokenKind.END)) {
      throw tokens.unexpected(null);
    }
    return new LogQuery(text, pipeline);
  }

  private static int utf8Length(String text) {
    // Three bytes a unit is the most that UTF-8 takes, so short texts need no counting.
    return text.length() < MAX_BYTES / 3
        ? text.length()
        : text.getBytes(StandardCharsets.UTF_8).length;
  }
}
