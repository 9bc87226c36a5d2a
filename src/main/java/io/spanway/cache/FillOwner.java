// SPDX-License-Identifier: Apache-2.0
package io.spanway.cache;

import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;

/** What a fill needs of the cache that it belongs to. */
interface FillOwner {
  /** Makes the answer. Takes the headers and the body. */
  CachedResponse response(int status, HttpHeaders headers, byte[] body, Duration ttl);

  void store(StoredAnswer answer);

  void purge(StoredAnswer answer);

  /** Takes the fill off the books: nobody finds it any more. */
  void ended(CollectingFill fill);

  void tooLarge(CacheKey key);

  /** Asks for memory to collect in; called with the fill's lock held. */
  boolean reserve(long bytes);

  /** Gives memory back; called with the fill's lock held. */
  void release(long bytes);
}
