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

  /**
   * Tells that the answer has begun: who joins may then read it while it comes.
   *
   * @param headers the upstream's headers, lent
   * @param resume has the fetch go on after {@link #isHeldBack} had said that it should wait;
   *     called from any thread
   */
  void answering(int status, HttpHeaders headers, Runnable resume);

  /** Lets what was added so far be read; to be called at the end of each burst. */
  void share();

  /** Tells that the whole body has been added; {@link #finish} follows, on any thread. */
  void seal();

  /**
   * Says whether the fetch should wait for a reader of an answer that is too large to be collected.
   */
  boolean isHeldBack();

  /** Ends the answers of those short of the end for whom the fetch waits. */
  void cutLaggards(Throwable why);

  /** Adds a part of the decoded body. Lends {@code part}: its indices stay as they are. */
  void append(ByteBuf part);

  /** Says whether the body is still collected; false once it is too large or the fill has ended. */
  boolean isCollecting();

  /** Says whether anybody but the leader's own client needs the rest of the body. */
  boolean isWanted();

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

  /** Ends with an error that all who wait or read get, once; nothing remembers it. */
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
