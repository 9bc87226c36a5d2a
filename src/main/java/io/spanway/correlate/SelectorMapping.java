// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import io.spanway.logql.LabelMatcher;
import io.spanway.logql.LabelNames;
import io.spanway.logql.LogqlEdits;
import io.spanway.logql.LogqlWriter;
import io.spanway.logql.MatchOp;
import io.spanway.logql.ReservedWords;
import io.spanway.logql.SourceRange;
import io.spanway.logql.StreamSelector;
import java.util.ArrayList;
import java.util.HashSet;
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
  static final String SERVICE_KEY = "service.name";
  private static final String SERVICE_LABEL = "service_name";

  private final Settings settings;
  private final @Nullable Set<String> lokiLabels;
  private final List<LabelMatcher> original;
  private final List<String> warnings = new ArrayList<>();

  /** What became of the original matchers, one by one; null for what is left out. */
  private final @Nullable LabelMatcher[] mapped;

  private List<LabelMatcher> metadata = new ArrayList<>();

  SelectorMapping(
      Settings settings, @Nullable Set<String> lokiLabels, List<LabelMatcher> original) {
    this.settings = settings;
    this.lokiLabels = lokiLabels;
    this.original = original;
    this.mapped = new LabelMatcher[original.size()];
  }

  /** Maps as the tags say. */
  SelectorMapping map() {
    for (int i = 0; i < mapped.length; i++) {
      map(i);
    }
    metadata = collapsed(metadata);
    collapse();
    dropUnknownDefaults();
    return this;
  }

  /** Maps only those that Loki does not have, of a selector that is not about a span. */
  SelectorMapping mapUnknown() {
    for (int i = 0; i < mapped.length; i++) {
      if (lokiLabels == null || lokiLabels.contains(original.get(i).name())) {
        mapped[i] = original.get(i);
      } else {
        map(i);
      }
    }
    metadata = List.of();
    collapse();
    return this;
  }

  private void map(int i) {
    LabelMatcher matcher = job(original.get(i));
    Tag tag = tag(matcher.name());
    if (tag != null) {
      matcher = renamed(matcher, tag.label());
    } else if (matcher.dotted()) {
      matcher = renamed(matcher, matcher.name().replace('.', '_'));
      warnings.add(
          "label "
              + original.get(i).name()
              + " cannot be written in LogQL; "
              + matcher.name()
              + " was used, since no tag says what it is in Loki");
    }
    if (tag != null && tag.metadata()) {
      metadata.add(matcher);
    } else {
      mapped[i] = matcher;
    }
  }

  /** Whether what is left is a selector that Loki takes. */
  boolean usable() {
    List<LabelMatcher> matchers = matchers();
    for (LabelMatcher matcher : matchers) {
      if (!LabelNames.isLegal(matcher.name()) || ReservedWords.isReserved(matcher.name())) {
        return false;
      }
    }
    return isSelector(matchers);
  }

  /** What is left, in order. */
  List<LabelMatcher> matchers() {
    var matchers = new ArrayList<LabelMatcher>();
    for (LabelMatcher matcher : mapped) {
      if (matcher != null) {
        matchers.add(matcher);
      }
    }
    return matchers;
  }

  /** The service that the selector is for; null when it does not say. */
  @Nullable String service() {
    String label = serviceLabel();
    for (LabelMatcher matcher : matchers()) {
      if (matcher.name().equals(label)) {
        return matcher.value();
      }
    }
    return null;
  }

  /** Changes the selector in its text, and of that no more than has to be. */
  void edit(LogqlEdits edits) {
    boolean kept = false;
    for (int i = 0; i < mapped.length; i++) {
      LabelMatcher from = original.get(i);
      LabelMatcher to = mapped[i];
      if (to == null) {
        // The comma goes too: the one before, or, as long as nothing stays, the one behind.
        int start = kept ? original.get(i - 1).range().end() : from.range().start();
        int end = kept ? from.range().end() : original.get(i + 1).range().start();
        edits.remove(new SourceRange(start, end));
        continue;
      }
      kept = true;
      if (from.op() == to.op() && from.value().equals(to.value())) {
        if (!from.name().equals(to.name())) {
          edits.replace(from.nameRange(), to.name());
        }
      } else {
        edits.replace(from.range(), LogqlWriter.matcher(to.name(), to.op(), to.value()));
      }
    }
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
    String services = serviceOfJob(matcher);
    return services == null || lokiLabels == null || lokiLabels.contains(JOB)
        ? matcher
        : LabelMatcher.of(serviceLabel(), MatchOp.RE, services);
  }

  /** Returns the service in G5's matcher for {@code job}; null for any other matcher. */
  static @Nullable String serviceOfJob(LabelMatcher matcher) {
    String value = matcher.value();
    return matcher.name().equals(JOB)
            && matcher.op() == MatchOp.RE
            && value.startsWith(JOB_PREFIX)
            && value.endsWith(")")
        ? value.substring(JOB_PREFIX.length(), value.length() - 1)
        : null;
  }

  private String serviceLabel() {
    for (Tag tag : settings.tags()) {
      if (tag.key().equals(SERVICE_KEY)) {
        return tag.label();
      }
    }
    return SERVICE_LABEL;
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

  private void collapse() {
    var left = collapsed(matchers());
    int next = 0;
    var seen = new HashSet<String>();
    for (int i = 0; i < mapped.length; i++) {
      LabelMatcher matcher = mapped[i];
      if (matcher == null) {
        continue;
      }
      if (matcher.op() == MatchOp.EQ && !seen.add(matcher.name())) {
        mapped[i] = null;
      } else {
        mapped[i] = left.get(next++);
      }
    }
  }

  private void dropUnknownDefaults() {
    if (lokiLabels == null) {
      return;
    }
    for (int i = 0; i < mapped.length; i++) {
      LabelMatcher matcher = mapped[i];
      if (matcher == null || lokiLabels.contains(matcher.name())) {
        continue;
      }
      String name = matcher.name();
      if (isUnconfiguredDefault(name)) {
        mapped[i] = null;
        if (isSelector(matchers())) {
          warnings.add("label " + name + " was left out of the query: Loki does not have it");
        } else {
          mapped[i] = matcher;
        }
      }
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
