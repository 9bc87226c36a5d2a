// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

/** The brackets from the root of an answer to the labels of an entry. */
enum ScanLevel {
  ROOT,
  TOP,
  DATA,
  FLAGS,
  RESULT,
  ELEMENT,
  STREAM,
  VALUES,
  ENTRY,
  /** An entry of the legacy shape, which is an object. */
  LEGACY_ENTRY,
  CATEGORIES,
  METADATA,
  PARSED;

  boolean isArray() {
    return this == FLAGS || this == RESULT || this == VALUES || this == ENTRY;
  }

  /** Whether this level's keys decide what follows. */
  boolean namesMatter() {
    return this == TOP
        || this == DATA
        || this == ELEMENT
        || this == LEGACY_ENTRY
        || this == CATEGORIES;
  }
}
