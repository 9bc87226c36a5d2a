// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import io.spanway.logql.LabelFilterExpr.And;
import io.spanway.logql.LabelFilterExpr.IpCompare;
import io.spanway.logql.LabelFilterExpr.NumberCompare;
import io.spanway.logql.LabelFilterExpr.Or;
import io.spanway.logql.LabelFilterExpr.StringCompare;
import io.spanway.logql.LabelFilterExpr.Unit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses the condition of a label filter.
 *
 * <p>Loki's grammar gives "and" and "or" their usual precedence, but none to a comma or to plain
 * juxtaposition; its parser then prefers to read on, so these take the nearest condition on the
 * left and everything on the right. Here each opens a frame that ends where the whole condition or
 * its parenthesis ends. Frames are a stack of our own, so long or deep conditions cannot exhaust
 * the thread's.
 */
final class LabelFilterParser {

  private enum Kind {
    LEAF,
    AND,
    OR
  }

  /**
   * A condition that may still be flattened into the one around it.
   *
   * @param parts the leaf, or the operands of the "and" or "or"
   * @param range the place of the condition itself
   * @param outer the same with parentheses
   */
  private record Operand(
      Kind kind, Deque<LabelFilterExpr> parts, SourceRange range, SourceRange outer, int depth) {

    LabelFilterExpr expr() {
      return switch (kind) {
        case LEAF -> parts.getFirst();
        case AND -> new And(List.copyOf(parts), range);
        case OR -> new Or(List.copyOf(parts), range);
      };
    }
  }

  /** The operands of an "or" read so far, and of the "and" that is its last operand. */
  private static final class Frame {
    final boolean parenthesis;
    final int start;
    final Deque<Operand> ors = new ArrayDeque<>();
    Deque<Operand> ands = new ArrayDeque<>();

    Frame(boolean parenthesis, int start) {
      this.parenthesis = parenthesis;
      this.start = start;
    }
  }

  private final TokenStream tokens;
  private final PipelineParser pipelines;
  private final Deque<Frame> frames = new ArrayDeque<>();
  private int parentheses;

  LabelFilterParser(TokenStream tokens, PipelineParser pipelines) {
    this.tokens = tokens;
    this.pipelines = pipelines;
  }

  LabelFilterExpr parse() throws LogqlSyntaxException {
    Frame frame = new Frame(false, tokens.peek().start());
    while (true) {
      while (tokens.at(TokenKind.OPEN_PAREN)) {
        if (++parentheses > LogqlParser.MAX_DEPTH) {
          throw tokens.tooDeep();
        }
        frames.push(frame);
        frame = new Frame(true, tokens.next().start());
      }
      frame.ands.add(leaf());
      while (parentheses > 0 && tokens.at(TokenKind.CLOSE_PAREN)) {
        frame = closeParenthesis(frame);
      }
      switch (tokens.peek().kind()) {
        case AND -> tokens.next();
        case OR -> {
          tokens.next();
          frame.ors.add(conjunction(frame));
          frame.ands = new ArrayDeque<>();
        }
        case COMMA, IDENTIFIER, OPEN_PAREN -> {
          tokens.take(TokenKind.COMMA);
          frames.push(frame);
          frame = new Frame(false, tokens.peek().start());
        }
        default -> {
          if (parentheses > 0) {
            throw tokens.unexpected(null);
          }
          return unwind(frame).expr();
        }
      }
    }
  }

  /** Ends the frames up to the parenthesis, which becomes an operand of the frame around it. */
  private Frame closeParenthesis(Frame innermost) throws LogqlSyntaxException {
    Frame frame = innermost;
    while (!frame.parenthesis) {
      Operand tail = operand(frame);
      frame = frames.pop();
      frame.ands.add(tail);
    }
    Operand inside = operand(frame);
    tokens.expect(TokenKind.CLOSE_PAREN);
    parentheses--;
    Frame outer = frames.pop();
    outer.ands.add(
        new Operand(
            inside.kind, inside.parts, inside.range, tokens.since(frame.start), inside.depth));
    return outer;
  }

  private Operand unwind(Frame innermost) throws LogqlSyntaxException {
    Operand result = operand(innermost);
    while (!frames.isEmpty()) {
      Frame frame = frames.pop();
      frame.ands.add(result);
      result = operand(frame);
    }
    return result;
  }

  private Operand operand(Frame frame) throws LogqlSyntaxException {
    Operand last = conjunction(frame);
    if (frame.ors.isEmpty()) {
      return last;
    }
    frame.ors.add(last);
    return join(frame.ors, Kind.OR);
  }

  private Operand conjunction(Frame frame) throws LogqlSyntaxException {
    return frame.ands.size() == 1 ? frame.ands.getFirst() : join(frame.ands, Kind.AND);
  }

  private Operand join(Deque<Operand> operands, Kind kind) throws LogqlSyntaxException {
    // A chain of commas joins its tail again at every comma, so the operand with most parts is
    // extended instead of copied.
    Operand largest = null;
    int depth = 0;
    for (Operand operand : operands) {
      boolean flattened = operand.kind == kind;
      depth = Math.max(depth, flattened ? operand.depth - 1 : operand.depth);
      if (flattened && (largest == null || operand.parts.size() > largest.parts.size())) {
        largest = operand;
      }
    }
    SourceRange range =
        new SourceRange(operands.getFirst().outer.start(), operands.getLast().outer.end());
    Deque<LabelFilterExpr> parts = largest == null ? new ArrayDeque<>() : largest.parts;
    Deque<Operand> before = new ArrayDeque<>();
    boolean behind = largest == null;
    for (Operand operand : operands) {
      if (operand.equals(largest)) {
        behind = true;
      } else if (behind) {
        addParts(operand, kind, parts);
      } else {
        before.push(operand);
      }
    }
    for (Operand operand : before) {
      if (operand.kind == kind) {
        operand.parts.descendingIterator().forEachRemaining(parts::addFirst);
      } else {
        parts.addFirst(operand.expr());
      }
    }
    return new Operand(kind, parts, range, range, deeper(depth));
  }

  private static void addParts(Operand operand, Kind kind, Deque<LabelFilterExpr> parts) {
    if (operand.kind == kind) {
      parts.addAll(operand.parts);
    } else {
      parts.addLast(operand.expr());
    }
  }

  private int deeper(int depth) throws LogqlSyntaxException {
    if (depth >= LogqlParser.MAX_DEPTH) {
      throw tokens.tooDeep();
    }
    return depth + 1;
  }

  private Operand leaf() throws LogqlSyntaxException {
    Token name = tokens.expect(TokenKind.IDENTIFIER);
    LabelFilterExpr expr = comparison(name);
    Deque<LabelFilterExpr> parts = new ArrayDeque<>(1);
    parts.add(expr);
    SourceRange range = tokens.since(name.start());
    return new Operand(Kind.LEAF, parts, range, range, 1);
  }

  private LabelFilterExpr comparison(Token name) throws LogqlSyntaxException {
    TokenKind operator = tokens.peek().kind();
    TokenKind right = tokens.peek(1).kind();
    boolean equality = operator == TokenKind.EQ || operator == TokenKind.NEQ;
    if (operator == TokenKind.RE
        || operator == TokenKind.NRE
        || (equality && right == TokenKind.STRING)) {
      SourceRange nameRange = new SourceRange(name.start(), name.end());
      return new StringCompare(pipelines.matcher(name.text(), nameRange, false));
    }
    if (equality && right == TokenKind.IP) {
      tokens.next();
      tokens.next();
      tokens.expect(TokenKind.OPEN_PAREN);
      String pattern = tokens.expect(TokenKind.STRING).text();
      tokens.expect(TokenKind.CLOSE_PAREN);
      return new IpCompare(
          name.text(), operator == TokenKind.NEQ, pattern, tokens.since(name.start()));
    }
    CompareOp op = compareOp(operator);
    if (op == null) {
      throw tokens.unexpected(null);
    }
    tokens.next();
    return numberCompare(name, op);
  }

  private NumberCompare numberCompare(Token name, CompareOp op) throws LogqlSyntaxException {
    if (tokens.at(TokenKind.DURATION) || tokens.at(TokenKind.BYTES)) {
      Token literal = tokens.next();
      Unit unit = literal.kind() == TokenKind.BYTES ? Unit.BYTES : Unit.NANOSECONDS;
      return new NumberCompare(
          name.text(), op, unit, literal.text(), literal.value(), tokens.since(name.start()));
    }
    boolean negative = tokens.at(TokenKind.SUB);
    String sign = negative ? "-" : "";
    if (negative || tokens.at(TokenKind.ADD)) {
      tokens.next();
    } else if (!tokens.at(TokenKind.NUMBER)) {
      throw tokens.unexpected(null);
    }
    String literal = sign + tokens.expect(TokenKind.NUMBER).text();
    return new NumberCompare(
        name.text(),
        op,
        Unit.NUMBER,
        literal,
        Double.parseDouble(literal),
        tokens.since(name.start()));
  }

  private static @Nullable CompareOp compareOp(TokenKind kind) {
    return switch (kind) {
      case EQ, CMP_EQ -> CompareOp.EQ;
      case NEQ -> CompareOp.NEQ;
      case GT -> CompareOp.GT;
      case GTE -> CompareOp.GTE;
      case LT -> CompareOp.LT;
      case LTE -> CompareOp.LTE;
      default -> null;
    };
  }
}
