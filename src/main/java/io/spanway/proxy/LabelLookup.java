// SPDX-License-Identifier: Apache-2.0
package io.spanway.proxy;

import io.spanway.explain.LokiLabelNames;
import io.spanway.http.QueryParameters;
import io.spanway.route.Operation;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks Loki which labels it has, through the cache. It only helps: without an answer in time, or
 * with none that can be read, the labels count as unknown.
 */
final class LabelLookup {
  private static final int MAX_BYTES = 4 << 20;

  private final CachedReads reads;
  private final OutboundHeaders outbound;

  LabelLookup(CachedReads reads, OutboundHeaders outbound) {
    this.reads = reads;
    this.outbound = outbound;
  }

  /** Finds the labels of the hours around a window; gives null when they are not known. */
  void find(Exchange exchange, long startNs, long endNs, Consumer<@Nullable Set<String>> then) {
    Read read =
        OwnReads.of(
            Operation.LOKI_LABELS,
            "/loki/api/v1/labels",
            TimedRead.hoursAround(startNs, endNs, QueryParameters.of()),
            outbound.own(exchange, "application/json"),
            MAX_BYTES);
    TimedRead.start(exchange, reads, read, LokiLabelNames::read, then);
  }
}
