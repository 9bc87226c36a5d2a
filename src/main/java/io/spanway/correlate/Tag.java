// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

/**
 * One tag, checked.
 *
 * @param key the attribute
 * @param label the label or field of log entries
 * @param metadata whether {@code label} is in structured metadata, not a stream label
 */
record Tag(String key, String label, boolean metadata) {
  /** Whether {@code name} is this key as Grafana may have written it. */
  boolean isKey(String name) {
    return name.equals(key) || name.equals(key.replace('.', '_'));
  }
}
