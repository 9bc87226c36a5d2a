// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.netty.util.concurrent.ScheduledFuture;
import io.spanway.body.BodySource;
import io.spanway.explain.LokiLabelNames;
import io.spanway.http.ProxyError;
import io.spanway.http.QueryParameters;
import io.spanway.http.ResponseHead;
import io.spanway.route.Operation;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks Loki which labels it has, through the cache. It only helps: no answer in half a second, or
 * none that can be read, and the labels count as unknown.
 */
final class LabelLookup {
  private static final long TIMEOUT_MILLIS = 500;
  private static final long HOUR_NS = 3_600_000_000_000L;
  private static final int MAX_BYTES = 4 << 20;

  private final CachedReads reads;
  private final OutboundHeaders outbound;

  LabelLookup(CachedReads reads, OutboundHeaders outbound) {
    this.reads = reads;
    this.outbound = outbound;
  }

  /** Finds the labels of the hours around a window; gives null when they are not known. */
  void find(Exchange exchange, long startNs, long endNs, Consumer<@Nullable Set<String>> then) {
    // Whole hours, so that the clicks of an hour ask once.
    long start = Math.floorDiv(startNs, HOUR_NS) * HOUR_NS;
    long end = (Math.floorDiv(endNs, HOUR_NS) + 1) * HOUR_NS;
    QueryParameters parameters =
        QueryParameters.of("start", Long.toString(start), "end", Long.toString(end));
    Read read =
        OwnReads.of(
            Operation.LOKI_LABELS,
            "/loki/api/v1/labels",
            parameters,
            outbound.own(exchange, "application/json"),
            MAX_BYTES);
    Answer answer = new Answer(then);
    answer.timer =
        exchange
            .loop()
            .schedule(() -> exchange.guarded(answer::late), TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    answer.leave = reads.read(exchange, read, answer);
  }

  private static final class Answer implements ReadHandler {
    private @Nullable Consumer<@Nullable Set<String>> then;
    private @Nullable ScheduledFuture<?> timer;
    private Runnable leave = () -> {};

    Answer(Consumer<@Nullable Set<String>> then) {
      this.then = then;
    }

    private void tell(@Nullable Set<String> labels) {
      ScheduledFuture<?> waiting = timer;
      if (waiting != null) {
        waiting.cancel(false);
      }
      Consumer<@Nullable Set<String>> to = then;
      then = null;
      if (to != null) {
        to.accept(labels);
      }
    }

    private void late() {
      leave.run();
      unknown();
    }

    private void unknown() {
      tell(null);
    }

    @Override
    public void onWhole(WholeAnswer answer) {
      tell(answer.status() == 200 ? LokiLabelNames.read(answer.body()) : null);
    }

    @Override
    public void onStream(ResponseHead head, BodySource body, String cache) {
      throw new IllegalStateException("asked for a whole answer");
    }

    @Override
    public void onFailure(ProxyError error, String message, String why, String cache) {
      unknown();
    }
  }
}
