// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

/**
 * A part of a query's text.
 *
 * @param start offset of the first UTF-16 unit
 * @param end offset behind the last UTF-16 unit
 */
public record SourceRange(int start, int end) {

  /** What a part that was not read from a text has for a position. */
  public static final SourceRange NONE = new SourceRange(0, 0);

  public SourceRange {
    if (start < 0 || end < start) {
      throw new IllegalArgumentException(
          "range: " + start + ".." + end + " (expected: 0 <= start <= end)");
    }
  }

  /** Returns this part of the text that it was read from. */
  public String in(String text) {
    return text.substring(start, end);
  }

  /** Returns whether the two ranges share a unit. */
  public boolean overlaps(SourceRange other) {
    return start < other.end && other.start < end;
  }
}
