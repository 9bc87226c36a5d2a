// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import io.spanway.streams.Labels;
import org.jspecify.annotations.Nullable;

/** What derived fields look at in one entry; decoded only as far as they ask. */
interface EntryView {
  /**
   * Says whether the line may contain a literal; false only when it does not.
   *
   * @param escaped the literal as it stands in JSON, see {@link JsonStrings#escape}
   */
  boolean lineMayContain(String escaped);

  /** Returns the length of the line, in bytes or characters: a measure of the work to search it. */
  int lineLength();

  String line();

  /** Returns the value of one of {@link #labels}, or null; without putting them all together. */
  @Nullable String label(String name);

  /** Returns stream labels, structured metadata and parsed labels together. */
  Labels labels();
}
