// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import com.google.re2j.Pattern;
import org.jspecify.annotations.Nullable;

/** What derived fields look at in one entry; decoded only as far as they ask. */
interface EntryView {
  /** The time of an entry that says none that can be read. */
  long NO_TIME = Long.MIN_VALUE;

  /** Returns group 1 of the pattern's first match in the line; null for none or an empty one. */
  @Nullable String inLine(LinePattern pattern, AnnotateListener listener);

  /** Returns the value of the first label, by name, whose name {@code name} matches, or null. */
  @Nullable String inLabels(Pattern name);

  /** Says whether the entry's stream fits. */
  boolean fits(StreamCondition condition);

  /** Returns nanoseconds since the epoch, or {@link #NO_TIME}. */
  long timestampNs();

  /** Returns the value of a label: the stream's, structured metadata or a parsed one; or null. */
  @Nullable String label(String name);
}
