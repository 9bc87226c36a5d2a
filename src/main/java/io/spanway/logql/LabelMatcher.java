// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One comparison of a label with a string, in a stream selector, a label filter, or a {@code drop}
 * or {@code keep} stage.
 *
 * <p>A regular expression is compiled once, with RE2/J, and must match the whole value, as in
 * grafana/loki; one that would unroll to very many instructions is refused, as Go refuses most of
 * them. Equality does not look at positions.
 */
public final class LabelMatcher {

  private final String name;
  private final MatchOp op;
  private final String value;
  private final SourceRange range;
  private final SourceRange nameRange;
  private final boolean dotted;
  private final @Nullable Pattern pattern;

  LabelMatcher(
      String name,
      MatchOp op,
      String value,
      SourceRange range,
      SourceRange nameRange,
      boolean dotted) {
    this.name = name;
    this.op = op;
    this.value = value;
    this.range = range;
    this.nameRange = nameRange;
    this.dotted = dotted;
    this.pattern = op.isRegex() ? RegexSize.compile(value) : null;
  }

  /**
   * Returns a matcher that was not read from a text: its ranges are {@link SourceRange#NONE}.
   *
   * @throws IllegalArgumentException if the value of a regex operator is not an RE2 expression
   */
  public static LabelMatcher of(String name, MatchOp op, String value) {
    try {
      return new LabelMatcher(
          name, op, value, SourceRange.NONE, SourceRange.NONE, name.indexOf('.') >= 0);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "regex of " + name + ": " + value + " (" + e.getMessage() + ")", e);
    }
  }

  /** Returns the label's name as written. */
  public String name() {
    return name;
  }

  public MatchOp op() {
    return op;
  }

  /** Returns the value that the literal stands for, without quotes and escapes. */
  public String value() {
    return value;
  }

  /** Returns the place of name, operator and literal. */
  public SourceRange range() {
    return range;
  }

  /** Returns the place of the name. */
  public SourceRange nameRange() {
    return nameRange;
  }

  /**
   * Returns whether the name has a dot. Loki refuses such a name; Grafana's span-to-logs links
   * carry it, and the parser accepts it in selectors so that those can be recognised.
   */
  public boolean dotted() {
    return dotted;
  }

  /**
   * Returns whether a label with this value fits.
   *
   * @param labelValue the label's value; an absent label ({@code null}) equals the empty string
   */
  public boolean matches(@Nullable String labelValue) {
    String v = labelValue == null ? "" : labelValue;
    boolean positive = pattern == null ? v.equals(value) : pattern.matches(v);
    return positive != op.isNegative();
  }

  /** Returns whether this matcher and the other one ask for the same thing. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LabelMatcher that
        && name.equals(that.name)
        && op == that.op
        && value.equals(that.value);
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, op, value);
  }

  @Override
  public String toString() {
    return name + op.text() + '"' + value + '"';
  }
}
