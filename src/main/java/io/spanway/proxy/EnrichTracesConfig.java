// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.units.DataSize;
import java.util.List;

/**
 * The configuration's block {@code enrichTraces}: attributes that traces lack for Grafana to show
 * its link to the logs.
 *
 * @param enabled whether traces are changed; no by default
 * @param tags the keys of the tags that Grafana's data source has; empty, as by default, for those
 *     of {@code tracesToLogsV2}
 * @param maxBuffered the largest trace that is changed, 64 KiB to 128 MiB; larger ones pass as they
 *     are. Default 16 MiB
 */
public record EnrichTracesConfig(boolean enabled, List<String> tags, DataSize maxBuffered) {
  private static final DataSize LEAST = DataSize.kib(64);
  private static final DataSize GREATEST = DataSize.mib(128);

  /** What holds when the file says nothing. */
  public static final EnrichTracesConfig DEFAULT =
      new EnrichTracesConfig(false, List.of(), DataSize.mib(16));

  /**
   * Checks the range and copies the list.
   *
   * @throws IllegalArgumentException if a value is outside its range
   */
  public EnrichTracesConfig {
    if (tags.stream().anyMatch(key -> key == null || key.isBlank())) {
      throw new IllegalArgumentException("tags: was an empty item (expected: keys of attributes)");
    }
    tags = List.copyOf(tags);
    if (maxBuffered.compareTo(LEAST) < 0 || maxBuffered.compareTo(GREATEST) > 0) {
      throw new IllegalArgumentException(
          "maxBuffered: was " + maxBuffered + " (expected: " + LEAST + " to " + GREATEST + ")");
    }
  }
}
