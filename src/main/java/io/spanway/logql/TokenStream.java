// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import com.google.re2j.PatternSyntaxException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The parser's place in the tokens, and the errors it reports there. */
final class TokenStream {

  private final String text;
  private final List<Token> tokens;
  private int index;
  private long regexInstructions;

  TokenStream(String text) {
    this.text = text;
    this.tokens = LogqlLexer.tokens(text);
  }

  Token peek() {
    return peek(0);
  }

  Token peek(int ahead) {
    return tokens.get(Math.min(index + ahead, tokens.size() - 1));
  }

  boolean at(TokenKind kind) {
    return peek().kind() == kind;
  }

  Token next() {
    Token token = peek();
    if (index < tokens.size() - 1) {
      index++;
    }
    return token;
  }

  /** Takes the next token if it is of this kind. */
  boolean take(TokenKind kind) {
    if (!at(kind)) {
      return false;
    }
    next();
    return true;
  }

  Token expect(TokenKind kind) throws LogqlSyntaxException {
    if (!at(kind)) {
      throw unexpected(kind.display());
    }
    return next();
  }

  /** Counts a regular expression of the query, before it is compiled. */
  void countRegex(String regex) throws LogqlSyntaxException {
    try {
      regexInstructions += RegexSize.of(regex);
    } catch (PatternSyntaxException e) {
      throw LogqlSyntaxException.general(String.valueOf(e.getMessage()));
    }
    if (regexInstructions > RegexSize.MAX_INSTRUCTIONS) {
      throw LogqlSyntaxException.general("regular expressions too large");
    }
  }

  /** Returns the end of the token taken last. */
  int lastEnd() {
    return index == 0 ? 0 : tokens.get(index - 1).end();
  }

  SourceRange since(int start) {
    return new SourceRange(start, lastEnd());
  }

  /**
   * Returns the error of meeting the next token.
   *
   * @param expected what may stand here, if that is little enough to say
   */
  LogqlSyntaxException unexpected(@Nullable String expected) {
    Token token = peek();
    if (token.kind() == TokenKind.ERROR) {
      return LogqlSyntaxException.at(text, token.start(), token.text());
    }
    String message = "syntax error: unexpected " + token.display();
    return LogqlSyntaxException.at(
        text, token.start(), expected == null ? message : message + ", expecting " + expected);
  }

  LogqlSyntaxException tooDeep() {
    return LogqlSyntaxException.at(text, peek().start(), "expression is nested too deeply");
  }
}
