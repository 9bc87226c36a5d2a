// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.logql.LogqlParser;
import io.spanway.logql.LogqlSyntaxException;
import io.spanway.logql.PipelineStage;
import java.util.List;
import java.util.function.Predicate;

/** What later stages do to the lines and fields that a span filter looks at. */
final class Stages {
  private static final String ANY_SELECTOR = "{a=\"b\"} ";

  private Stages() {}

  /** Whether, behind {@code stages}, entries may no longer show which span they belong to. */
  static boolean hide(String stages, SpanFilter filter) {
    try {
      return hide(LogqlParser.parse(ANY_SELECTOR + stages).pipelines().get(0).stages(), filter);
    } catch (LogqlSyntaxException e) {
      return true;
    }
  }

  // Parsers hide nothing: a parsed label does not take the place of structured metadata.
  static boolean hide(List<PipelineStage> stages, SpanFilter filter) {
    return change(stages, filter::looksAt);
  }

  /** Whether lines or any of the named fields are others behind {@code stages}. */
  static boolean change(List<PipelineStage> stages, Predicate<String> field) {
    for (PipelineStage stage : stages) {
      if (stage instanceof PipelineStage.LineFormat
          || stage instanceof PipelineStage.LabelFormat
          || stage instanceof PipelineStage.Decolorize
          || stage instanceof PipelineStage.UnpackStage
          || stage instanceof PipelineStage.Keep) {
        return true;
      }
      if (stage instanceof PipelineStage.Drop drop
          && drop.labels().stream().anyMatch(label -> field.test(label.name()))) {
        return true;
      }
    }
    return false;
  }
}
