// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

/**
 * What the policy must know about an answer.
 *
 * @param status its status
 * @param complete whether the upstream had all to say: no warnings, no missing jobs, not partial,
 *     readable to the end
 * @param empty whether it has no data
 * @param newestDataNs of a trace, when its newest span ended, in nanoseconds since the epoch; 0
 *     when not known
 */
public record AnswerFacts(int status, boolean complete, boolean empty, long newestDataNs) {
  /** Facts about an answer that only its status is known of; never stored. */
  public static AnswerFacts ofStatus(int status) {
    return new AnswerFacts(status, false, false, 0);
  }
}
