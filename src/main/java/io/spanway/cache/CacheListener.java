// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.spanway.route.Operation;

/**
 * Hears what the cache does. Called from any thread, without locks held; must return quickly and
 * not throw.
 */
public interface CacheListener {
  /** Hears nothing. */
  CacheListener NONE = new CacheListener() {};

  /** Why an answer left the store. */
  enum Removal {
    /** Its time was over. */
    EXPIRED,
    /** The store was full. */
    SIZE,
    /** Its tenant held more than its share while others held something too. */
    TENANT_SHARE,
    /** A purge. */
    PURGED,
    /** A newer answer for the same request took its place. */
    REPLACED
  }

  /** What looking into the level that replicas share came to. */
  enum SharedRead {
    /** A fresh answer. */
    HIT,
    /** An answer that may be given only when the upstream fails. */
    STALE,
    /** Nothing. */
    MISS,
    /** What was there is not as it was written. */
    ALTERED,
    /** What was there is of another version of Spanway. */
    VERSION,
    /** What was there is larger than what is read. */
    TOO_LARGE,
    /** No answer in time. */
    TIMEOUT,
    /** It could not be asked. */
    ERROR,
    /** It was not asked, since it fails or too many ask it. */
    SKIPPED
  }

  /** What writing to the level that replicas share came to. */
  enum SharedWrite {
    /** Written. */
    WRITTEN,
    /** Too much waited to be written. */
    DROPPED,
    /** The answer is larger than what is written. */
    TOO_LARGE,
    /** It could not be written, or not in time. */
    FAILED,
    /** It was not tried, since the level fails. */
    SKIPPED
  }

  /** A request was answered from the store: {@code bytes} were not asked of the upstream. */
  default void hit(Operation operation, int bytes) {}

  /** A part of the answer, of {@code bytes}, was in the store; the rest is asked for. */
  default void partial(Operation operation, int bytes) {}

  /** A request was answered from the store after its time, since the upstream failed. */
  default void stale(Operation operation) {}

  /** A request goes to the upstream. */
  default void miss(Operation operation) {}

  /** A request joined a fetch in flight. */
  default void coalesced(Operation operation) {}

  /** A request was left alone. */
  default void bypass(Operation operation, BypassReason reason) {}

  /** An answer was stored and takes {@code bytes}. */
  default void stored(Operation operation, long bytes) {}

  /** An answer left the store and gave back {@code bytes}. */
  default void removed(Operation operation, long bytes, Removal removal) {}

  /** An answer outgrew the largest entry, or the memory for answers in flight was used up. */
  default void tooLarge(Operation operation) {}

  /** The level that replicas share was looked into. */
  default void shared(SharedRead outcome) {}

  /** It answered, after {@code nanos}. */
  default void sharedTook(long nanos) {}

  /** An answer was to be written there. */
  default void shared(SharedWrite outcome) {}
}
