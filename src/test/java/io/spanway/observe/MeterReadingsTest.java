// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanway.cache.BypassReason;
import io.spanway.http.ProxyError;
import io.spanway.observe.MeterReadings.Count;
import io.spanway.route.Operation;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class MeterReadingsTest {
  private final GatewayMeters meters = new GatewayMeters("test");
  private final MeterReadings readings = new MeterReadings(meters);

  @AfterEach
  void close() {
    meters.close();
  }

  @Test
  void nothingYet_isEmpty() {
    assertThat(readings.rewrites()).isEmpty();
    assertThat(readings.cacheRequests()).isEmpty();
    assertThat(readings.errors()).isEmpty();
    assertThat(readings.savedRequests()).isZero();
  }

  @Test
  void rewrites_haveTheMostFrequentFirst() {
    meters.rewrite("script", "found");
    meters.rewrite("grafana-g4", "found");
    meters.rewrite("grafana-g4", "found");

    assertThat(readings.rewrites())
        .containsExactly(
            new Count(Map.of("rule", "grafana-g4", "outcome", "found"), 2),
            new Count(Map.of("rule", "script", "outcome", "found"), 1));
  }

  @Test
  void cache_isCountedByOperationAndOutcome() {
    CacheMeters cache = new CacheMeters(meters);
    cache.hit(Operation.LOKI_QUERY_RANGE, 10);
    cache.hit(Operation.LOKI_QUERY_RANGE, 10);
    cache.coalesced(Operation.LOKI_QUERY_RANGE);
    cache.bypass(Operation.LOKI_QUERY_RANGE, BypassReason.OPERATION);

    assertThat(readings.cacheRequests())
        .contains(new Count(Map.of("operation", "loki_query_range", "outcome", "hit"), 2))
        .hasSize(3);
    assertThat(readings.savedRequests()).isEqualTo(3);
  }

  @Test
  void errors_areThoseThatHappened() {
    meters.error(ProxyError.OVERLOADED);

    assertThat(readings.errors())
        .containsExactly(
            new Count(
                Map.of("flag", ProxyError.OVERLOADED.flag(), "error", ProxyError.OVERLOADED.id()),
                1));
  }
}
