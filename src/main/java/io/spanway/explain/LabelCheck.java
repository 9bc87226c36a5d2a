// SPDX-License-Identifier: Apache-2.0
package io.spanway.explain;

import io.spanway.correlate.NearestName;
import io.spanway.correlate.SpanLogs;
import io.spanway.correlate.TagUse;
import io.spanway.logql.LabelMatcher;
import io.spanway.logql.LogPipeline;
import io.spanway.logql.LogqlParser;
import io.spanway.logql.LogqlSyntaxException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether Loki has a label.
 *
 * @param label its name
 * @param used whether the query looks for it
 * @param exists whether Loki has it; null when nobody knows
 * @param nearest the nearest that Loki does have, where it lacks this one; null for none
 */
public record LabelCheck(
    String label, boolean used, @Nullable Boolean exists, @Nullable String nearest) {
  /**
   * Checks the labels of the queries, then the others that the tags name.
   *
   * @param asked the queries, null when there are none
   * @param known the labels that Loki has, null when they are not known
   */
  public static List<LabelCheck> of(
      @Nullable SpanLogs asked, List<TagUse> tags, @Nullable Set<String> known) {
    Set<String> used = new LinkedHashSet<>();
    if (asked != null) {
      asked.queries().forEach(query -> query.texts().forEach(text -> addLabels(text, used)));
    }
    Set<String> all = new LinkedHashSet<>(used);
    for (TagUse tag : tags) {
      if (!tag.structuredMetadata()) {
        all.add(tag.label());
      }
    }
    List<LabelCheck> checks = new ArrayList<>();
    for (String label : all) {
      boolean isUsed = used.contains(label);
      if (known == null) {
        checks.add(new LabelCheck(label, isUsed, null, null));
      } else if (known.contains(label)) {
        checks.add(new LabelCheck(label, isUsed, true, null));
      } else {
        checks.add(new LabelCheck(label, isUsed, false, NearestName.of(label, known)));
      }
    }
    return checks;
  }

  private static void addLabels(String query, Set<String> to) {
    for (LabelMatcher matcher : matchers(query)) {
      to.add(matcher.name());
    }
  }

  /** Returns the matchers of a query's selectors; none of one that cannot be parsed. */
  static List<LabelMatcher> matchers(String query) {
    List<LabelMatcher> all = new ArrayList<>();
    try {
      for (LogPipeline pipeline : LogqlParser.parse(query).pipelines()) {
        all.addAll(pipeline.selector().matchers());
      }
    } catch (LogqlSyntaxException e) {
      return List.of();
    }
    return all;
  }
}
