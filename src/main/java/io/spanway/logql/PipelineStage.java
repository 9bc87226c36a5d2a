// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One step that every chosen log line goes through. */
public sealed interface PipelineStage {

  /** Returns the stage's place, its {@code |} or line-filter operator included. */
  SourceRange range();

  /**
   * {@code |= "a" or "b"}: keeps the line if one operand fits; a negative operator keeps it if none
   * does.
   *
   * @param operands at least one
   */
  record LineFilter(LineFilterOp op, List<Operand> operands, SourceRange range)
      implements PipelineStage {
    public LineFilter {
      operands = List.copyOf(operands);
    }

    /** Returns the operands' texts; mind {@link #usesIp()}. */
    public List<String> alternatives() {
      List<String> texts = new ArrayList<>(operands.size());
      for (Operand operand : operands) {
        texts.add(operand.text());
      }
      return texts;
    }

    /** Returns whether an operand is an {@code ip("…")} pattern instead of text. */
    public boolean usesIp() {
      for (Operand operand : operands) {
        if (operand.ip()) {
          return true;
        }
      }
      return false;
    }

    /**
     * One side of a line filter's {@code or}.
     *
     * @param text the literal's value
     * @param ip whether it is the argument of {@code ip(…)}
     * @param range the literal, quotes included
     */
    public record Operand(String text, boolean ip, SourceRange range) {}
  }

  /** {@code | json [label="expression", …]}. */
  record JsonStage(List<Extraction> extractions, SourceRange range) implements PipelineStage {
    public JsonStage {
      extractions = List.copyOf(extractions);
    }
  }

  /** {@code | logfmt [--strict] [--keep-empty] [label="expression", …]}. */
  record LogfmtStage(
      boolean strict, boolean keepEmpty, List<Extraction> extractions, SourceRange range)
      implements PipelineStage {
    public LogfmtStage {
      extractions = List.copyOf(extractions);
    }
  }

  /** {@code | regexp "…"}; the expression is not checked. */
  record RegexpStage(String regex, SourceRange range) implements PipelineStage {}

  /** {@code | pattern "…"}; the pattern is not checked. */
  record PatternStage(String pattern, SourceRange range) implements PipelineStage {}

  /** {@code | unpack}. */
  record UnpackStage(SourceRange range) implements PipelineStage {}

  /** {@code | name="value" or …}. */
  record LabelFilter(LabelFilterExpr expr, SourceRange range) implements PipelineStage {}

  /** {@code | label_format a=b, c="{{…}}"}. */
  record LabelFormat(List<Assignment> assignments, SourceRange range) implements PipelineStage {
    public LabelFormat {
      assignments = List.copyOf(assignments);
    }
  }

  /** {@code | line_format "{{…}}"}; the template is not parsed. */
  record LineFormat(String template, SourceRange range) implements PipelineStage {}

  /** {@code | decolorize}. */
  record Decolorize(SourceRange range) implements PipelineStage {}

  /** {@code | drop a, b="x"}. */
  record Drop(List<NamedMatcher> labels, SourceRange range) implements PipelineStage {
    public Drop {
      labels = List.copyOf(labels);
    }
  }

  /** {@code | keep a, b="x"}. */
  record Keep(List<NamedMatcher> labels, SourceRange range) implements PipelineStage {
    public Keep {
      labels = List.copyOf(labels);
    }
  }

  /**
   * {@code | unwrap label} or {@code | unwrap duration(label)}; only in range aggregations, and
   * only label filters follow it.
   *
   * @param conversion {@code bytes}, {@code duration}, {@code duration_seconds}, or null
   */
  record Unwrap(String label, @Nullable String conversion, SourceRange range)
      implements PipelineStage {}

  /**
   * A label that a parser stage fills.
   *
   * @param expression where the value comes from; the label's own name if none was written
   */
  record Extraction(String label, String expression, SourceRange range) {}

  /**
   * A label that {@code label_format} sets.
   *
   * @param source the label to rename, or the template's text, unparsed
   * @param template whether {@code source} is a template
   */
  record Assignment(String label, String source, boolean template, SourceRange range) {}

  /**
   * A label that {@code drop} or {@code keep} names.
   *
   * @param matcher the condition on its value, or null if there is none
   */
  record NamedMatcher(String name, @Nullable LabelMatcher matcher, SourceRange range) {}
}
