// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.util.concurrent.ScheduledFuture;
import io.spanway.body.BodySource;
import io.spanway.correlate.SpanLogs;
import io.spanway.explain.EmptyInquiry;
import io.spanway.http.ProxyError;
import io.spanway.http.ResponseHead;
import io.spanway.model.TenantId;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds out in the caller's name why a correlated query found nothing, through the cache. It only
 * helps: what is not known after half a second is not waited for.
 */
final class EmptyReasons {
  private static final long TIMEOUT_MILLIS = 500;
  private static final int MAX_BYTES = 4 << 20;

  private final CachedReads reads;
  private final OutboundHeaders outbound;

  EmptyReasons(CachedReads reads, OutboundHeaders outbound) {
    this.reads = reads;
    this.outbound = outbound;
  }

  /** Finds the most likely reason; gives null when it is not known. On the exchange's loop. */
  void find(Exchange exchange, SpanLogs asked, Consumer<@Nullable String> then) {
    TenantId tenant = exchange.caller().tenant();
    var search =
        new Search(exchange, new EmptyInquiry(asked, tenant == null ? null : tenant.value()), then);
    search.timer =
        exchange
            .loop()
            .schedule(() -> exchange.guarded(search::end), TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    search.proceed();
  }

  /** One search. Confined to the exchange's event loop. */
  private final class Search implements ReadHandler {
    private final Exchange exchange;
    private final EmptyInquiry inquiry;
    private final Consumer<@Nullable String> then;
    private @Nullable ScheduledFuture<?> timer;
    private Runnable leave = () -> {};
    private int pending;
    private boolean over;

    Search(Exchange exchange, EmptyInquiry inquiry, Consumer<@Nullable String> then) {
      this.exchange = exchange;
      this.inquiry = inquiry;
      this.then = then;
    }

    void proceed() {
      EmptyInquiry.Ask ask = over ? null : inquiry.next();
      if (ask == null) {
        end();
        return;
      }
      int mine = ++pending;
      Runnable asked =
          reads.read(
              exchange,
              OwnReads.of(
                  ask.operation(),
                  ask.path(),
                  ask.parameters(),
                  outbound.own(exchange, "application/json"),
                  MAX_BYTES),
              this);
      // The answer, and even the next question, may have come before its handle.
      if (mine == pending) {
        leave = asked;
      }
    }

    void end() {
      if (over) {
        return;
      }
      over = true;
      ScheduledFuture<?> waiting = timer;
      if (waiting != null) {
        waiting.cancel(false);
      }
      leave.run();
      then.accept(inquiry.reason());
    }

    @Override
    public void onWhole(WholeAnswer answer) {
      if (!over) {
        inquiry.answered(answer.status(), answer.body());
        proceed();
      }
    }

    @Override
    public void onStream(ResponseHead head, BodySource body, String cache) {
      throw new IllegalStateException("asked for a whole answer");
    }

    @Override
    public void onFailure(ProxyError error, String message, String why, String cache) {
      end();
    }
  }
}
