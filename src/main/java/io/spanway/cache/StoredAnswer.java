// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.cache.CacheListener.Removal;
import org.jspecify.annotations.Nullable;

/**
 * An answer in the store, or what is known of the answers to one query. Equal to itself only: a
 * newer answer for its key is another one.
 */
final class StoredAnswer {
  private final CacheKey key;
  private final @Nullable CachedResponse response;
  private final @Nullable WindowEntry windows;
  private final long sequence;
  private final long windowsSize;
  private final long freshUntilTick;
  private volatile @Nullable Removal removal;

  /**
   * Creates one.
   *
   * @param sequence which fetch it came from: later ones have larger numbers
   */
  StoredAnswer(CacheKey key, CachedResponse response, long sequence) {
    this.key = key;
    this.response = response;
    this.windows = null;
    this.sequence = sequence;
    this.windowsSize = 0;
    this.freshUntilTick = response.freshUntilTick();
  }

  /** Creates one of segments. */
  StoredAnswer(CacheKey key, WindowEntry windows, long sequence) {
    this.key = key;
    this.response = null;
    this.windows = windows;
    this.sequence = sequence;
    this.windowsSize = windows.size();
    this.freshUntilTick = windows.freshUntilTick();
  }

  CacheKey key() {
    return key;
  }

  /** Returns the whole answer; null when this is of segments. */
  @Nullable CachedResponse response() {
    return response;
  }

  /** Returns the segments; null when this is a whole answer. */
  @Nullable WindowEntry windows() {
    return windows;
  }

  /** Returns the bytes that this takes now. */
  long size() {
    return response == null ? windowsSize : response.size();
  }

  long freshUntilTick() {
    return freshUntilTick;
  }

  long sequence() {
    return sequence;
  }

  /** Notes why it is about to be removed. */
  void removedBecause(Removal why) {
    removal = why;
  }

  @Nullable Removal removal() {
    return removal;
  }
}
