// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.body.BodySource;
import io.spanway.cache.CacheStatus;
import io.spanway.cache.CachedResponse;
import io.spanway.cache.Lookup;
import io.spanway.cache.WindowAsk;
import io.spanway.http.ProxyError;
import io.spanway.http.ResponseHead;
import org.jspecify.annotations.Nullable;

/**
 * A read of logs of which all but one stretch of time is held: asks for that and joins the two. An
 * answer that cannot be joined is asked for as a whole. Confined to the exchange's event loop.
 */
final class GapRead implements ReadHandler {
  private final CachedReads reads;
  private final Exchange exchange;
  private final Read read;
  private final ReadHandler handler;
  private final Lookup.Part part;
  private @Nullable Runnable leaveAll;
  private boolean left;

  GapRead(CachedReads reads, Exchange exchange, Read read, ReadHandler handler, Lookup.Part part) {
    this.reads = reads;
    this.exchange = exchange;
    this.read = read;
    this.handler = handler;
    this.part = part;
  }

  /**
   * Asks.
   *
   * @return gives the read up
   */
  Runnable start(WindowAsk ask, String upstream) {
    Read gap = OwnReads.about(read, part.gap().in(read.parameters()), reads.maxCollected(read));
    Runnable leaveGap = reads.readGap(exchange, gap, this, ask, upstream);
    return () -> {
      left = true;
      leaveGap.run();
      if (leaveAll != null) {
        leaveAll.run();
      }
    };
  }

  @Override
  public void onWhole(WholeAnswer answer) {
    if (left) {
      return;
    }
    if (answer.status() != 200) {
      handler.onWhole(answer);
    } else if (answer.body().length + part.logs().bytes() <= CachedReads.INLINE_BYTES) {
      joined(part.gap().join(answer.body()));
    } else {
      reads.offLoop(
          exchange,
          () -> {
            CachedResponse whole = part.gap().join(answer.body());
            exchange.onLoop(() -> joined(whole));
          });
    }
  }

  private void joined(@Nullable CachedResponse whole) {
    if (left) {
      return;
    }
    if (whole == null) {
      leaveAll = reads.readAll(exchange, read, handler);
    } else {
      CachedReads.give(read, handler, whole, CacheStatus.PARTIAL, part.logs().age());
    }
  }

  @Override
  public void onStream(ResponseHead head, BodySource body, String cache) {
    throw new IllegalStateException("what is missing is collected");
  }

  @Override
  public void onFailure(ProxyError error, String message, String why, String cache) {
    if (left) {
      return;
    }
    if (error == ProxyError.HTTP_RESPONSE_TOO_LARGE
        || (error == ProxyError.OVERLOADED && read.streams())) {
      // There is no room to join it in; all of it can pass through.
      leaveAll = reads.readAll(exchange, read, handler);
    } else {
      handler.onFailure(error, message, why, cache);
    }
  }
}
