// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The words that LogQL keeps for itself, in any case of letters. */
public final class ReservedWords {

  private static final Map<String, TokenKind> KINDS =
      Map.ofEntries(
          Map.entry("by", TokenKind.BY),
          Map.entry("without", TokenKind.WITHOUT),
          Map.entry("bool", TokenKind.BOOL),
          Map.entry("offset", TokenKind.OFFSET),
          Map.entry("on", TokenKind.ON),
          Map.entry("ignoring", TokenKind.IGNORING),
          Map.entry("group_left", TokenKind.GROUP_LEFT),
          Map.entry("group_right", TokenKind.GROUP_RIGHT),
          Map.entry("or", TokenKind.OR),
          Map.entry("and", TokenKind.AND),
          Map.entry("unless", TokenKind.UNLESS),
          Map.entry("json", TokenKind.JSON),
          Map.entry("regexp", TokenKind.REGEXP),
          Map.entry("logfmt", TokenKind.LOGFMT),
          Map.entry("unpack", TokenKind.UNPACK),
          Map.entry("pattern", TokenKind.PATTERN),
          Map.entry("unwrap", TokenKind.UNWRAP),
          Map.entry("label_format", TokenKind.LABEL_FORMAT),
          Map.entry("line_format", TokenKind.LINE_FORMAT),
          Map.entry("decolorize", TokenKind.DECOLORIZE),
          Map.entry("drop", TokenKind.DROP),
          Map.entry("keep", TokenKind.KEEP),
          Map.entry("variants", TokenKind.VARIANTS),
          Map.entry("of", TokenKind.OF));

  private static final Set<TokenKind> WORDS = EnumSet.copyOf(KINDS.values());

  private ReservedWords() {}

  /**
   * Returns whether the word can never be a label's name in a query. Names of functions can, since
   * they are functions only before a parenthesis.
   */
  public static boolean isReserved(String word) {
    return KINDS.containsKey(word.toLowerCase(Locale.ROOT));
  }

  static TokenKind kindOf(String lowerCaseWord) {
    return KINDS.getOrDefault(lowerCaseWord, TokenKind.IDENTIFIER);
  }

  /** Returns whether tokens of this kind are words, as the parts of a dotted label name are. */
  static boolean isWord(TokenKind kind) {
    return kind == TokenKind.IDENTIFIER || WORDS.contains(kind);
  }
}
