// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import io.micrometer.core.instrument.Counter;
import io.spanway.annotate.AnnotateListener;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Counts what derived fields found. Names of fields come from the configuration. Thread-safe. */
public final class AnnotateMeters implements AnnotateListener {
  private final GatewayMeters meters;
  private final Counter seen;
  private final Map<String, Counter> found = new ConcurrentHashMap<>();
  private final Map<Fallback, Counter> fallbacks = new ConcurrentHashMap<>();

  /** Registers the meters. */
  public AnnotateMeters(GatewayMeters meters) {
    this.meters = meters;
    this.seen =
        Counter.builder("spanway.annotate.entries.seen")
            .description("Entries that were offered to the derived fields")
            .register(meters.registry());
  }

  @Override
  public void entriesSeen(long count) {
    seen.increment((double) count);
  }

  @Override
  public void fieldFound(String name, long count) {
    found
        .computeIfAbsent(
            name,
            key ->
                Counter.builder(GatewayMeters.ANNOTATED)
                    .description("Entries that got a derived field")
                    .tags("field", key)
                    .register(meters.registry()))
        .increment((double) count);
  }

  @Override
  public void fallback(Fallback reason) {
    fallbacks
        .computeIfAbsent(
            reason,
            key ->
                Counter.builder(GatewayMeters.ANNOTATE_FALLBACKS)
                    .description("What passed without annotation")
                    .tags("reason", key.name().toLowerCase(Locale.ROOT))
                    .register(meters.registry()))
        .increment();
  }
}
