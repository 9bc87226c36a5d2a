// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.cache.CacheListener.Removal;
import org.jspecify.annotations.Nullable;

/** An answer in the store. Equal to itself only: a newer answer for its key is another one. */
final class StoredAnswer {
  private final CacheKey key;
  private final CachedResponse response;
  private final long sequence;
  private volatile @Nullable Removal removal;

  /**
   * Creates one.
   *
   * @param sequence which fetch it came from: later ones have larger numbers
   */
  StoredAnswer(CacheKey key, CachedResponse response, long sequence) {
    this.key = key;
    this.response = response;
    this.sequence = sequence;
  }

  CacheKey key() {
    return key;
  }

  CachedResponse response() {
    return response;
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
