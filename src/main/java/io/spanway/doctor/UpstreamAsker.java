// SPDX-License-Identifier: Apache-2.0
package io.spanway.doctor;

import io.spanway.route.BackendKind;
import org.jspecify.annotations.Nullable;

/** Asks upstreams in the way in which the gateway asks them. */
public interface UpstreamAsker {
  /**
   * An answer, or why there is none.
   *
   * @param status its status; 0 when there is none
   * @param body its body; empty when it did not come whole
   * @param date its {@code Date}, null without one
   * @param problem why there is no answer, empty when there is one
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Reply(int status, byte[] body, @Nullable String date, String problem) {}

  /**
   * Asks with GET, and waits for the answer.
   *
   * @param target path and query
   * @throws InterruptedException when the thread is interrupted while it waits
   */
  Reply ask(BackendKind upstream, String target, String accept) throws InterruptedException;

  /** Returns in whose name an upstream is asked, null for nobody's. */
  @Nullable String tenant(BackendKind upstream);
}
