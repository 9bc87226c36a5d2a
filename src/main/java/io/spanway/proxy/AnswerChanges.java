// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.BodySource;
import io.spanway.http.ResponseHead;
import io.spanway.route.BackendKind;

/** Answers with what is changed on its way, as its plan says: log lines or traces. */
final class AnswerChanges {
  private final Annotations annotations;
  private final TraceEnrichment traces;

  AnswerChanges(Annotations annotations, TraceEnrichment traces) {
    this.annotations = annotations;
    this.traces = traces;
  }

  /** Answers with 200 and what is still coming; takes {@code body}. */
  void respond(Exchange exchange, ResponseHead head, BodySource body) {
    if (exchange.operation().backend() == BackendKind.TEMPO) {
      traces.respond(exchange, head, body);
    } else {
      exchange.respond(head, annotations.stream(exchange, head.headers(), body));
    }
  }

  /**
   * Answers with 200 and what is all there.
   *
   * @param body lent: it may be the cache's
   * @param unchanged answers with the same where there is nothing to change
   */
  void respond(Exchange exchange, HttpHeaders headers, byte[] body, Runnable unchanged) {
    if (exchange.operation().backend() == BackendKind.TEMPO) {
      traces.respond(exchange, headers, body, unchanged);
    } else {
      BodySource annotated =
          annotations.stream(exchange, headers, new PacedBody(body, exchange.loop()));
      exchange.respond(new ResponseHead(200, headers), annotated);
    }
  }
}
