// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import io.spanway.annotate.AnnotateListener.Fallback;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A pattern that is looked for in lines: its text, and what is known of where it can match. */
final class LinePattern {
  /**
   * Bound of line length times pattern size, the work of a linear-time engine: some tenths of a
   * second, in which an event loop does nothing else. Loki refuses lines over 256 KiB by default;
   * those are searched with patterns of a hundred instructions.
   */
  private static final long MAX_WORK = 1L << 25;

  private final Pattern pattern;
  private final int[] literals;
  private final @Nullable LiteralRun run;
  private final boolean beginsWithLiteral;

  LinePattern(Pattern pattern, LiteralSet.Builder set) {
    this.pattern = pattern;
    this.run = LiteralRun.of(pattern.pattern());
    String prefix = run == null ? RegexText.literalPrefix(pattern.pattern()) : run.prefix();
    List<String> required = RequiredLiterals.of(pattern.pattern());
    this.beginsWithLiteral =
        run != null || (!pattern.pattern().startsWith("^") && required.equals(List.of(prefix)));
    List<String> wanted = run == null ? required : List.of(prefix);
    this.literals = wanted.stream().mapToInt(set::add).toArray();
  }

  Pattern pattern() {
    return pattern;
  }

  /** Says whether values may have dashes; true when that is not known. */
  boolean yieldsDashes() {
    return run == null || run.has('-');
  }

  /** The kind of pattern that needs no engine, or null. */
  @Nullable LiteralRun run() {
    return run;
  }

  /** Numbers of texts of which a line that matches has at least one; empty when none are known. */
  int[] literals() {
    return literals;
  }

  /** Whether a match can only begin where the one literal stands. */
  boolean beginsWithLiteral() {
    return beginsWithLiteral;
  }

  /** Says whether a line is too long to be searched, which the listener then hears. */
  boolean isTooLong(int length, AnnotateListener listener) {
    if ((long) length * pattern.programSize() > MAX_WORK) {
      listener.fallback(Fallback.LINE_TOO_LONG);
      return true;
    }
    return false;
  }

  /** Finds group 1 of the first match; false when there is none or it is empty. */
  boolean find(String line, FieldValue value) {
    Matcher matcher = pattern.matcher(line);
    if (!matcher.find()) {
      return false;
    }
    String group = matcher.group(1);
    if (group == null || group.isEmpty()) {
      return false;
    }
    value.set(group);
    return true;
  }
}
