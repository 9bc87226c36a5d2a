// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import io.spanway.annotate.AnnotateListener.Fallback;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A derived field ready to be looked for.
 *
 * @param key the key that is added
 * @param source where the value comes from
 * @param pattern for the line, or for labels' names
 * @param literal what a line must contain to match, escaped as JSON; empty when not known
 * @param traceId whether the value is a trace ID in whatever spelling
 * @param link null when no link can be built
 */
record CompiledField(
    String key,
    Source source,
    Pattern pattern,
    String literal,
    boolean traceId,
    @Nullable LinkTemplate link) {
  /**
   * Bound of line length times pattern size, the work of a linear-time engine: some tenths of a
   * second, in which an event loop does nothing else. Loki refuses lines over 256 KiB by default;
   * those are searched with patterns of a hundred instructions.
   */
  private static final long MAX_WORK = 1L << 25;

  enum Source {
    LINE,
    LABEL
  }

  String linkKey() {
    return key + "_link";
  }

  /** Returns the field's value in an entry, or null when it has none. */
  @Nullable String find(EntryView entry, AnnotateListener listener) {
    String found = source == Source.LINE ? inLine(entry, listener) : inLabels(entry);
    if (found == null || !traceId) {
      return found;
    }
    String id = canonical(found);
    return id.isEmpty() ? null : id;
  }

  private @Nullable String inLine(EntryView entry, AnnotateListener listener) {
    if (!literal.isEmpty() && !entry.lineMayContain(literal)) {
      return null;
    }
    if ((long) entry.lineLength() * pattern.programSize() > MAX_WORK) {
      listener.fallback(Fallback.LINE_TOO_LONG);
      return null;
    }
    Matcher matcher = pattern.matcher(entry.line());
    if (!matcher.find()) {
      return null;
    }
    String group = matcher.group(1);
    return group == null || group.isEmpty() ? null : group;
  }

  private @Nullable String inLabels(EntryView entry) {
    for (Map.Entry<String, String> label : entry.labels().asMap().entrySet()) {
      if (pattern.matcher(label.getKey()).find()) {
        return label.getValue().isEmpty() ? null : label.getValue();
      }
    }
    return null;
  }

  private static String canonical(String id) {
    String lower = id.toLowerCase(Locale.ROOT);
    return (lower.startsWith("0x") ? lower.substring(2) : lower).replace("-", "");
  }
}
