// SPDX-License-Identifier: Apache-2.0
package io.spanway.config;

/** Where a configuration comes from, any number of times. */
@FunctionalInterface
public interface ConfigSource {
  /**
   * Reads it as it is now.
   *
   * @throws ConfigException if it cannot be used, with all its problems
   */
  LoadedConfig load() throws ConfigException;
}
