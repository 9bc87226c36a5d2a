// SPDX-License-Identifier: Apache-2.0
package io.spanway.admin;

import java.util.function.Consumer;

/** Takes up another configuration. */
public interface ReloadPage {
  /**
   * What came of reading the file.
   *
   * @param good whether what it says is in force now
   * @param text for people, lines that end with a newline
   */
  record Outcome(boolean good, String text) {}

  /** Returns what came of the last time, as JSON. */
  String last();

  /**
   * Reads the file again, and takes up what changed.
   *
   * @param then gets the outcome, on any thread
   * @return false when this Spanway has no file; {@code then} is not called then
   */
  boolean reload(Consumer<Outcome> then);
}
