// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import com.google.re2j.Pattern;
import org.jspecify.annotations.Nullable;

/** What derived fields look at in one entry; decoded only as far as they ask. */
interface EntryView {
  /** The time of an entry that says none that can be read. */
  long NO_TIME = Long.MIN_VALUE;

  /** Says whether the line may have one of some texts, given by their bits; 0 for any line. */
  boolean mayHave(long literals);

  /** Finds group 1 of the pattern's first match in the line; false for none or an empty one. */
  boolean inLine(LinePattern pattern, FieldValue value, AnnotateListener listener);

  /** Finds the value of the first label, by name, whose name {@code name} matches. */
  boolean inLabels(Pattern name, FieldValue value);

  /** Says whether the entry's stream fits. */
  boolean fits(StreamCondition condition);

  /** Returns nanoseconds since the epoch, or {@link #NO_TIME}. */
  long timestampNs();

  /** Returns the value of a label: the stream's, structured metadata or a parsed one; or null. */
  @Nullable String label(String name);

  /** Returns what {@link #label(String)} returns for a key's name. */
  @Nullable String label(FieldKey key);
}
