// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.spanway.logql.LabelFilterExpr;
import io.spanway.logql.LabelMatcher;
import io.spanway.logql.LogPipeline;
import io.spanway.logql.LogqlWriter;
import io.spanway.logql.PipelineStage;
import io.spanway.logql.SourceRange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a string of a query means to Loki, and thus how a value is written into it. */
enum LiteralKind {
  /** Itself. */
  PLAIN,
  /** A regular expression. */
  REGEX,
  /** A template of Go: actions in double braces. */
  TEMPLATE,
  /** Something with a syntax that has no escapes: only IDs and durations may stand there. */
  OPAQUE;

  private static final String SAMPLE = "(?:x)";

  /** What the string at {@code literal} of a pipeline means. */
  static LiteralKind of(LogPipeline pipeline, SourceRange literal) {
    for (LabelMatcher matcher : pipeline.selector().matchers()) {
      if (matcher.range().overlaps(literal)) {
        return of(matcher);
      }
    }
    for (PipelineStage stage : pipeline.stages()) {
      if (stage.range().overlaps(literal)) {
        return of(stage, literal);
      }
    }
    return OPAQUE;
  }

  private static LiteralKind of(LabelMatcher matcher) {
    return matcher.op().isRegex() ? REGEX : PLAIN;
  }

  private static LiteralKind of(PipelineStage stage, SourceRange literal) {
    if (stage instanceof PipelineStage.LineFilter filter) {
      return switch (filter.op()) {
        case CONTAINS, NOT_CONTAINS -> isIp(filter, literal) ? OPAQUE : PLAIN;
        case MATCHES, NOT_MATCHES -> isIp(filter, literal) ? OPAQUE : REGEX;
        case PATTERN, NOT_PATTERN -> OPAQUE;
      };
    }
    if (stage instanceof PipelineStage.LabelFilter filter) {
      LiteralKind kind = of(filter.expr(), literal);
      return kind == null ? OPAQUE : kind;
    }
    if (stage instanceof PipelineStage.RegexpStage) {
      return REGEX;
    }
    if (stage instanceof PipelineStage.LineFormat || stage instanceof PipelineStage.LabelFormat) {
      return TEMPLATE;
    }
    if (stage instanceof PipelineStage.Drop drop) {
      return of(drop.labels(), literal);
    }
    return stage instanceof PipelineStage.Keep keep ? of(keep.labels(), literal) : OPAQUE;
  }

  private static boolean isIp(PipelineStage.LineFilter filter, SourceRange literal) {
    return filter.operands().stream()
        .anyMatch(operand -> operand.ip() && operand.range().overlaps(literal));
  }

  private static @Nullable LiteralKind of(LabelFilterExpr expr, SourceRange literal) {
    if (!expr.range().overlaps(literal)) {
      return null;
    }
    List<LabelFilterExpr> inside = List.of();
    if (expr instanceof LabelFilterExpr.StringCompare compare) {
      return of(compare.matcher());
    } else if (expr instanceof LabelFilterExpr.And and) {
      inside = and.operands();
    } else if (expr instanceof LabelFilterExpr.Or or) {
      inside = or.operands();
    }
    for (LabelFilterExpr operand : inside) {
      LiteralKind kind = of(operand, literal);
      if (kind != null) {
        return kind;
      }
    }
    return OPAQUE;
  }

  private static LiteralKind of(List<PipelineStage.NamedMatcher> labels, SourceRange literal) {
    for (PipelineStage.NamedMatcher label : labels) {
      LabelMatcher matcher = label.matcher();
      if (matcher != null && matcher.range().overlaps(literal)) {
        return of(matcher);
      }
    }
    return OPAQUE;
  }

  /**
   * Says why a variable cannot stand in a literal of this kind; null if it can.
   *
   * @param pieces the texts and variables of the literal
   */
  @Nullable String refusal(List<Object> pieces) {
    var before = new StringBuilder();
    for (Object piece : pieces) {
      if (!(piece instanceof Variable variable)) {
        before.append(piece);
        continue;
      }
      String why = refusal(variable, before.toString());
      if (why != null) {
        return variable.text() + " " + why;
      }
      before.append(this == REGEX ? SAMPLE : "x");
    }
    if (this == REGEX) {
      try {
        Pattern.compile(before.toString());
      } catch (PatternSyntaxException e) {
        return "is no regular expression: " + e.getMessage();
      }
    }
    return null;
  }

  private @Nullable String refusal(Variable variable, String before) {
    if (variable.kind() == Variable.Kind.TAGS) {
      return "must stand in a selector, as {${__tags}}";
    }
    return switch (this) {
      case PLAIN -> null;
      case REGEX ->
          RegexPlace.isBetweenItems(before)
              ? null
              : "stands in a class, an escape or the head of a group, where it cannot be escaped"
                  + " (expected: between the parts of a regular expression)";
      case TEMPLATE ->
          variable.isHarmless() || !isInAction(before)
              ? null
              : "stands between {{ and }} (expected: outside of them, or an ID or duration)";
      case OPAQUE ->
          variable.isHarmless()
              ? null
              : "stands where LogQL has no escapes (expected: an ID or duration)";
    };
  }

  /** Writes a value so that it means itself. */
  String escape(Variable variable, String value) {
    return switch (this) {
      case PLAIN, OPAQUE -> value;
      // The group holds it together before a quantifier.
      case REGEX -> "(?:" + LogqlWriter.regexQuote(value) + ")";
      case TEMPLATE -> variable.isHarmless() ? value : "{{" + LogqlWriter.string(value) + "}}";
    };
  }

  private static boolean isInAction(String template) {
    int at = 0;
    while (true) {
      int open = template.indexOf("{{", at);
      if (open < 0) {
        return false;
      }
      int close = actionEnd(template, open + 2);
      if (close < 0) {
        return true;
      }
      at = close;
    }
  }

  /** The offset behind the action's braces, which may also stand in its strings; -1 if open. */
  private static int actionEnd(String template, int from) {
    int at = from;
    while (at < template.length()) {
      char c = template.charAt(at);
      if (template.startsWith("}}", at)) {
        return at + 2;
      }
      if (c == '"' || c == '`' || c == '\'') {
        at++;
        while (at < template.length() && template.charAt(at) != c) {
          at += c != '`' && template.charAt(at) == '\\' ? 2 : 1;
        }
      } else if (template.startsWith("/*", at)) {
        int end = template.indexOf("*/", at);
        at = end < 0 ? template.length() : end + 1;
      }
      at++;
    }
    return -1;
  }
}
