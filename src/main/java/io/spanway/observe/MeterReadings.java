// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Tag;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What some counters stand at, for a person to read. Thread-safe. */
public final class MeterReadings {
  private final GatewayMeters meters;

  /**
   * What one counter stands at.
   *
   * @param labels its labels by name
   * @param count events since the start
   */
  public record Count(Map<String, String> labels, long count) {
    /** Copies the labels. */
    public Count {
      labels = Map.copyOf(labels);
    }
  }

  /** Creates readings of {@code meters}. */
  public MeterReadings(GatewayMeters meters) {
    this.meters = meters;
  }

  /** Returns how often each rule of rewriting had which outcome, the most frequent first. */
  public List<Count> rewrites() {
    return counts(GatewayMeters.REWRITES);
  }

  /** Returns what the cache was asked, by operation and outcome, the most frequent first. */
  public List<Count> cacheRequests() {
    return counts(GatewayMeters.CACHE_REQUESTS);
  }

  /** Returns how many requests the upstreams were spared. */
  public long savedRequests() {
    return counts(GatewayMeters.CACHE_SAVED_REQUESTS).stream().mapToLong(Count::count).sum();
  }

  /** Returns what went wrong, by flag, the most frequent first; without what never did. */
  public List<Count> errors() {
    return counts(GatewayMeters.ERRORS).stream().filter(each -> each.count() > 0).toList();
  }

  private List<Count> counts(String name) {
    return meters.registry().find(name).counters().stream()
        .map(MeterReadings::read)
        .sorted(
            Comparator.comparingLong(Count::count)
                .reversed()
                .thenComparing(each -> new TreeMap<>(each.labels()).toString()))
        .toList();
  }

  private static Count read(Counter counter) {
    Map<String, String> labels = new TreeMap<>();
    for (Tag tag : counter.getId().getTags()) {
      labels.put(tag.getKey(), tag.getValue());
    }
    return new Count(labels, (long) counter.count());
  }
}
