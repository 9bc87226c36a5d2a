// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

/** Where the members of the entry just closed are. */
final class EntryBounds {
  /** The time between its quotes. */
  long timeStart;

  long timeEnd;

  /** The line between its quotes. */
  long lineStart;

  long lineEnd;

  /** Whether the line has escapes that others write differently or not at all. */
  boolean lineHasOptionalEscapes;

  /** The third member's brace, or -1; and whether the object is empty. */
  long categories;

  boolean categoriesEmpty;

  /** The braces of {@code structuredMetadata}, or -1; and whether the object is empty. */
  long metadata;

  long metadataClose;
  boolean metadataEmpty;

  /** The braces of {@code parsed}, or -1. */
  long parsed;

  long parsedClose;

  /** Whether no name and no value beside the line has an escape, and no spaces are between them. */
  boolean isPlain;

  /** Takes over where the third member's parts are in another entry, {@code by} bytes on. */
  void takeCategories(EntryBounds other, long by) {
    categories = moved(other.categories, by);
    categoriesEmpty = other.categoriesEmpty;
    metadata = moved(other.metadata, by);
    metadataClose = other.metadataClose + by;
    metadataEmpty = other.metadataEmpty;
    parsed = moved(other.parsed, by);
    parsedClose = other.parsedClose + by;
    isPlain = other.isPlain;
  }

  private static long moved(long position, long by) {
    return position < 0 ? position : position + by;
  }

  void reset() {
    isPlain = false;
    categories = -1;
    metadata = -1;
    parsed = -1;
    lineStart = -1;
    timeStart = -1;
  }
}
