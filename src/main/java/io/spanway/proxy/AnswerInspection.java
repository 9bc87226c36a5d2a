// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.cache.AnswerFacts;
import io.spanway.cache.AnswerInspector;
import io.spanway.cache.CachePolicy;
import io.spanway.otlp.TraceDecodeException;
import io.spanway.otlp.TraceDecoder.Format;
import io.spanway.otlp.TraceFacts;
import io.spanway.route.Operation;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Looks into answers for what the cache's policy must know. */
final class AnswerInspection {
  private final CachePolicy policy;

  AnswerInspection(CachePolicy policy) {
    this.policy = policy;
  }

  /** Returns how long an answer may be used; zero for not at all. */
  Duration ttl(Read read, int status, @Nullable String contentType, byte[] body, long nowNs) {
    Operation operation = read.match().operation();
    AnswerFacts facts = facts(read, status, contentType, body);
    return policy.ttl(operation, read.parameters(), facts, nowNs);
  }

  private static AnswerFacts facts(
      Read read, int status, @Nullable String contentType, byte[] body) {
    Operation operation = read.match().operation();
    if (operation == Operation.TEMPO_TRACE_BY_ID || operation == Operation.TEMPO_TRACE_BY_ID_V2) {
      if (status == 404) {
        return new AnswerFacts(status, true, true, 0);
      }
      if (status != 200) {
        return AnswerFacts.ofStatus(status);
      }
      try {
        TraceFacts facts = TraceFacts.read(body, format(operation, read.head().header("Accept")));
        return new AnswerFacts(status, !facts.partial(), facts.empty(), facts.newestEndNs());
      } catch (TraceDecodeException e) {
        return AnswerFacts.ofStatus(status);
      }
    }
    return status == 200
        ? AnswerInspector.inspect(operation, status, contentType, body)
        : AnswerFacts.ofStatus(status);
  }

  /** Chooses as Tempo does: by looking for the name in {@code Accept}. */
  static Format format(Operation operation, @Nullable String accept) {
    boolean protobuf =
        accept != null && accept.toLowerCase(Locale.ROOT).contains("application/protobuf");
    if (operation == Operation.TEMPO_TRACE_BY_ID) {
      return protobuf ? Format.V1_PROTOBUF : Format.V1_JSON;
    }
    return protobuf ? Format.V2_PROTOBUF : Format.V2_JSON;
  }
}
