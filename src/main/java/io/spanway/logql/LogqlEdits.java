// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Changes to a query's text, given by position in the original text. What is not named stays as it
 * was, unit for unit. Not thread-safe.
 */
public final class LogqlEdits {

  private record Edit(SourceRange range, String replacement, boolean cut) {}

  private final String text;
  private final List<Edit> edits = new ArrayList<>();

  /** Creates edits of a text, none yet. */
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
    return add(new Edit(range, replacement, false));
  }

  /**
   * Puts text before the unit at an offset. Several insertions at one place keep their order, and
   * come before a replacement that starts there.
   */
  public LogqlEdits insert(int at, String inserted) {
    return replace(new SourceRange(at, at), inserted);
  }

  /**
   * Ends a piece of {@link #pieces()} at an offset; behind what was inserted there before, in front
   * of what is inserted there later.
   */
  public LogqlEdits cut(int at) {
    return add(new Edit(new SourceRange(at, at), "", true));
  }

  /** Removes a part. */
  public LogqlEdits remove(SourceRange range) {
    return replace(range, "");
  }

  /** Returns the changed text; the original, unchanged, if there are no edits. */
  public String apply() {
    return edits.isEmpty() ? text : String.join("", pieces());
  }

  /** Returns the changed text in pieces, one more than there are cuts. */
  public List<String> pieces() {
    List<Edit> sorted = new ArrayList<>(edits);
    sorted.sort(
        Comparator.comparingInt((Edit e) -> e.range.start()).thenComparingInt(e -> e.range.end()));
    List<String> pieces = new ArrayList<>();
    StringBuilder piece = new StringBuilder(text.length() + 64);
    int copied = 0;
    for (Edit edit : sorted) {
      piece.append(text, copied, edit.range.start()).append(edit.replacement);
      copied = edit.range.end();
      if (edit.cut) {
        pieces.add(piece.toString());
        piece.setLength(0);
      }
    }
    pieces.add(piece.append(text, copied, text.length()).toString());
    return pieces;
  }

  private LogqlEdits add(Edit added) {
    SourceRange range = added.range;
    if (range.end() > text.length()) {
      throw new IllegalArgumentException(
          "range end: " + range.end() + " (expected: <= " + text.length() + ")");
    }
    for (Edit edit : edits) {
      if (edit.range.overlaps(range)) {
        throw new IllegalArgumentException("range: " + range + " overlaps " + edit.range);
      }
    }
    edits.add(added);
    return this;
  }
}
