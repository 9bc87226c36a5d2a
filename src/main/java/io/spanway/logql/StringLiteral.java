// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import java.util.ArrayList;
import java.util.List;

/**
 * A string in a text that is LogQL, or shall become it.
 *
 * @param range its place, quotes included
 * @param value what it stands for, without quotes and escapes
 */
public record StringLiteral(SourceRange range, String value) {

  /** Returns the literals in text order, up to where the text stops being tokens of LogQL. */
  public static List<StringLiteral> of(String text) {
    List<StringLiteral> literals = new ArrayList<>();
    for (Token token : LogqlLexer.tokens(text)) {
      if (token.kind() == TokenKind.STRING) {
        literals.add(new StringLiteral(new SourceRange(token.start(), token.end()), token.text()));
      }
    }
    return literals;
  }
}
