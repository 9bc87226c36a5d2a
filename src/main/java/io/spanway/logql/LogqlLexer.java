// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a query into tokens, by the rules of Go's text/scanner and of
 * grafana/loki:pkg/logql/syntax/lex.go.
 *
 * <p>The last token is {@link TokenKind#END}, or {@link TokenKind#ERROR} where the text stops being
 * LogQL: the parser may find an earlier error, which is then the one to report.
 */
final class LogqlLexer {

  private static final String DURATION_UNITS = "nu\u00B5mshdwy";
  private static final String SIZE_UNITS = "BikKMGTP";
  private static final String[] PARSER_FLAGS = {"--strict", "--keep-empty"};

  /** What is longer is no unit: without a limit, every number would read the rest of the text. */
  private static final int MAX_UNIT_LENGTH = 64;

  private final String text;
  private final List<Token> tokens = new ArrayList<>();
  private int pos;

  private LogqlLexer(String text) {
    this.text = text;
  }

  static List<Token> tokens(String text) {
    LogqlLexer lexer = new LogqlLexer(text);
    lexer.scan();
    return lexer.tokens;
  }

  private void scan() {
    int bad = firstBadUnit();
    if (bad >= 0) {
      fail(bad, text.charAt(bad) == 0 ? "invalid character NUL" : "invalid UTF-8 encoding");
      return;
    }
    if (text.startsWith("\uFEFF")) {
      pos = 1;
    }
    while (skipBlank()) {
      if (pos == text.length()) {
        add(TokenKind.END, pos, "", 0);
        return;
      }
      if (!scanToken()) {
        return;
      }
    }
  }

  private int firstBadUnit() {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0) {
        return i;
      }
      if (Character.isSurrogate(c)) {
        if (!Character.isHighSurrogate(c)
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          return i;
        }
        i++;
      }
    }
    return -1;
  }

  /** Skips white space and comments; returns false after an error. */
  private boolean skipBlank() {
    while (pos < text.length()) {
      char c = text.charAt(pos);
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        pos++;
      } else if (c == '#' || text.startsWith("//", pos)) {
        int lineEnd = text.indexOf('\n', pos);
        pos = lineEnd < 0 ? text.length() : lineEnd;
      } else if (text.startsWith("/*", pos)) {
        int end = text.indexOf("*/", pos + 2);
        if (end < 0) {
          return fail(pos, "comment not terminated");
        }
        pos = end + 2;
      } else {
        return true;
      }
    }
    return true;
  }

  /** Adds one token; returns false after an error. */
  private boolean scanToken() {
    int c = text.codePointAt(pos);
    if (c == '_' || Character.isLetter(c)) {
      return scanWord();
    }
    if (UnitLiterals.isDigit(c) || (c == '.' && UnitLiterals.isDigit(peek(1)))) {
      return scanNumber();
    }
    return switch (c) {
      case '"' -> scanString();
      case '`' -> scanRawString();
      case '[' -> scanRange();
      case '-' -> scanMinus();
      default -> scanOperator();
    };
  }

  private boolean scanWord() {
    int start = pos;
    while (pos < text.length()) {
      int c = text.codePointAt(pos);
      if (c != '_' && !Character.isLetter(c) && !Character.isDigit(c)) {
        break;
      }
      pos += Character.charCount(c);
    }
    String word = text.substring(start, pos);
    String lower = word.toLowerCase(Locale.ROOT);
    TokenKind function = Functions.kindOf(lower);
    if (function != null && Functions.callFollows(text, pos)) {
      return add(function, start, lower, 0);
    }
    return add(ReservedWords.kindOf(lower), start, word, 0);
  }

  private boolean scanNumber() {
    int start = pos;
    skipDigits();
    if (peek(0) == '.') {
      pos++;
      skipDigits();
    }
    if (peek(0) == 'e' || peek(0) == 'E') {
      pos++;
      if (peek(0) == '+' || peek(0) == '-') {
        pos++;
      }
      if (!UnitLiterals.isDigit(peek(0))) {
        return fail(start, "exponent has no digits");
      }
      skipDigits();
    }
    if (scanDuration(start)) {
      return true;
    }
    int end = unitEnd(SIZE_UNITS);
    Double bytes = end == pos ? null : UnitLiterals.bytes(text.substring(start, end));
    if (bytes != null) {
      pos = end;
      return add(TokenKind.BYTES, start, text.substring(start, end), bytes);
    }
    return add(TokenKind.NUMBER, start, text.substring(start, pos), 0);
  }

  /** Adds a duration if the rest of one follows a number or a minus sign. */
  private boolean scanDuration(int start) {
    int end = unitEnd(DURATION_UNITS);
    Double nanos = end == pos ? null : UnitLiterals.nanos(text.substring(start, end));
    if (nanos == null) {
      return false;
    }
    pos = end;
    return add(TokenKind.DURATION, start, text.substring(start, end), nanos);
  }

  private int unitEnd(String units) {
    int end = pos;
    int limit = Math.min(text.length(), pos + MAX_UNIT_LENGTH);
    while (end < limit
        && (UnitLiterals.isDigit(text.charAt(end))
            || text.charAt(end) == '.'
            || units.indexOf(text.charAt(end)) >= 0)) {
      end++;
    }
    return end;
  }

  private void skipDigits() {
    while (UnitLiterals.isDigit(peek(0))) {
      pos++;
    }
  }

  private boolean scanMinus() {
    int start = pos;
    for (String flag : PARSER_FLAGS) {
      int end = start + flag.length();
      if (text.startsWith(flag, start) && !continuesFlag(end)) {
        pos = end;
        return add(TokenKind.PARSER_FLAG, start, flag, 0);
      }
    }
    pos++;
    return scanDuration(start) || add(TokenKind.SUB, start, "", 0);
  }

  private boolean continuesFlag(int at) {
    return at < text.length()
        && (text.charAt(at) == '-' || Character.isLetter(text.codePointAt(at)));
  }

  private boolean scanString() {
    int start = pos++;
    while (true) {
      int c = peek(0);
      if (c < 0 || c == '\n') {
        return fail(start, "literal not terminated");
      }
      if (c == '"') {
        break;
      }
      pos += c == '\\' && pos + 1 < text.length() && peek(1) != '\n' ? 2 : 1;
    }
    String value = StringLiterals.unescape(text.substring(start + 1, pos));
    if (value == null) {
      return fail(start, "invalid char escape");
    }
    pos++;
    return add(TokenKind.STRING, start, value, 0);
  }

  private boolean scanRawString() {
    int start = pos;
    int end = text.indexOf('`', start + 1);
    if (end < 0) {
      return fail(start, "literal not terminated");
    }
    pos = end + 1;
    return add(TokenKind.STRING, start, text.substring(start + 1, end), 0);
  }

  private boolean scanRange() {
    int start = pos;
    int end = text.indexOf(']', start);
    if (end < 0) {
      return fail(start, "missing closing ']' in duration");
    }
    String duration = text.substring(start + 1, end);
    Long nanos = UnitLiterals.prometheusNanos(duration);
    if (nanos == null) {
      return fail(start, UnitLiterals.prometheusError(duration));
    }
    pos = end + 1;
    return add(TokenKind.RANGE, start, duration, nanos);
  }

  private boolean scanOperator() {
    int start = pos;
    char c = text.charAt(pos);
    int second = peek(1);
    TokenKind kind = second < 0 ? null : operator(c, second);
    if (kind != null) {
      pos += 2;
      return add(kind, start, "", 0);
    }
    kind = operator(c, -1);
    if (kind == null) {
      // Loki takes any other character for an identifier, which then stands in a wrong place.
      return fail(start, "syntax error: unexpected IDENTIFIER");
    }
    pos++;
    return add(kind, start, "", 0);
  }

  private static @Nullable TokenKind operator(char first, int second) {
    return switch (first) {
      case '|' ->
          pick(
              second,
              TokenKind.PIPE,
              '=',
              TokenKind.PIPE_EXACT,
              '~',
              TokenKind.PIPE_MATCH,
              '>',
              TokenKind.PIPE_PATTERN);
      case '!' -> pick(second, null, '=', TokenKind.NEQ, '~', TokenKind.NRE, '>', TokenKind.NPA);
      case '=' -> pick(second, TokenKind.EQ, '=', TokenKind.CMP_EQ, '~', TokenKind.RE, 0, null);
      case '>' -> pick(second, TokenKind.GT, '=', TokenKind.GTE, 0, null, 0, null);
      case '<' -> pick(second, TokenKind.LT, '=', TokenKind.LTE, 0, null, 0, null);
      case '{' -> single(second, TokenKind.OPEN_BRACE);
      case '}' -> single(second, TokenKind.CLOSE_BRACE);
      case '(' -> single(second, TokenKind.OPEN_PAREN);
      case ')' -> single(second, TokenKind.CLOSE_PAREN);
      case ',' -> single(second, TokenKind.COMMA);
      case '.' -> single(second, TokenKind.DOT);
      case '+' -> single(second, TokenKind.ADD);
      case '*' -> single(second, TokenKind.MUL);
      case '/' -> single(second, TokenKind.DIV);
      case '%' -> single(second, TokenKind.MOD);
      case '^' -> single(second, TokenKind.POW);
      default -> null;
    };
  }

  private static @Nullable TokenKind single(int second, TokenKind kind) {
    return second < 0 ? kind : null;
  }

  private static @Nullable TokenKind pick(
      int second,
      @Nullable TokenKind alone,
      int a,
      @Nullable TokenKind withA,
      int b,
      @Nullable TokenKind withB,
      int c,
      @Nullable TokenKind withC) {
    if (second < 0) {
      return alone;
    }
    return second == a ? withA : second == b ? withB : second == c ? withC : null;
  }

  private int peek(int ahead) {
    return pos + ahead < text.length() ? text.charAt(pos + ahead) : -1;
  }

  private boolean add(TokenKind kind, int start, String tokenText, double value) {
    tokens.add(new Token(kind, start, pos, tokenText, value));
    return true;
  }

  private boolean fail(int start, String message) {
    tokens.add(new Token(TokenKind.ERROR, start, text.length(), message, 0));
    return false;
  }
}
