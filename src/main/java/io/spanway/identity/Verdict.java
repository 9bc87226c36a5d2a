// SPDX-License-Identifier: Apache-2.0
package io.spanway.identity;

/** Whether a request is let in. */
public sealed interface Verdict {
  /**
   * It is.
   *
   * @param caller who proved who they are
   */
  record Admitted(Caller caller) implements Verdict {}

  /**
   * It is not.
   *
   * @param why why not
   * @param retryAfterSeconds when another attempt may be looked at; 0 for at any time
   */
  record Refused(Refusal why, long retryAfterSeconds) implements Verdict {}
}
