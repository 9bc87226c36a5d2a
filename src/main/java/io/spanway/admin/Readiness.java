// SPDX-License-Identifier: Apache-2.0
package io.spanway.admin;

import java.util.List;

/**
 * Whether Spanway can do its work, as last looked at.
 *
 * @param ready whether requests should be sent here
 * @param lines one line for each upstream and each thing that a person should know
 */
public record Readiness(boolean ready, List<String> lines) {
  /** Copies the lines. */
  public Readiness {
    lines = List.copyOf(lines);
  }
}
