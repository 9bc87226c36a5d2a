// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

import java.util.List;

/**
 * A configuration that can be used.
 *
 * @param config what it says
 * @param notes warnings and remarks, in the order of the file
 */
public record LoadedConfig(GatewayConfig config, List<ConfigProblem> notes) {
  /** Copies the notes. */
  public LoadedConfig {
    notes = List.copyOf(notes);
  }
}
