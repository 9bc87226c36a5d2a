// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import io.spanway.logql.MetricExpr.Group;
import io.spanway.logql.MetricExpr.Grouping;
import io.spanway.logql.MetricExpr.VectorMatching;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Parses metric queries, by precedence climbing. */
final class MetricParser {

  private static final int POWER = 6;

  private final TokenStream tokens;
  private final List<LogPipeline> pipelines = new ArrayList<>();
  private int depth;

  MetricParser(TokenStream tokens) {
    this.tokens = tokens;
  }

  List<LogPipeline> pipelines() {
    return pipelines;
  }

  MetricExpr parse() throws LogqlSyntaxException {
    return expression(1);
  }

  private MetricExpr expression(int minimum) throws LogqlSyntaxException {
    int depthBefore = depth;
    int start = tokens.peek().start();
    MetricExpr left = operand();
    while (true) {
      Token operator = tokens.peek();
      int precedence = precedence(operator.kind());
      if (precedence < minimum) {
        depth = depthBefore;
        return left;
      }
      // Every operator puts what was read so far one level deeper.
      descend();
      tokens.next();
      boolean returnBool = tokens.take(TokenKind.BOOL);
      VectorMatching matching = matching();
      if (logQueryFollows()) {
        throw MetricChecks.logOperand("right", operator.kind(), skipLogQuery());
      }
      MetricExpr right = expression(precedence == POWER ? POWER : precedence + 1);
      String name = operator.kind().display();
      MetricChecks.operands(name, left, right);
      left =
          new MetricExpr.BinaryOperation(
              name, returnBool, matching, left, right, tokens.since(start));
    }
  }

  private boolean logQueryFollows() {
    int ahead = 0;
    while (tokens.peek(ahead).kind() == TokenKind.OPEN_PAREN) {
      ahead++;
    }
    return tokens.peek(ahead).kind() == TokenKind.OPEN_BRACE;
  }

  /**
   * Reads a log query, which no metric query may contain as such; returns whether it has stages.
   */
  private boolean skipLogQuery() throws LogqlSyntaxException {
    while (tokens.at(TokenKind.OPEN_PAREN)) {
      tokens.next();
    }
    PipelineParser parser = new PipelineParser(tokens);
    parser.selector();
    return !parser.stages().isEmpty();
  }

  static int precedence(TokenKind kind) {
    return switch (kind) {
      case OR -> 1;
      case AND, UNLESS -> 2;
      case CMP_EQ, NEQ, LT, LTE, GT, GTE -> 3;
      case ADD, SUB -> 4;
      case MUL, DIV, MOD -> 5;
      case POW -> POWER;
      default -> 0;
    };
  }

  private @Nullable VectorMatching matching() throws LogqlSyntaxException {
    boolean on = tokens.at(TokenKind.ON);
    if (!on && !tokens.at(TokenKind.IGNORING)) {
      return null;
    }
    tokens.next();
    List<String> labels = labelList();
    Group group = Group.NONE;
    List<String> include = List.of();
    if (tokens.at(TokenKind.GROUP_LEFT) || tokens.at(TokenKind.GROUP_RIGHT)) {
      group = tokens.next().kind() == TokenKind.GROUP_LEFT ? Group.LEFT : Group.RIGHT;
      if (tokens.at(TokenKind.OPEN_PAREN)) {
        include = labelList();
      }
    }
    return new VectorMatching(on, labels, group, include);
  }

  private List<String> labelList() throws LogqlSyntaxException {
    List<String> labels = new ArrayList<>();
    tokens.expect(TokenKind.OPEN_PAREN);
    if (!tokens.at(TokenKind.CLOSE_PAREN)) {
      if (!tokens.at(TokenKind.IDENTIFIER)) {
        throw tokens.unexpected("IDENTIFIER or )");
      }
      do {
        labels.add(tokens.expect(TokenKind.IDENTIFIER).text());
      } while (tokens.take(TokenKind.COMMA));
    }
    tokens.expect(TokenKind.CLOSE_PAREN);
    return labels;
  }

  private MetricExpr operand() throws LogqlSyntaxException {
    int depthBefore = depth;
    descend();
    Token first = tokens.peek();
    MetricExpr expr =
        switch (first.kind()) {
          case OPEN_PAREN -> {
            tokens.next();
            MetricExpr inside = expression(1);
            tokens.expect(TokenKind.CLOSE_PAREN);
            yield inside;
          }
          case RANGE_OP -> rangeAggregation(tokens.next());
          case VECTOR_OP -> vectorAggregation(tokens.next());
          case LABEL_REPLACE -> labelReplace(tokens.next().start());
          case VECTOR -> {
            tokens.next();
            tokens.expect(TokenKind.OPEN_PAREN);
            double value = Double.parseDouble(tokens.expect(TokenKind.NUMBER).text());
            tokens.expect(TokenKind.CLOSE_PAREN);
            yield new MetricExpr.VectorLiteral(value, tokens.since(first.start()));
          }
          case ADD, SUB, NUMBER -> number(first);
          case OPEN_BRACE -> {
            skipLogQuery();
            throw tokens.unexpected(null);
          }
          default -> throw tokens.unexpected(null);
        };
    depth = depthBefore;
    return expr;
  }

  private MetricExpr number(Token first) throws LogqlSyntaxException {
    if (first.kind() != TokenKind.NUMBER) {
      tokens.next();
    }
    double value = Double.parseDouble(tokens.expect(TokenKind.NUMBER).text());
    return new MetricExpr.NumberLiteral(
        first.kind() == TokenKind.SUB ? -value : value, tokens.since(first.start()));
  }

  private MetricExpr rangeAggregation(Token function) throws LogqlSyntaxException {
    tokens.expect(TokenKind.OPEN_PAREN);
    String parameter = parameter();
    if (parameter == null && !logQueryFollows()) {
      throw tokens.unexpected("NUMBER or { or (");
    }
    LogRangeParser.LogRange logRange = new LogRangeParser(tokens).parse();
    tokens.expect(TokenKind.CLOSE_PAREN);
    Grouping grouping = grouping();
    pipelines.add(logRange.pipeline());
    MetricChecks.rangeAggregation(function.text(), parameter, logRange.pipeline(), grouping);
    return new MetricExpr.RangeAggregation(
        function.text(),
        parameter == null ? null : Double.valueOf(parameter),
        logRange.pipeline(),
        logRange.window(),
        logRange.offset(),
        grouping,
        tokens.since(function.start()));
  }

  private MetricExpr vectorAggregation(Token function) throws LogqlSyntaxException {
    Grouping before = grouping();
    tokens.expect(TokenKind.OPEN_PAREN);
    String parameter = parameter();
    MetricExpr operand = expression(1);
    tokens.expect(TokenKind.CLOSE_PAREN);
    Grouping grouping = before == null ? grouping() : before;
    Integer count = MetricChecks.vectorAggregation(function.text(), parameter, grouping);
    return new MetricExpr.VectorAggregation(
        function.text(), count, operand, grouping, tokens.since(function.start()));
  }

  /** Parses the number and comma that may precede an aggregation's operand. */
  private @Nullable String parameter() {
    if (!tokens.at(TokenKind.NUMBER) || tokens.peek(1).kind() != TokenKind.COMMA) {
      return null;
    }
    String number = tokens.next().text();
    tokens.next();
    return number;
  }

  private @Nullable Grouping grouping() throws LogqlSyntaxException {
    if (!tokens.at(TokenKind.BY) && !tokens.at(TokenKind.WITHOUT)) {
      return null;
    }
    Token word = tokens.next();
    List<String> labels = labelList();
    return new Grouping(word.kind() == TokenKind.WITHOUT, labels, tokens.since(word.start()));
  }

  private MetricExpr labelReplace(int start) throws LogqlSyntaxException {
    tokens.expect(TokenKind.OPEN_PAREN);
    MetricExpr operand = expression(1);
    String[] arguments = new String[4];
    for (int i = 0; i < arguments.length; i++) {
      tokens.expect(TokenKind.COMMA);
      arguments[i] = tokens.expect(TokenKind.STRING).text();
    }
    tokens.expect(TokenKind.CLOSE_PAREN);
    MetricChecks.replacementRegex(arguments[3]);
    return new MetricExpr.LabelReplace(
        operand, arguments[0], arguments[1], arguments[2], arguments[3], tokens.since(start));
  }

  private void descend() throws LogqlSyntaxException {
    if (++depth > LogqlParser.MAX_DEPTH) {
      throw tokens.tooDeep();
    }
  }
}
