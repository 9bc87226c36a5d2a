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
  /** Puts the value in an entry into {@code value}; says whether there is one. */
  boolean find(EntryView entry, FieldValue value, AnnotateListener listener) {
    if (when != null && !entry.fits(when)) {
      return false;
    }
    boolean found = false;
    if (line != null) {
      found = entry.inLine(line, value, listener);
    } else if (label != null) {
      found = entry.inLabels(label, value);
    }
    return found && !value.isEmpty() && value.read(format);
  }
}
