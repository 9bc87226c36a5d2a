// SPDX-License-Identifier: Apache-2.0
package io.spanway.logql;

import java.util.List;

/**
 * The braces that choose log streams by index labels.
 *
 * @param matchers in text order, all of which must fit; the same name may come more than once
 * @param range braces included
 */
public record StreamSelector(List<LabelMatcher> matchers, SourceRange range) {

  public StreamSelector {
    matchers = List.copyOf(matchers);
  }

  /**
   * Returns whether Loki accepts the selector for reading logs: at least one matcher must not fit
   * the empty string. {@code {}} and {@code {app=~".*"}} do not.
   */
  public boolean hasNonEmptyMatcher() {
    for (LabelMatcher matcher : matchers) {
      if (!matcher.matches("")) {
        return true;
      }
    }
    return false;
  }
}
