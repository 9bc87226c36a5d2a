// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.logql.LabelMatcher;
import io.spanway.logql.LabelNames;
import io.spanway.logql.MatchOp;
import io.spanway.logql.ReservedWords;
import io.spanway.logql.SourceRange;
import io.spanway.logql.StreamSelector;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Takes the matchers of Grafana's selector to the labels that Loki has. */
final class SelectorMapping {
  private static final String JOB = "job";
  private static final String JOB_PREFIX = "(.*/)?(";
  private static final String SERVICE_KEY = "service.name";
  private static final String SERVICE_LABEL = "service_name";

  private final Settings settings;
  private final @Nullable Set<String> lokiLabels;
  private final List<String> warnings = new ArrayList<>();
  private List<LabelMatcher> matchers = new ArrayList<>();
  private List<LabelMatcher> metadata = new ArrayList<>();
  private boolean changed;

  SelectorMapping(Settings settings, @Nullable Set<String> lokiLabels) {
    this.settings = settings;
    this.lokiLabels = lokiLabels;
  }

  void map(List<LabelMatcher> original) {
    for (LabelMatcher matcher : original) {
      LabelMatcher mapped = job(matcher);
      Tag tag = tag(mapped.name());
      if (tag != null) {
        mapped = renamed(mapped, tag.label());
      } else if (mapped.dotted()) {
        mapped = renamed(mapped, mapped.name().replace('.', '_'));
        warnings.add(
            "label "
                + matcher.name()
                + " cannot be written in LogQL; "
                + mapped.name()
                + " was used, since no tag says what it is in Loki");
      }
      (tag != null && tag.metadata() ? metadata : matchers).add(mapped);
    }
    matchers = collapsed(matchers);
    metadata = collapsed(metadata);
    dropUnknownDefaults();
    changed = !matchers.equals(original);
  }

  /** Whether what is left is a selector that Loki takes. */
  boolean usable() {
    for (LabelMatcher matcher : matchers) {
      if (!LabelNames.isLegal(matcher.name()) || ReservedWords.isReserved(matcher.name())) {
        return false;
      }
    }
    return isSelector(matchers);
  }

  boolean changed() {
    return changed;
  }

  List<LabelMatcher> matchers() {
    return matchers;
  }

  List<LabelMatcher> metadata() {
    return metadata;
  }

  List<String> warnings() {
    return warnings;
  }

  /** The tag whose label a name is already, else the tag whose key it is. */
  private @Nullable Tag tag(String name) {
    for (Tag tag : settings.tags()) {
      if (tag.label().equals(name)) {
        return tag;
      }
    }
    for (Tag tag : settings.tags()) {
      if (tag.isKey(name)) {
        return tag;
      }
    }
    return null;
  }

  // G5 also asks for job=~"(.*/)?(svc)", a label that logs of OpenTelemetry lack.
  private LabelMatcher job(LabelMatcher matcher) {
    String value = matcher.value();
    boolean applies =
        lokiLabels != null
            && !lokiLabels.contains(JOB)
            && matcher.name().equals(JOB)
            && matcher.op() == MatchOp.RE
            && value.startsWith(JOB_PREFIX)
            && value.endsWith(")");
    if (!applies) {
      return matcher;
    }
    String label = SERVICE_LABEL;
    for (Tag tag : settings.tags()) {
      if (tag.key().equals(SERVICE_KEY)) {
        label = tag.label();
        break;
      }
    }
    String services = value.substring(JOB_PREFIX.length(), value.length() - 1);
    return LabelMatcher.of(label, MatchOp.RE, services);
  }

  private static LabelMatcher renamed(LabelMatcher matcher, String label) {
    return matcher.name().equals(label)
        ? matcher
        : LabelMatcher.of(label, matcher.op(), matcher.value());
  }

  /** Grafana writes an attribute of resource and span twice; both at once fit no stream. */
  private static List<LabelMatcher> collapsed(List<LabelMatcher> matchers) {
    Map<String, Set<String>> equalTo = new LinkedHashMap<>();
    for (LabelMatcher matcher : matchers) {
      if (matcher.op() == MatchOp.EQ) {
        equalTo.computeIfAbsent(matcher.name(), n -> new LinkedHashSet<>()).add(matcher.value());
      }
    }
    var all = new ArrayList<LabelMatcher>();
    for (LabelMatcher matcher : matchers) {
      if (matcher.op() != MatchOp.EQ) {
        all.add(matcher);
        continue;
      }
      Set<String> values = equalTo.remove(matcher.name());
      if (values != null) {
        all.add(LabelChoice.matcher(matcher.name(), values));
      }
    }
    return all;
  }

  private void dropUnknownDefaults() {
    if (lokiLabels == null) {
      return;
    }
    var kept = new ArrayList<>(matchers);
    for (LabelMatcher matcher : matchers) {
      String name = matcher.name();
      if (!lokiLabels.contains(name) && isUnconfiguredDefault(name)) {
        kept.remove(matcher);
        if (isSelector(kept)) {
          warnings.add("label " + name + " was left out of the query: Loki does not have it");
        } else {
          kept.add(matcher);
        }
      }
    }
    if (kept.size() < matchers.size()) {
      matchers.retainAll(kept);
    }
  }

  /** One of Grafana's default labels that nobody wrote into our configuration. */
  private boolean isUnconfiguredDefault(String name) {
    boolean isDefault = ConfigCheck.DEFAULT_TAGS.stream().anyMatch(t -> t.label().equals(name));
    return isDefault && (settings.defaultTags() || tag(name) == null);
  }

  private static boolean isSelector(List<LabelMatcher> matchers) {
    return new StreamSelector(matchers, SourceRange.NONE).hasNonEmptyMatcher();
  }
}
