// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A condition on labels, structured metadata and parsed fields, which a label filter sees as one
 * flat set.
 *
 * <p>{@code and} binds tighter than {@code or}. A comma, or nothing at all, between two conditions
 * means "and", but takes the nearest condition on its left and everything on its right. Nested
 * conditions of the same kind are flattened: {@code a or (b or c)} has three operands.
 */
public sealed interface LabelFilterExpr {

  /** Returns the condition's place, without parentheses around all of it. */
  SourceRange range();

  /** All operands must hold. At least two. */
  record And(List<LabelFilterExpr> operands, SourceRange range) implements LabelFilterExpr {
    public And {
      operands = List.copyOf(operands);
    }
  }

  /** One operand must hold. At least two. */
  record Or(List<LabelFilterExpr> operands, SourceRange range) implements LabelFilterExpr {
    public Or {
      operands = List.copyOf(operands);
    }
  }

  /** A comparison with a string; an absent label equals the empty string. */
  record StringCompare(LabelMatcher matcher) implements LabelFilterExpr {
    @Override
    public SourceRange range() {
      return matcher.range();
    }

    public String name() {
      return matcher.name();
    }

    public MatchOp op() {
      return matcher.op();
    }

    public String value() {
      return matcher.value();
    }

    /** Returns whether a label with this value fits; {@code null} stands for an absent label. */
    public boolean matches(@Nullable String labelValue) {
      return matcher.matches(labelValue);
    }
  }

  /**
   * A comparison with a number, duration or size. Loki drops an entry without the label.
   *
   * @param literal the right-hand side as written, sign included
   * @param value the number, nanoseconds or bytes
   */
  record NumberCompare(
      String name, CompareOp op, Unit unit, String literal, double value, SourceRange range)
      implements LabelFilterExpr {}

  /**
   * {@code name = ip("…")} or {@code name != ip("…")}.
   *
   * @param pattern an address, a range or a CIDR block, unchecked
   */
  record IpCompare(String name, boolean negative, String pattern, SourceRange range)
      implements LabelFilterExpr {}

  /** What the right-hand side of a {@link NumberCompare} counts. */
  enum Unit {
    NUMBER,
    NANOSECONDS,
    BYTES
  }
}
