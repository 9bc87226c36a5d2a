// SPDX-License-Identifier: Apache-2.0
package io.spanway.admin;

import java.util.function.Consumer;

/** Examines the configuration in force. */
@FunctionalInterface
public interface DoctorPage {
  /**
   * Begins an examination, which takes seconds.
   *
   * @param json whether the page is JSON, not text
   * @param then gets the page, on any thread
   * @return false when another one is under way; {@code then} is not called then
   */
  boolean examine(boolean json, Consumer<String> then);
}
