// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Changes to a query's text, given by position in the original text. What is not named stays as it
 * was, unit for unit. Not thread-safe.
 */
final class LogqlEdits {

  private record Edit(SourceRange range, String replacement) {}

  private final String text;
  private final List<Edit> edits = new ArrayList<>();

  public LogqlEdits(String text) {
    this.text = text;
  }

  /**
   * Puts other text in the place of a part.
   *
   * @throws IllegalArgumentException if the range lies outside the text, or a part of it is changed
   *     already
   */
  public LogqlEdits replace(SourceRange range, String replacement) {
    if (range.end() > text.length()) {
      throw new IllegalArgumentException(
          "range end: " + range.end() + " (expected: <= " + text.length() + ")");
    }
    for (Edit edit : edits) {
      if (clash(edit.range, range)) {
        throw new IllegalArgumentException("range: " + range + " overlaps " + edit.range);
      }
    }
    edits.add(new Edit(range, replacement));
    return this;
  }

  /**
   * Puts text before the unit at an offset. Several insertions at one place keep their order, and
   * come before a replacement that starts there.
   */
  public LogqlEdits insert(int at, String inserted) {
    return replace(new SourceRange(at, at), inserted);
  }

  /** Removes a part. */
  public LogqlEdits remove(SourceRange range) {
    return replace(range, "");
  }

  public boolean isEmpty() {
    return edits.isEmpty();
  }

  /** Returns the changed text; the original, unchanged, if there are no edits. */
  public String apply() {
    if (edits.isEmpty()) {
      return text;
    }
    List<Edit> sorted = new ArrayList<>(edits);
    sorted.sort(
        Comparator.comparingInt((Edit e) -> e.range.start()).thenComparingInt(e -> e.range.end()));
    StringBuilder out = new StringBuilder(text.length() + 64);
    int copied = 0;
    for (Edit edit : sorted) {
      out.append(text, copied, edit.range.start()).append(edit.replacement);
      copied = edit.range.end();
    }
    return out.append(text, copied, text.length()).toString();
  }

  private static boolean clash(SourceRange a, SourceRange b) {
    return a.overlaps(b);
  }
}
