// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** What {@link ResponseCache#begin} found; the caller must do its part for each kind. */
public sealed interface Lookup {
  /**
   * The answer is here.
   *
   * @param response the answer
   * @param age how long ago it was fetched; what the {@code Age} header says
   */
  record Hit(CachedResponse response, Duration age) implements Lookup {}

  /**
   * The answer can be made of entries that are here.
   *
   * @param logs the entries
   */
  record Logs(HeldLogs logs) implements Lookup {}

  /**
   * The answer can be made of entries that are here and the answer about one stretch of time that
   * the caller asks for.
   *
   * @param logs the entries
   * @param gap what to ask for
   */
  record Part(HeldLogs logs, WindowGap gap) implements Lookup {}

  /**
   * The caller fetches, for itself and for whoever joins.
   *
   * @param fill takes the answer; exactly one of its endings must be called
   */
  record Lead(Fill fill) implements Lookup {}

  /**
   * The caller looks into the level that replicas share, and does then what that says.
   *
   * @param ask the look; it must be started
   */
  record Elsewhere(SharedAsk ask) implements Lookup {}

  /**
   * Somebody fetches already. The result is completed on the thread of the one who fetches, so what
   * is hung on it names its own executor ({@code thenAcceptAsync}).
   *
   * @param result what became of it, never {@link FollowResult.Coming}; never completed
   *     exceptionally
   * @param begun the same, or {@link FollowResult.Coming} as soon as the answer has begun and is
   *     not all there: for who can pass it on while it comes
   * @param place the place among the waiting
   */
  record Follow(
      CompletionStage<FollowResult> result, CompletionStage<FollowResult> begun, Place place)
      implements Lookup {}

  /** A place among those who wait for a fetch. */
  @FunctionalInterface
  interface Place {
    /**
     * Gives it up, since the client has gone; harmless after the result. When nobody is left the
     * fetch may end. The result is not completed afterwards.
     */
    void leave();
  }
}
