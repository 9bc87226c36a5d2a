// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import com.google.re2j.Pattern;
import io.spanway.logql.LabelMatcher;
import io.spanway.logql.MatchOp;
import io.spanway.logql.StreamSelector;
import io.spanway.model.Resource;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The settings for some resources.
 *
 * @param match attributes, and what the whole value of each must match
 */
record Variant(Map<String, Pattern> match, Settings settings) {
  Variant {
    match = Map.copyOf(match);
  }

  boolean fits(Resource resource) {
    for (Map.Entry<String, Pattern> each : match.entrySet()) {
      String value = resource.attributes().labelValue(each.getKey());
      if (value == null || !each.getValue().matches(value)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Says whether a selector names every attribute, by its key or by a label that a tag gives it,
   * and with a value that matches.
   *
   * @param tags the block's tags; those of the settings count as well
   */
  boolean fits(StreamSelector selector, List<Tag> tags) {
    return match.entrySet().stream()
        .allMatch(
            each ->
                selector.matchers().stream()
                    .map(matcher -> valueOf(each.getKey(), matcher, tags))
                    .anyMatch(value -> value != null && each.getValue().matches(value)));
  }

  /** The value that a matcher asks of an attribute; null if it is about another. */
  private @Nullable String valueOf(String key, LabelMatcher matcher, List<Tag> tags) {
    if (key.equals(SelectorMapping.SERVICE_KEY)) {
      String service = SelectorMapping.serviceOfJob(matcher);
      if (service != null) {
        return service;
      }
    }
    String name = matcher.name();
    boolean named =
        new Tag(key, name, false).isKey(name)
            || Stream.concat(tags.stream(), settings.tags().stream())
                .anyMatch(tag -> tag.key().equals(key) && tag.label().equals(name));
    return named && matcher.op() == MatchOp.EQ ? matcher.value() : null;
  }
}
