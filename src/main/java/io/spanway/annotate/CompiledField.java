// SPDX-License-Identifier: Apache-2.0
package io.spanway.annotate;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A derived field ready to be looked for.
 *
 * @param key the key that is added
 * @param linkKey the key of the link
 * @param when which streams it is for, null for all
 * @param matchers what is tried, in order
 * @param link null when no link can be built
 * @param verify whether a link is only wanted to what is there
 */
record CompiledField(
    FieldKey key,
    FieldKey linkKey,
    @Nullable StreamCondition when,
    List<CompiledMatcher> matchers,
    @Nullable LinkTemplate link,
    boolean verify) {
  CompiledField {
    matchers = List.copyOf(matchers);
  }

  CompiledField withLink(@Nullable LinkTemplate other) {
    return new CompiledField(key, linkKey, when, matchers, other, verify);
  }

  /**
   * Returns the {@linkplain LiteralSet#bit bits} of texts of which a line that has the field has
   * one; 0 when none are known.
   */
  long literals() {
    long bits = 0;
    for (CompiledMatcher matcher : matchers) {
      LinePattern line = matcher.line();
      if (line == null || line.literals().length == 0) {
        return 0;
      }
      for (int literal : line.literals()) {
        bits |= LiteralSet.bit(literal);
      }
    }
    return bits;
  }

  /** Puts the field's value in an entry into {@code value}; says whether it has one. */
  boolean find(EntryView entry, FieldValue value, AnnotateListener listener) {
    if (when != null && !entry.fits(when)) {
      return false;
    }
    for (CompiledMatcher matcher : matchers) {
      if (matcher.find(entry, value, listener)) {
        return true;
      }
    }
    return false;
  }

  /** Returns a value that an entry has already, and what the field's formats bring it to. */
  Set<String> meanings(String there) {
    var all = new LinkedHashSet<String>();
    all.add(there);
    for (CompiledMatcher matcher : matchers) {
      String meant = matcher.format().read(there);
      if (meant != null) {
        all.add(meant);
      }
    }
    return all;
  }

  /** Returns the link for {@code value}; null when there is none. */
  @Nullable String link(String value, EntryView entry) {
    return link == null ? null : link.link(value, entry);
  }
}
