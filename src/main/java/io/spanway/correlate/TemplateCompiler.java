// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.logql.LabelFilterExpr;
import io.spanway.logql.LabelMatcher;
import io.spanway.logql.LogPipeline;
import io.spanway.logql.LogQuery;
import io.spanway.logql.LogqlParser;
import io.spanway.logql.LogqlSyntaxException;
import io.spanway.logql.PipelineStage;
import io.spanway.logql.Query;
import io.spanway.logql.SourceRange;
import io.spanway.logql.StreamSelector;
import io.spanway.logql.StringLiteral;
import java.util.ArrayList;
import java.util.List;

/** Makes the parts of a {@link QueryTemplate}. */
final class TemplateCompiler {
  private final TemplateText template;
  private final String text;
  private final List<StringLiteral> literals;
  private final LogPipeline pipeline;

  private TemplateCompiler(TemplateText template) throws TemplateException {
    this.template = template;
    this.text = template.logql();
    this.literals = StringLiteral.of(text);
    this.pipeline = parse(template);
  }

  static QueryTemplate compile(String query) throws TemplateException {
    TemplateText template = TemplateText.of(query);
    return new QueryTemplate(new TemplateCompiler(template).parts(), template.warnings());
  }

  private static LogPipeline parse(TemplateText template) throws TemplateException {
    Query query;
    try {
      query = LogqlParser.parse(template.logql());
      query.requireNonEmptySelectors();
    } catch (LogqlSyntaxException e) {
      String message = String.valueOf(e.getMessage());
      // Its own place is one of the text with stand-ins.
      int colon = message.indexOf(": ");
      String reason = colon < 0 ? message : message.substring(colon + 2);
      for (TemplateText.Use use : template.uses()) {
        if (use.standIn().start() == e.offset()) {
          throw template.error(e.offset(), misplaced(use.variable()));
        }
      }
      throw e.offset() < 0 ? new TemplateException(reason) : template.error(e.offset(), reason);
    }
    if (query instanceof LogQuery log) {
      return log.pipeline();
    }
    throw new TemplateException("a query for samples (expected: one for log lines)");
  }

  private List<TemplatePart> parts() throws TemplateException {
    StreamSelector selector = pipeline.selector();
    for (LabelMatcher matcher : selector.matchers()) {
      if (matcher.dotted()) {
        throw template.error(
            matcher.nameRange().start(),
            "label " + matcher.name() + " cannot be written in LogQL (expected: a label of Loki)");
      }
    }
    var parts = new ArrayList<TemplatePart>();
    parts.addAll(usesIn(selector.range()) ? List.of(selector(selector)) : plain(selector.range()));
    int copied = selector.range().end();
    for (PipelineStage stage : pipeline.stages()) {
      if (!usesIn(stage.range())) {
        continue;
      }
      parts.addAll(plain(new SourceRange(copied, stage.range().start())));
      parts.addAll(
          stage instanceof PipelineStage.LabelFilter filter
              ? List.of(filter(filter.expr()))
              : plain(stage.range()));
      copied = stage.range().end();
    }
    parts.addAll(plain(new SourceRange(copied, pipeline.range().end())));
    return parts;
  }

  private boolean usesIn(SourceRange range) {
    return template.uses().stream().anyMatch(use -> use.standIn().overlaps(range));
  }

  private TemplatePart selector(StreamSelector selector) throws TemplateException {
    var matchers = new ArrayList<TemplatePart.Matcher>();
    for (LabelMatcher matcher : selector.matchers()) {
      TemplateText.Use use = template.use(matcher.name());
      boolean tags = use != null;
      if (use != null && use.variable().kind() != Variable.Kind.TAGS) {
        throw misplaced(use);
      }
      matchers.add(
          new TemplatePart.Matcher(
              matcher.name(), matcher.op(), tags ? null : literalIn(matcher.range())));
    }
    return new TemplatePart.Selector(matchers);
  }

  private TemplatePart filter(LabelFilterExpr expr) throws TemplateException {
    List<LabelFilterExpr> operands =
        expr instanceof LabelFilterExpr.And and ? and.operands() : List.of(expr);
    var conditions = new ArrayList<TemplatePart.Condition>();
    for (LabelFilterExpr operand : operands) {
      List<TemplatePart> parts = plain(operand.range());
      boolean alternatives = operand instanceof LabelFilterExpr.Or;
      if (alternatives) {
        parts.add(0, new TemplatePart.Text("("));
        parts.add(new TemplatePart.Text(")"));
      }
      conditions.add(new TemplatePart.Condition(parts, !alternatives));
    }
    return new TemplatePart.Filter(conditions);
  }

  private TemplatePart.Literal literalIn(SourceRange range) throws TemplateException {
    for (StringLiteral literal : literals) {
      if (literal.range().overlaps(range)) {
        return literal(literal);
      }
    }
    throw new IllegalStateException("a matcher without a string");
  }

  private TemplatePart.Literal literal(StringLiteral literal) throws TemplateException {
    LiteralKind kind = LiteralKind.of(pipeline, literal.range());
    List<Object> pieces = template.pieces(literal.value());
    if (usesIn(literal.range())) {
      String why = kind.refusal(pieces);
      if (why != null) {
        throw template.error(literal.range().start(), why);
      }
    }
    return new TemplatePart.Literal(kind, pieces);
  }

  /** The text of a range, with its variables. */
  private List<TemplatePart> plain(SourceRange range) throws TemplateException {
    var parts = new ArrayList<TemplatePart>();
    int copied = range.start();
    for (TemplateText.Use use : template.uses()) {
      if (!use.standIn().overlaps(range) || use.standIn().start() < copied) {
        continue;
      }
      SourceRange replaced = use.standIn();
      TemplatePart part = null;
      for (StringLiteral literal : literals) {
        if (literal.range().overlaps(use.standIn())) {
          replaced = literal.range();
          part = literal(literal);
        }
      }
      boolean tags = use.variable().kind() == Variable.Kind.TAGS;
      if (tags || (part == null && !use.variable().isNumber())) {
        throw misplaced(use);
      }
      if (part == null) {
        part = new TemplatePart.NumberOf(use.variable());
      }
      if (replaced.start() > copied) {
        parts.add(new TemplatePart.Text(text.substring(copied, replaced.start())));
      }
      parts.add(part);
      copied = replaced.end();
    }
    if (range.end() > copied) {
      parts.add(new TemplatePart.Text(text.substring(copied, range.end())));
    }
    return parts;
  }

  private TemplateException misplaced(TemplateText.Use use) {
    return template.error(use.standIn().start(), misplaced(use.variable()));
  }

  private static String misplaced(Variable variable) {
    return variable.kind() == Variable.Kind.TAGS
        ? variable.text() + " must stand in a selector, as {${__tags}}"
        : variable.text() + " must stand in quotes";
  }
}
