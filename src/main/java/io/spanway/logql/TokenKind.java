// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

/** The kinds of tokens, each with the name that Loki gives it in error messages. */
enum TokenKind {
  IDENTIFIER("IDENTIFIER"),
  STRING("STRING"),
  NUMBER("NUMBER"),
  DURATION("DURATION"),
  BYTES("BYTES"),
  RANGE("RANGE"),
  PARSER_FLAG("PARSER_FLAG"),
  /** Functions: the token's text says which. */
  RANGE_OP("RANGE_OP"),
  VECTOR_OP("VECTOR_OP"),
  CONVERSION("CONVERSION"),
  VECTOR("VECTOR"),
  LABEL_REPLACE("label_replace"),
  IP("ip"),

  OPEN_BRACE("{"),
  CLOSE_BRACE("}"),
  OPEN_PAREN("("),
  CLOSE_PAREN(")"),
  COMMA(","),
  DOT("."),
  PIPE("|"),
  PIPE_EXACT("|="),
  PIPE_MATCH("|~"),
  PIPE_PATTERN("|>"),
  EQ("="),
  NEQ("!="),
  RE("=~"),
  NRE("!~"),
  NPA("!>"),
  CMP_EQ("=="),
  GT(">"),
  GTE(">="),
  LT("<"),
  LTE("<="),
  ADD("+"),
  SUB("-"),
  MUL("*"),
  DIV("/"),
  MOD("%"),
  POW("^"),

  BY("by"),
  WITHOUT("without"),
  BOOL("bool"),
  OFFSET("offset"),
  ON("on"),
  IGNORING("ignoring"),
  GROUP_LEFT("group_left"),
  GROUP_RIGHT("group_right"),
  OR("or"),
  AND("and"),
  UNLESS("unless"),
  JSON("json"),
  REGEXP("regexp"),
  LOGFMT("logfmt"),
  UNPACK("unpack"),
  PATTERN("pattern"),
  UNWRAP("unwrap"),
  LABEL_FORMAT("label_format"),
  LINE_FORMAT("line_format"),
  DECOLORIZE("decolorize"),
  DROP("drop"),
  KEEP("keep"),
  VARIANTS("variants"),
  OF("of"),

  /** Text that is no token; the token's text is the message. */
  ERROR("$undefined"),
  END("$end");

  private final String display;

  TokenKind(String display) {
    this.display = display;
  }

  String display() {
    return display;
  }
}
