// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import com.google.re2j.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One way to find a field's value.
 *
 * @param line the pattern for the line, null where labels are looked at
 * @param label the pattern for labels' names, null where the line is looked at
 * @param format what the value must be
 * @param when which streams it is for, null for all
 */
record CompiledMatcher(
    @Nullable LinePattern line,
    @Nullable Pattern label,
    IdFormat format,
    @Nullable StreamCondition when) {
  @Nullable String find(EntryView entry, AnnotateListener listener) {
    if (when != null && !entry.fits(when)) {
      return null;
    }
    String found = null;
    if (line != null) {
      found = entry.inLine(line, listener);
    } else if (label != null) {
      found = entry.inLabels(label);
    }
    return found == null || found.isEmpty() ? null : format.read(found);
  }
}
