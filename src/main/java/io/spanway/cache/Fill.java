// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A fetch that one request makes for itself and for those that join it. The leader tees the decoded
 * body in and ends with exactly one of {@link #finish}, {@link #fail} and {@link #abandon}; an
 * ending after the first does nothing. Called by the leader's event loop only, apart from {@link
 * #followers}.
 */
public interface Fill {
  /** Says how long an answer may be used; called once, by {@link #finish}, on its thread. */
  @FunctionalInterface
  interface Freshness {
    /** Returns the time, zero not to store it. Lends {@code body}. */
    Duration ttl(byte[] body);
  }

  /**
   * Tells how long the decoded body will be, if that is known: one that is too large is then given
   * up before it has come.
   */
  void expect(long length);

  /** Adds a part of the decoded body. Lends {@code part}: its indices stay as they are. */
  void append(ByteBuf part);

  /** Says whether the body is still collected; false once it is too large or the fill has ended. */
  boolean isCollecting();

  /** Returns how many requests wait for this. */
  int followers();

  /**
   * Ends with a whole answer: those who wait get it, and it is stored when {@code freshness} says
   * so, its headers allow it and no purge has come between.
   *
   * @param headers the upstream's headers, lent
   * @return the answer; null when it was too large to be collected or the fill had ended
   */
  @Nullable CachedResponse finish(int status, HttpHeaders headers, Freshness freshness);

  /** Ends with an error that all who wait get, once; nothing remembers it. */
  void fail(Throwable error);

  /** Ends without an answer: those who wait fetch for themselves. */
  void abandon();

  /**
   * Tells that the leader's client has gone.
   *
   * @param cancel ends the fetch; called, on the thread of the last who leaves, when nobody waits
   *     any more. Not called when this returns true or the fill has ended
   * @return true when nobody waits: the fill has ended and the leader ends the fetch itself
   */
  boolean leaderLeft(Runnable cancel);
}
