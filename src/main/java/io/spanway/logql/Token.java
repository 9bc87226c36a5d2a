// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

/**
 * A piece of a query.
 *
 * @param text an identifier or number as written, a string's value, a function's name in lower
 *     case, or an error's message; otherwise empty
 * @param value nanoseconds of a duration or range, bytes of a size; otherwise zero
 */
record Token(TokenKind kind, int start, int end, String text, double value) {

  /** Returns the name that Loki gives the token in error messages. */
  String display() {
    return switch (kind) {
      case RANGE_OP, VECTOR_OP -> text.toUpperCase(java.util.Locale.ROOT);
      case CONVERSION -> text.toUpperCase(java.util.Locale.ROOT) + "_CONV";
      default -> kind.display();
    };
  }
}
