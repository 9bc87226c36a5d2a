// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.logql.LabelMatcher;
import io.spanway.logql.LogqlWriter;
import io.spanway.logql.MatchOp;
import io.spanway.model.Span;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which of the configured tags choose the streams of some spans, and how. */
final class LabelChoice {
  private static final int MAX_VALUES = 200;
  private static final int MAX_BYTES = 16 * 1024;

  private final List<LabelMatcher> matchers = new ArrayList<>();
  private final List<LabelMatcher> metadata = new ArrayList<>();
  private final List<Tag> missing = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  /** No tag at all. */
  static final LabelChoice NONE = new LabelChoice();

  private LabelChoice() {}

  /** Chooses: a tag is used if every span has it, since it would exclude the others' streams. */
  static LabelChoice of(Collection<Span> spans, List<Tag> tags) {
    var choice = new LabelChoice();
    Map<String, Set<String>> labels = new LinkedHashMap<>();
    Map<String, Set<String>> fields = new LinkedHashMap<>();
    for (Tag tag : tags) {
      Set<String> values = choice.values(spans, tag);
      if (values.isEmpty()) {
        choice.missing.add(tag);
      } else {
        // Two attributes for one label: either value may be the label's, both cannot.
        (tag.metadata() ? fields : labels)
            .computeIfAbsent(tag.label(), label -> new LinkedHashSet<>())
            .addAll(values);
      }
    }
    choice.addMatchers(labels);
    for (Map.Entry<String, Set<String>> field : fields.entrySet()) {
      if (tooLong(field.getValue())) {
        choice.warnings.add(tooMany(field.getKey(), field.getValue()));
      } else {
        choice.metadata.add(matcher(field.getKey(), field.getValue()));
      }
    }
    return choice;
  }

  /** The head of the query: selector, then filters on structured metadata; null without labels. */
  @Nullable String head() {
    if (matchers.isEmpty()) {
      return null;
    }
    return LogqlWriter.selector(matchers) + metadataStages(metadata);
  }

  /** Tags that not every span has. */
  List<Tag> missing() {
    return missing;
  }

  List<String> warnings() {
    return warnings;
  }

  List<LabelMatcher> matchers() {
    return matchers;
  }

  List<LabelMatcher> metadata() {
    return metadata;
  }

  /** {@code | pod="a" | host="b"}, each with a space in front. */
  static String metadataStages(List<LabelMatcher> matchers) {
    var stages = new StringBuilder();
    for (LabelMatcher matcher : matchers) {
      stages
          .append(" | ")
          .append(LogqlWriter.matcher(matcher.name(), matcher.op(), matcher.value()));
    }
    return stages.toString();
  }

  /** {@code =} for one value, {@code =~} of escaped alternatives for more. */
  static LabelMatcher matcher(String label, Collection<String> values) {
    if (values.size() == 1) {
      return LabelMatcher.of(label, MatchOp.EQ, values.iterator().next());
    }
    var quoted = new ArrayList<String>(values.size());
    for (String value : values) {
      quoted.add(LogqlWriter.regexQuote(value));
    }
    return LabelMatcher.of(label, MatchOp.RE, String.join("|", quoted));
  }

  private void addMatchers(Map<String, Set<String>> labels) {
    int left = labels.size();
    for (Map.Entry<String, Set<String>> label : labels.entrySet()) {
      if (left > 1 && tooLong(label.getValue())) {
        left--;
        warnings.add(tooMany(label.getKey(), label.getValue()));
      } else {
        matchers.add(matcher(label.getKey(), label.getValue()));
      }
    }
  }

  /** The distinct values of a tag; empty if a span lacks it. */
  private Set<String> values(Collection<Span> spans, Tag tag) {
    var values = new LinkedHashSet<String>();
    for (Span span : spans) {
      String value = span.labelValue(tag.key());
      if (value == null) {
        return Set.of();
      }
      if (!isUnicode(value)) {
        warnings.add("tag " + tag.key() + " is left out: its value is not valid Unicode");
        return Set.of();
      }
      values.add(value);
    }
    return values;
  }

  private static boolean isUnicode(String value) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(value);
  }

  private static boolean tooLong(Set<String> values) {
    if (values.size() <= 1 || values.size() > MAX_VALUES) {
      return values.size() > 1;
    }
    long bytes = values.size() - 1L;
    for (String value : values) {
      bytes += LogqlWriter.regexQuote(value).getBytes(StandardCharsets.UTF_8).length;
    }
    return bytes > MAX_BYTES;
  }

  private static String tooMany(String label, Set<String> values) {
    return "label " + label + " is left out of the query: it has " + values.size() + " values";
  }
}
