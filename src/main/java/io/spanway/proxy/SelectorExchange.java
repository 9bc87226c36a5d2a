// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.correlate.Correlator;
import io.spanway.http.BadTargetException;
import io.spanway.http.LokiTimes;
import io.spanway.http.QueryParameters;
import java.time.InstantSource;
import java.util.Objects;

/**
 * Answers a read whose selector Grafana built beside a span's query, with the labels' names as Loki
 * has them: statistics then are about the streams whose lines are shown.
 */
final class SelectorExchange {
  private final Correlator correlator;
  private final LabelLookup labels;
  private final CachedExchange cached;
  private final OutboundHeaders outbound;
  private final InstantSource clock;

  SelectorExchange(
      Correlator correlator,
      LabelLookup labels,
      CachedExchange cached,
      OutboundHeaders outbound,
      InstantSource clock) {
    this.correlator = correlator;
    this.labels = labels;
    this.cached = cached;
    this.outbound = outbound;
    this.clock = clock;
  }

  /** Runs the exchange. */
  void run(Exchange exchange, QueryParameters parameters, byte[] form) {
    LokiTimes.Bounds window;
    try {
      window = LokiTimes.resolve(parameters, LokiTimes.nowNs(clock));
    } catch (BadTargetException e) {
      // Loki says what is wrong with it.
      cached.run(exchange, parameters, form, false);
      return;
    }
    String query = Objects.requireNonNullElse(parameters.first("query"), "");
    labels.find(
        exchange,
        window.startNs(),
        window.endNs(),
        known -> {
          String mapped = known == null ? query : correlator.mapSelector(query, known);
          if (mapped.equals(query)) {
            cached.run(exchange, parameters, form, false);
            return;
          }
          exchange.rewrite("selector");
          exchange.note(Answers.X_SPANWAY_QUERY, Texts.headerValue(mapped, 1024));
          cached.run(
              exchange,
              OwnReads.instead(
                  exchange, parameters.with("query", mapped), outbound.forwarded(exchange)),
              false,
              status -> exchange.rewritten(status == 200 ? "relayed" : "failed"));
        });
  }
}
