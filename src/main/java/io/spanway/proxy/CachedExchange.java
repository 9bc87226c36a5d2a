// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.spanway.body.BodySource;
import io.spanway.cache.CacheStatus;
import io.spanway.cache.CachedResponse;
import io.spanway.http.AcceptEncoding;
import io.spanway.http.ProxyError;
import io.spanway.http.QueryParameters;
import io.spanway.http.ResponseHead;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.IntConsumer;

/** Answers a client's read through the cache. */
final class CachedExchange {
  /** Compressing this many bytes takes about five milliseconds. */
  private static final int INLINE_GZIP_BYTES = 256 * 1024;

  /** What of the answer was in the store for a while. */
  private static final Set<String> AGED =
      Set.of(CacheStatus.HIT.id(), CacheStatus.PARTIAL.id(), CacheStatus.STALE.id());

  private final CachedReads reads;
  private final OutboundHeaders outbound;
  private final AnswerChanges changes;
  private final Executor worker;

  CachedExchange(
      CachedReads reads, OutboundHeaders outbound, AnswerChanges changes, Executor worker) {
    this.reads = reads;
    this.outbound = outbound;
    this.changes = changes;
    this.worker = worker;
  }

  /**
   * Runs the exchange.
   *
   * @param parameters the parameters as the upstream reads them
   * @param form the form that the client sent, empty for none
   */
  void run(Exchange exchange, QueryParameters parameters, byte[] form, boolean annotate) {
    Read read =
        new Read(
            exchange.match(),
            exchange.request(),
            parameters,
            exchange.request().target().withPath(exchange.match().path()),
            form,
            () -> whole(exchange),
            true,
            0);
    run(exchange, read, annotate, status -> {});
  }

  /** Returns the headers of a request for all: a cache must not ask for less. */
  private HttpHeaders whole(Exchange exchange) {
    return outbound.forwarded(exchange).remove(HttpHeaderNames.RANGE);
  }

  /**
   * Answers with what another request brings.
   *
   * @param told is told the status of what comes, before it is passed on
   */
  void run(Exchange exchange, Read read, boolean annotate, IntConsumer told) {
    reads.read(exchange, read, new Answering(exchange, annotate, told));
  }

  private final class Answering implements ReadHandler {
    private final Exchange exchange;
    private final boolean annotate;
    private final IntConsumer told;

    Answering(Exchange exchange, boolean annotate, IntConsumer told) {
      this.exchange = exchange;
      this.annotate = annotate;
      this.told = told;
    }

    @Override
    public void onWhole(WholeAnswer answer) {
      told.accept(answer.status());
      exchange.cache(answer.cache());
      HttpHeaders headers = answer.headers();
      if (AGED.contains(answer.cache())) {
        headers.set(HttpHeaderNames.AGE, answer.ageSeconds());
      }
      if (annotate && answer.status() == 200) {
        changes.respond(exchange, headers, answer.body(), () -> unchanged(answer, headers));
      } else {
        unchanged(answer, headers);
      }
    }

    private void unchanged(WholeAnswer answer, HttpHeaders headers) {
      CachedResponse kept = answer.kept();
      headers.add(HttpHeaderNames.VARY, HttpHeaderNames.ACCEPT_ENCODING);
      if (kept == null
          || answer.status() != 200
          || answer.body().length < CachedResponse.MIN_GZIP
          || !AcceptEncoding.of(exchange.request().headers()).gzip()) {
        exchange.respond(answer.status(), headers, answer.body());
      } else if (answer.body().length <= INLINE_GZIP_BYTES) {
        compressed(headers, kept);
      } else {
        exchange.offLoop(
            worker,
            () -> {
              kept.gzip();
              exchange.onLoop(() -> compressed(headers, kept));
            });
      }
    }

    private void compressed(HttpHeaders headers, CachedResponse kept) {
      byte[] gzip = kept.gzip();
      if (gzip == null) {
        exchange.respond(kept.status(), headers, kept.body());
        return;
      }
      headers.set(HttpHeaderNames.CONTENT_ENCODING, HttpHeaderValues.GZIP);
      exchange.respond(kept.status(), headers, gzip);
    }

    @Override
    public void onStream(ResponseHead head, BodySource body, String cache) {
      told.accept(head.status());
      exchange.cache(cache);
      if (annotate && head.status() == 200) {
        changes.respond(exchange, head, body);
      } else {
        exchange.respond(head, body);
      }
    }

    @Override
    public void onFailure(ProxyError error, String message, String why, String cache) {
      told.accept(error.status());
      exchange.cache(cache);
      exchange.reject(error, message, why);
    }
  }
}
