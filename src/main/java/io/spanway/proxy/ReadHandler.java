// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.BodySource;
import io.spanway.cache.CachedResponse;
import io.spanway.http.ProxyError;
import io.spanway.http.ResponseHead;
import org.jspecify.annotations.Nullable;

/** Gets the answer to a read; exactly one method is called, on the exchange's event loop. */
interface ReadHandler {
  /** An answer that is all there. */
  void onWhole(WholeAnswer answer);

  /** An answer that is still coming, decoded. Only for a read that streams. */
  void onStream(ResponseHead head, BodySource body, String cache);

  /**
   * No answer.
   *
   * @param message what the client may be told
   * @param why what the log is told
   * @param cache what {@code X-Spanway-Cache} says
   */
  void onFailure(ProxyError error, String message, String why, String cache);

  /**
   * A whole answer.
   *
   * @param status its status
   * @param headers its headers, the handler's own
   * @param body its decoded body, lent: it may be the cache's
   * @param cache what {@code X-Spanway-Cache} says
   * @param ageSeconds how old it is
   * @param kept the cache's own form of it; null when the cache has none
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record WholeAnswer(
      int status,
      HttpHeaders headers,
      byte[] body,
      String cache,
      long ageSeconds,
      @Nullable CachedResponse kept) {}
}
