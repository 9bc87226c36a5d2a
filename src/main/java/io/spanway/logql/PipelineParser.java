// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import com.google.re2j.PatternSyntaxException;
import io.spanway.logql.PipelineStage.Assignment;
import io.spanway.logql.PipelineStage.Extraction;
import io.spanway.logql.PipelineStage.LineFilter;
import io.spanway.logql.PipelineStage.NamedMatcher;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Parses a selector and the stages behind it. */
final class PipelineParser {

  private final TokenStream tokens;

  PipelineParser(TokenStream tokens) {
    this.tokens = tokens;
  }

  StreamSelector selector() throws LogqlSyntaxException {
    int start = tokens.expect(TokenKind.OPEN_BRACE).start();
    List<LabelMatcher> matchers = new ArrayList<>();
    if (!tokens.at(TokenKind.CLOSE_BRACE)) {
      do {
        matchers.add(selectorMatcher());
      } while (tokens.take(TokenKind.COMMA));
      if (!tokens.at(TokenKind.CLOSE_BRACE)) {
        throw tokens.unexpected("} or ,");
      }
    }
    tokens.expect(TokenKind.CLOSE_BRACE);
    return new StreamSelector(matchers, tokens.since(start));
  }

  private LabelMatcher selectorMatcher() throws LogqlSyntaxException {
    Token first = tokens.peek();
    if (!ReservedWords.isWord(first.kind())
        || (first.kind() != TokenKind.IDENTIFIER && !dotFollows(first))) {
      throw tokens.unexpected("IDENTIFIER or }");
    }
    tokens.next();
    StringBuilder name = new StringBuilder(first.text());
    Token last = first;
    while (dotFollows(last, tokens.peek())) {
      tokens.next();
      last = tokens.next();
      name.append('.').append(last.text());
    }
    SourceRange nameRange = new SourceRange(first.start(), last.end());
    return matcher(name.toString(), nameRange, last.start() > first.start());
  }

  private boolean dotFollows(Token word) {
    return word.end() == tokens.peek(1).start()
        && tokens.peek(1).kind() == TokenKind.DOT
        && ReservedWords.isWord(tokens.peek(2).kind())
        && tokens.peek(2).start() == word.end() + 1;
  }

  private boolean dotFollows(Token word, Token dot) {
    return dot.kind() == TokenKind.DOT
        && dot.start() == word.end()
        && ReservedWords.isWord(tokens.peek(1).kind())
        && tokens.peek(1).start() == dot.end();
  }

  /** Parses operator and literal behind a name. */
  LabelMatcher matcher(String name, SourceRange nameRange, boolean dotted)
      throws LogqlSyntaxException {
    MatchOp op = matchOp(tokens.peek().kind());
    if (op == null) {
      throw tokens.unexpected("=, !=, =~ or !~");
    }
    tokens.next();
    String value = tokens.expect(TokenKind.STRING).text();
    SourceRange range = tokens.since(nameRange.start());
    if (op.isRegex()) {
      tokens.countRegex(value);
    }
    try {
      return new LabelMatcher(name, op, value, range, nameRange, dotted);
    } catch (PatternSyntaxException e) {
      throw LogqlSyntaxException.general(String.valueOf(e.getMessage()));
    }
  }

  static @Nullable MatchOp matchOp(TokenKind kind) {
    return switch (kind) {
      case EQ -> MatchOp.EQ;
      case NEQ -> MatchOp.NEQ;
      case RE -> MatchOp.RE;
      case NRE -> MatchOp.NRE;
      default -> null;
    };
  }

  /** Parses all stages up to an unwrap or to what is no stage. */
  List<PipelineStage> stages() throws LogqlSyntaxException {
    List<PipelineStage> stages = new ArrayList<>();
    while (true) {
      LineFilterOp op = lineFilterOp(tokens.peek().kind());
      if (op != null) {
        stages.add(lineFilter(op));
      } else if (tokens.at(TokenKind.PIPE) && !atUnwrap()) {
        stages.add(pipedStage());
      } else {
        return stages;
      }
    }
  }

  boolean atUnwrap() {
    return tokens.at(TokenKind.PIPE) && tokens.peek(1).kind() == TokenKind.UNWRAP;
  }

  /** Parses an unwrap with the label filters behind it. */
  List<PipelineStage> unwrap() throws LogqlSyntaxException {
    List<PipelineStage> stages = new ArrayList<>();
    int start = tokens.expect(TokenKind.PIPE).start();
    tokens.expect(TokenKind.UNWRAP);
    String conversion = null;
    if (tokens.at(TokenKind.CONVERSION)) {
      conversion = tokens.next().text();
      tokens.expect(TokenKind.OPEN_PAREN);
    }
    String label = tokens.expect(TokenKind.IDENTIFIER).text();
    if (conversion != null) {
      tokens.expect(TokenKind.CLOSE_PAREN);
    }
    stages.add(new PipelineStage.Unwrap(label, conversion, tokens.since(start)));
    while (tokens.at(TokenKind.PIPE)) {
      stages.add(labelFilter(tokens.next().start()));
    }
    return stages;
  }

  private static @Nullable LineFilterOp lineFilterOp(TokenKind kind) {
    return switch (kind) {
      case PIPE_EXACT -> LineFilterOp.CONTAINS;
      case NEQ -> LineFilterOp.NOT_CONTAINS;
      case PIPE_MATCH -> LineFilterOp.MATCHES;
      case NRE -> LineFilterOp.NOT_MATCHES;
      case PIPE_PATTERN -> LineFilterOp.PATTERN;
      case NPA -> LineFilterOp.NOT_PATTERN;
      default -> null;
    };
  }

  private LineFilter lineFilter(LineFilterOp op) throws LogqlSyntaxException {
    int start = tokens.next().start();
    List<LineFilter.Operand> operands = new ArrayList<>();
    do {
      boolean ip = tokens.take(TokenKind.IP);
      if (ip) {
        tokens.expect(TokenKind.OPEN_PAREN);
      } else if (!tokens.at(TokenKind.STRING)) {
        throw tokens.unexpected("STRING or ip");
      }
      Token literal = tokens.expect(TokenKind.STRING);
      operands.add(
          new LineFilter.Operand(
              literal.text(), ip, new SourceRange(literal.start(), literal.end())));
      if (ip) {
        tokens.expect(TokenKind.CLOSE_PAREN);
      }
    } while (tokens.take(TokenKind.OR));
    return new LineFilter(op, operands, tokens.since(start));
  }

  private PipelineStage pipedStage() throws LogqlSyntaxException {
    int start = tokens.next().start();
    TokenKind kind = tokens.peek().kind();
    if (kind == TokenKind.IDENTIFIER || kind == TokenKind.OPEN_PAREN) {
      return labelFilter(start);
    }
    if (!startsStage(kind)) {
      throw tokens.unexpected(null);
    }
    tokens.next();
    return switch (kind) {
      case JSON -> {
        List<Extraction> extractions = optionalExtractions();
        yield new PipelineStage.JsonStage(extractions, tokens.since(start));
      }
      case LOGFMT -> logfmt(start);
      case REGEXP -> {
        String regex = tokens.expect(TokenKind.STRING).text();
        yield new PipelineStage.RegexpStage(regex, tokens.since(start));
      }
      case PATTERN -> {
        String pattern = tokens.expect(TokenKind.STRING).text();
        yield new PipelineStage.PatternStage(pattern, tokens.since(start));
      }
      case UNPACK -> new PipelineStage.UnpackStage(tokens.since(start));
      case LINE_FORMAT -> {
        String template = tokens.expect(TokenKind.STRING).text();
        yield new PipelineStage.LineFormat(template, tokens.since(start));
      }
      case LABEL_FORMAT -> {
        List<Assignment> assignments = assignments();
        yield new PipelineStage.LabelFormat(assignments, tokens.since(start));
      }
      case DECOLORIZE -> new PipelineStage.Decolorize(tokens.since(start));
      case DROP -> {
        List<NamedMatcher> labels = namedMatchers();
        yield new PipelineStage.Drop(labels, tokens.since(start));
      }
      default -> {
        List<NamedMatcher> labels = namedMatchers();
        yield new PipelineStage.Keep(labels, tokens.since(start));
      }
    };
  }

  private static boolean startsStage(TokenKind kind) {
    return switch (kind) {
      case JSON,
          LOGFMT,
          REGEXP,
          PATTERN,
          UNPACK,
          LINE_FORMAT,
          LABEL_FORMAT,
          DECOLORIZE,
          DROP,
          KEEP ->
          true;
      default -> false;
    };
  }

  private PipelineStage logfmt(int start) throws LogqlSyntaxException {
    boolean strict = false;
    boolean keepEmpty = false;
    while (tokens.at(TokenKind.PARSER_FLAG)) {
      if (tokens.next().text().equals("--strict")) {
        strict = true;
      } else {
        keepEmpty = true;
      }
    }
    List<Extraction> extractions = optionalExtractions();
    return new PipelineStage.LogfmtStage(strict, keepEmpty, extractions, tokens.since(start));
  }

  private List<Extraction> optionalExtractions() throws LogqlSyntaxException {
    List<Extraction> extractions = new ArrayList<>();
    if (tokens.at(TokenKind.IDENTIFIER)) {
      do {
        Token label = tokens.expect(TokenKind.IDENTIFIER);
        String expression =
            tokens.take(TokenKind.EQ) ? tokens.expect(TokenKind.STRING).text() : label.text();
        extractions.add(new Extraction(label.text(), expression, tokens.since(label.start())));
      } while (tokens.take(TokenKind.COMMA));
    }
    return extractions;
  }

  private List<Assignment> assignments() throws LogqlSyntaxException {
    List<Assignment> assignments = new ArrayList<>();
    do {
      Token label = tokens.expect(TokenKind.IDENTIFIER);
      tokens.expect(TokenKind.EQ);
      boolean template = tokens.at(TokenKind.STRING);
      if (!template && !tokens.at(TokenKind.IDENTIFIER)) {
        throw tokens.unexpected("IDENTIFIER or STRING");
      }
      String source = tokens.next().text();
      assignments.add(new Assignment(label.text(), source, template, tokens.since(label.start())));
    } while (tokens.take(TokenKind.COMMA));
    return assignments;
  }

  private List<NamedMatcher> namedMatchers() throws LogqlSyntaxException {
    List<NamedMatcher> labels = new ArrayList<>();
    do {
      Token name = tokens.expect(TokenKind.IDENTIFIER);
      SourceRange nameRange = tokens.since(name.start());
      // A line filter may follow the last name: "| drop a != "x"" reads as a matcher, as in Loki.
      LabelMatcher matcher =
          matchOp(tokens.peek().kind()) == null ? null : matcher(name.text(), nameRange, false);
      labels.add(new NamedMatcher(name.text(), matcher, tokens.since(name.start())));
    } while (tokens.take(TokenKind.COMMA));
    return labels;
  }

  private PipelineStage labelFilter(int start) throws LogqlSyntaxException {
    LabelFilterExpr expr = new LabelFilterParser(tokens, this).parse();
    return new PipelineStage.LabelFilter(expr, tokens.since(start));
  }
}
