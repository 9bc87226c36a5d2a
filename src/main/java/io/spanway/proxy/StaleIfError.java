// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.body.BodySource;
import io.spanway.cache.CacheStatus;
import io.spanway.cache.StaleAnswer;
import io.spanway.http.ProxyError;
import io.spanway.http.ResponseHead;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives an answer whose time is over when the upstream cannot be reached or answers 5xx. Confined
 * to the exchange's event loop.
 */
final class StaleIfError implements ReadHandler {
  private final CachedReads reads;
  private final Exchange exchange;
  private final Read read;
  private final ReadHandler handler;
  private final Supplier<@Nullable StaleAnswer> stale;

  StaleIfError(
      CachedReads reads,
      Exchange exchange,
      Read read,
      ReadHandler handler,
      Supplier<@Nullable StaleAnswer> stale) {
    this.reads = reads;
    this.exchange = exchange;
    this.read = read;
    this.handler = handler;
    this.stale = stale;
  }

  @Override
  public void onWhole(WholeAnswer answer) {
    if (answer.status() < 500 || !isGiven()) {
      handler.onWhole(answer);
    }
  }

  @Override
  public void onStream(ResponseHead head, BodySource body, String cache) {
    StaleAnswer held = head.status() < 500 ? null : stale.get();
    if (held == null) {
      handler.onStream(head, body, cache);
    } else {
      body.cancel();
      give(held);
    }
  }

  @Override
  public void onFailure(ProxyError error, String message, String why, String cache) {
    if (!isUpstreams(error) || !isGiven()) {
      handler.onFailure(error, message, why, cache);
    }
  }

  private boolean isGiven() {
    StaleAnswer held = stale.get();
    if (held == null) {
      return false;
    }
    give(held);
    return true;
  }

  private void give(StaleAnswer held) {
    reads.give(
        exchange,
        read,
        handler,
        new CachedReads.Written(held.bytes(), held::write, CacheStatus.STALE, held.age()));
  }

  /** Says whether the upstream failed, rather than Spanway or what was asked of it. */
  private static boolean isUpstreams(ProxyError error) {
    return switch (error.status()) {
      case 502 -> error != ProxyError.HTTP_RESPONSE_TOO_LARGE;
      case 503 -> error == ProxyError.CONNECTION_LIMIT_REACHED;
      case 504 -> true;
      default -> false;
    };
  }
}
