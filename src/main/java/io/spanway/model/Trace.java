// SPDX-License-Identifier: Apache-2.0
package io.spanway.model;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A trace as Tempo answered it.
 *
 * @param id the ID that was asked for
 * @param spans its spans in Tempo's order, which is no order of time; empty when Tempo does not
 *     have the trace
 * @param partial whether Tempo says that spans are missing
 * @param message why they are missing, null if Tempo does not say
 */
public record Trace(TraceId id, List<Span> spans, boolean partial, @Nullable String message) {
  /** Copies the list. */
  public Trace {
    spans = List.copyOf(spans);
  }

  /** The span with this ID, null if the trace does not have it. */
  public @Nullable Span span(SpanId spanId) {
    for (Span span : spans) {
      if (span.id().equals(spanId)) {
        return span;
      }
    }
    return null;
  }

  /**
   * The span that began the trace: the earliest without a parent; else the earliest whose parent is
   * missing; else the earliest. Null when there are no spans.
   */
  public @Nullable Span root() {
    Set<SpanId> ids = new HashSet<>();
    for (Span span : spans) {
      ids.add(span.id());
    }
    Span best = null;
    int bestRank = Integer.MAX_VALUE;
    for (Span span : spans) {
      SpanId parent = span.parentId();
      int rank = parent == null ? 0 : ids.contains(parent) ? 2 : 1;
      if (best == null
          || rank < bestRank
          || (rank == bestRank && span.startNs() < best.startNs())) {
        best = span;
        bestRank = rank;
      }
    }
    return best;
  }

  /** The earliest start of a span; 0 when there are none. */
  public long startNs() {
    return spans.stream().mapToLong(Span::startNs).min().orElse(0);
  }

  /** The latest end of a span; 0 when there are none. */
  public long endNs() {
    return spans.stream().mapToLong(Span::endNs).max().orElse(0);
  }

  /** The services that took part, in the order of their first span. */
  public List<String> serviceNames() {
    var names = new LinkedHashSet<String>();
    for (Span span : spans) {
      String name = span.resource().serviceName();
      if (name != null) {
        names.add(name);
      }
    }
    return List.copyOf(names);
  }
}
