// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.http.QueryParameters;
import org.jspecify.annotations.Nullable;

/** The one stretch of time that is missing in what is held, and how to fill it. */
public final class WindowGap {
  private final HeldLogs logs;
  private final WindowQuestion question;

  WindowGap(HeldLogs logs, WindowQuestion question) {
    this.logs = logs;
    this.question = question;
  }

  /** Returns what is to be asked. */
  public WindowQuestion question() {
    return question;
  }

  /** Returns {@code parameters} changed to ask for it. */
  public QueryParameters in(QueryParameters parameters) {
    return question.in(parameters);
  }

  /**
   * Writes the whole answer. Takes some milliseconds for a thousand entries.
   *
   * @param fetched the decoded body of the answer with status 200 about what is missing, lent
   * @return null when it is none that can be joined: it has warnings, or another shape
   */
  public @Nullable CachedResponse join(byte[] fetched) {
    return logs.write(question, fetched);
  }
}
