// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

/** What a request gets that joined another's fetch. */
public sealed interface FollowResult {
  /**
   * The answer, whatever its status.
   *
   * @param response the answer
   */
  record Answered(CachedResponse response) implements FollowResult {}

  /**
   * The fetch failed; the request fails in the same way and does not try again by itself.
   *
   * @param error what the leader met
   */
  record Failed(Throwable error) implements FollowResult {}

  /**
   * There will be no answer to share: the request goes to the upstream by itself, past the cache.
   *
   * @param reason why
   */
  record FetchYourself(BypassReason reason) implements FollowResult {}
}
