// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.logql.LabelMatcher;
import io.spanway.logql.LogqlParser;
import io.spanway.logql.LogqlSyntaxException;
import io.spanway.logql.LogqlWriter;
import io.spanway.logql.SourceRange;
import io.spanway.logql.StreamSelector;
import java.util.ArrayList;
import java.util.List;

/**
 * A custom query, parsed once. A value is written as a part of the string that its variable stands
 * in, and of nothing else: two queries from one template differ only in the values of strings, in
 * the matchers that {@code ${__tags}} stands for, and in conditions that were left out because
 * their attribute is missing.
 */
final class QueryTemplate {
  private final List<TemplatePart> parts;
  private final List<String> warnings;

  QueryTemplate(List<TemplatePart> parts, List<String> warnings) {
    this.parts = List.copyOf(parts);
    this.warnings = List.copyOf(warnings);
  }

  /** Reads a custom query; the message of the exception names the place in it. */
  static QueryTemplate compile(String query) throws TemplateException {
    return TemplateCompiler.compile(query);
  }

  /** What a person should know about the query as such. */
  List<String> warnings() {
    return warnings;
  }

  /** Whether the query uses {@code ${__tags}}. */
  boolean hasTags() {
    return parts.stream()
        .anyMatch(part -> part instanceof TemplatePart.Selector selector && selector.hasTags());
  }

  /** Whether {@code ${__tags}} is all that chooses streams, so that one of the tags is needed. */
  boolean needsTags() {
    return parts.stream()
        .anyMatch(
            part ->
                part instanceof TemplatePart.Selector selector
                    && selector.hasTags()
                    && selector.matchers().size() == 1);
  }

  /**
   * Returns the query for some spans.
   *
   * @param tags the matchers for {@code ${__tags}}; without any it is left out
   * @param notes takes a sentence for every condition that was left out
   * @throws MissingValueException if a variable has no value and its place cannot be left out, or
   *     no matcher remains, or the result is no query; the message tells
   */
  String render(TemplateValues values, LabelChoice tags, List<String> notes)
      throws MissingValueException {
    var query = new StringBuilder();
    for (TemplatePart part : parts) {
      if (part instanceof TemplatePart.Selector selector) {
        selector(selector, values, tags, notes, query);
      } else if (part instanceof TemplatePart.Filter filter) {
        filter(filter, values, notes, query);
      } else {
        TemplatePart.write(List.of(part), values, query);
      }
    }
    String text = query.toString();
    try {
      LogqlParser.parse(text);
    } catch (LogqlSyntaxException e) {
      throw new MissingValueException(
          "with the values of the span the query cannot be used: " + e.getMessage());
    }
    return text;
  }

  private static void selector(
      TemplatePart.Selector selector,
      TemplateValues values,
      LabelChoice tags,
      List<String> notes,
      StringBuilder query)
      throws MissingValueException {
    var written = new ArrayList<LabelMatcher>();
    var missing = new ArrayList<String>();
    for (TemplatePart.Matcher matcher : selector.matchers()) {
      TemplatePart.Literal value = matcher.value();
      if (value == null) {
        if (tags.matchers().isEmpty()) {
          missing.add("${__tags} is left out of the query: no tag has a value");
        }
        written.addAll(tags.matchers());
        continue;
      }
      try {
        written.add(matcher(matcher, value.value(values)));
      } catch (MissingValueException e) {
        missing.add(e.getMessage() + "; label " + matcher.name() + " is left out of the query");
      }
    }
    if (!new StreamSelector(written, SourceRange.NONE).hasNonEmptyMatcher()) {
      throw new MissingValueException(
          missing.isEmpty() ? "no label is left to choose streams" : String.join("; ", missing));
    }
    notes.addAll(missing);
    query.append(LogqlWriter.selector(written));
    if (selector.hasTags()) {
      query.append(LabelChoice.metadataStages(tags.metadata()));
    }
  }

  private static LabelMatcher matcher(TemplatePart.Matcher matcher, String value)
      throws MissingValueException {
    try {
      return LabelMatcher.of(matcher.name(), matcher.op(), value);
    } catch (IllegalArgumentException e) {
      throw new MissingValueException(
          "the value of label " + matcher.name() + " is too long for a regular expression");
    }
  }

  private static void filter(
      TemplatePart.Filter filter, TemplateValues values, List<String> notes, StringBuilder query)
      throws MissingValueException {
    String separator = "| ";
    for (TemplatePart.Condition condition : filter.conditions()) {
      var text = new StringBuilder();
      try {
        TemplatePart.write(condition.parts(), values, text);
      } catch (MissingValueException e) {
        if (!condition.droppable()) {
          throw e;
        }
        notes.add(e.getMessage() + "; its filter is left out of the query");
        continue;
      }
      query.append(separator).append(text);
      separator = " and ";
    }
  }
}
