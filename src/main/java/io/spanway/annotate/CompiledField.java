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
    String key,
    String linkKey,
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

  /** Returns the field's value in an entry, or null when it has none. */
  @Nullable String find(EntryView entry, AnnotateListener listener) {
    if (when != null && !entry.fits(when)) {
      return null;
    }
    for (CompiledMatcher matcher : matchers) {
      String value = matcher.find(entry, listener);
      if (value != null) {
        return value;
      }
    }
    return null;
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
