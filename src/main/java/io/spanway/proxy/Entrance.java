// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.spanway.route.Operation;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Lets requests in as {@link AdmissionControl} says: now, later or not at all. Thread-safe. */
final class Entrance {
  private final AdmissionControl control;

  Entrance(AdmissionControl control) {
    this.control = control;
  }

  /**
   * Runs {@code proceed} on the exchange's event loop, at once if there is room, or answers that
   * there is none. The body of a request that waits is left on the wire.
   */
  void pass(Exchange exchange, Runnable proceed) {
    new Visit(exchange, proceed).enter();
  }

  /** Confined to the exchange's event loop. */
  private final class Visit {
    private final Exchange exchange;
    private final Runnable proceed;
    private AdmissionControl.@Nullable Ticket ticket;
    private @Nullable Future<?> timer;

    Visit(Exchange exchange, Runnable proceed) {
      this.exchange = exchange;
      this.proceed = proceed;
    }

    void enter() {
      AdmissionControl.Ticket got =
          control.enter(
              () -> CallerKey.of(exchange.caller(), exchange.server().remoteAddress()),
              exchange.caller().rateClass(),
              exchange.operation().kind() == Operation.Kind.TAIL,
              () -> exchange.onLoop(this::decided));
      ticket = got;
      exchange.onEnd(this::leave);
      if (got.isWaiting()) {
        timer =
            exchange
                .loop()
                .schedule(
                    () -> exchange.guarded(() -> expire(got)),
                    control.queueNanos(),
                    TimeUnit.NANOSECONDS);
      } else if (!exchange.isOver()) {
        go(got);
      }
    }

    /** It no longer waits. */
    private void decided() {
      AdmissionControl.Ticket had = ticket;
      stopTimer();
      if (had != null && !exchange.isOver()) {
        go(had);
      }
    }

    private void go(AdmissionControl.Ticket had) {
      AdmissionRefusal refusal = had.refusal();
      if (refusal != null) {
        refuse(refusal, had.retryAfterSeconds());
      } else if (had.start()) {
        proceed.run();
      }
    }

    private void expire(AdmissionControl.Ticket had) {
      if (had.expire()) {
        go(had);
      }
    }

    private void refuse(AdmissionRefusal refusal, long seconds) {
      exchange.listener().refused(refusal);
      if (refusal.error().status() == 429) {
        exchange.note(HttpHeaderNames.RETRY_AFTER, Long.toString(seconds));
      }
      exchange.reject(refusal.error(), refusal.message(), refusal.why());
    }

    private void leave() {
      stopTimer();
      AdmissionControl.Ticket had = ticket;
      if (had != null) {
        had.leave();
      }
    }

    private void stopTimer() {
      Future<?> running = timer;
      if (running != null) {
        timer = null;
        running.cancel(false);
      }
    }
  }
}
