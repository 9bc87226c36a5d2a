// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.concurrent.EventExecutor;
import io.spanway.body.BodySource;
import org.jspecify.annotations.Nullable;

/** What a request gets that joined another's fetch. */
public sealed interface FollowResult {
  /**
   * The answer has begun and can be read while it comes, at the reader's own speed. An answer that
   * outgrows the largest entry waits for its slowest reader, but not for long: one that is cut sees
   * its body fail, as all do when the fetch fails.
   *
   * @param status the answer's status
   * @param headers what others may have of its headers; shared, not to be changed
   * @param opening opens the body
   */
  record Coming(int status, HttpHeaders headers, Opening opening) implements FollowResult {
    /** Opens a body. */
    @FunctionalInterface
    public interface Opening {
      /**
       * Returns the body as it comes, for {@code loop}, to be started or cancelled; null when it is
       * too late: what there will be then is what {@link Lookup.Follow#result} says.
       */
      @Nullable BodySource open(EventExecutor loop);
    }
  }

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
