// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.logql.LogqlWriter;
import io.spanway.logql.MatchOp;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A piece of a compiled custom query. */
sealed interface TemplatePart {
  /** As written. */
  record Text(String text) implements TemplatePart {}

  /** A number outside of strings. */
  record NumberOf(Variable variable) implements TemplatePart {}

  /** A string with variables in it: texts and variables. */
  record Literal(LiteralKind kind, List<Object> pieces) implements TemplatePart {
    public Literal {
      pieces = List.copyOf(pieces);
    }

    /** The value of the string. */
    String value(TemplateValues values) throws MissingValueException {
      var value = new StringBuilder();
      for (Object piece : pieces) {
        if (piece instanceof Variable variable) {
          value.append(kind.escape(variable, MissingValueException.require(values, variable)));
        } else {
          value.append(piece);
        }
      }
      return value.toString();
    }
  }

  /** The braces, where a variable is inside. */
  record Selector(List<Matcher> matchers) implements TemplatePart {
    public Selector {
      matchers = List.copyOf(matchers);
    }

    /** Whether the tags are among its matchers. */
    boolean hasTags() {
      return matchers.stream().anyMatch(Matcher::isTags);
    }
  }

  /**
   * One matcher of a selector.
   *
   * @param value its string; null for {@code ${__tags}}
   */
  record Matcher(String name, MatchOp op, @Nullable Literal value) {
    boolean isTags() {
      return value == null;
    }
  }

  /** A label filter with variables: conditions of which all must hold. */
  record Filter(List<Condition> conditions) implements TemplatePart {
    public Filter {
      conditions = List.copyOf(conditions);
    }
  }

  /**
   * One of the conditions.
   *
   * @param droppable whether it is a comparison alone, which goes when its variable has no value
   */
  record Condition(List<TemplatePart> parts, boolean droppable) {
    public Condition {
      parts = List.copyOf(parts);
    }
  }

  /** Writes parts that have no structure of their own. */
  static void write(List<TemplatePart> parts, TemplateValues values, StringBuilder out)
      throws MissingValueException {
    for (TemplatePart part : parts) {
      if (part instanceof Text text) {
        out.append(text.text());
      } else if (part instanceof NumberOf number) {
        out.append(MissingValueException.require(values, number.variable()));
      } else if (part instanceof Literal literal) {
        out.append(LogqlWriter.string(literal.value(values)));
      } else {
        throw new IllegalStateException("a part within a part: " + part);
      }
    }
  }
}
