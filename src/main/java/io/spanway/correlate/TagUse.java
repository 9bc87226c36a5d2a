// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import java.util.List;

/**
 * A configured tag, and what some spans have of it.
 *
 * @param key the attribute
 * @param label the label or field of log entries
 * @param structuredMetadata whether {@code label} is in structured metadata, not a stream label
 * @param spans how many of the spans have it
 * @param values its first values, distinct, at most {@value #MAX_VALUES}
 */
public record TagUse(
    String key, String label, boolean structuredMetadata, int spans, List<String> values) {
  static final int MAX_VALUES = 5;

  /** Copies the list. */
  public TagUse {
    values = List.copyOf(values);
  }
}
