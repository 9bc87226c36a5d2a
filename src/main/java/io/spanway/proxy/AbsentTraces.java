// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.spanway.cache.CacheKey;
import io.spanway.cache.CacheStatus;
import io.spanway.cache.CachedResponse;
import io.spanway.otlp.TraceDecodeException;
import io.spanway.otlp.TraceDecoder.Format;
import io.spanway.otlp.TraceFacts;
import io.spanway.route.Operation;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What one path of Tempo says of the other when a trace is absent: {@code /api/v2/traces} answers
 * 200 without spans, {@code /api/traces} 404 without a body.
 */
final class AbsentTraces {
  /** An answer without spans is some dozen bytes; counters in it may make it longer. */
  private static final int LONGEST = 1024;

  private static final byte[] NO_BODY = {};

  private AbsentTraces() {}

  /**
   * Whether {@link #answer} answers this read as Tempo itself would. A client's v2 request is none:
   * v1's 404 does not say whether this Tempo has v2, nor what it would count there. A look-up of
   * our own does not mind: a 404 on v2 has it ask v1, which is answered here too.
   */
  static boolean mayBeAnswered(Read read) {
    Operation operation = read.match().operation();
    return operation == Operation.TEMPO_TRACE_BY_ID
        || (operation == Operation.TEMPO_TRACE_BY_ID_V2 && !read.streams());
  }

  /** Whether an answer of either path says that there is no such trace; never if it is partial. */
  static boolean isAbsence(CacheKey key, CachedResponse response) {
    if (key.operation() == Operation.TEMPO_TRACE_BY_ID) {
      return response.status() == 404;
    }
    Format format = format(response.header("content-type"));
    if (response.status() != 200 || format == null || response.body().length > LONGEST) {
      return false;
    }
    try {
      TraceFacts facts = TraceFacts.read(response.body(), format);
      return facts.empty() && !facts.partial();
    } catch (TraceDecodeException e) {
      return false;
    }
  }

  private static @Nullable Format format(@Nullable String type) {
    String lower = type == null ? "" : type.toLowerCase(Locale.ROOT);
    if (lower.startsWith("application/protobuf")) {
      return Format.V2_PROTOBUF;
    }
    return lower.startsWith("application/json") ? Format.V2_JSON : null;
  }

  /** Tempo's 404 on v1: no body, and so no content type. */
  static ReadHandler.WholeAnswer answer(Duration age) {
    return new ReadHandler.WholeAnswer(
        404,
        DefaultHttpHeadersFactory.headersFactory().newHeaders(),
        NO_BODY,
        CacheStatus.HIT.id(),
        age.toSeconds(),
        null);
  }
}
