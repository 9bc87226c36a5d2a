// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class JvmMetersTest {
  private static final String[] NAMES = {
    "jvm_memory_used_bytes{",
    "jvm_gc_memory_allocated_bytes_total",
    "jvm_threads_live_threads",
    "process_cpu_usage",
    "process_files_open_files",
    "process_uptime_seconds"
  };

  private final GatewayMeters meters = new GatewayMeters("test");

  @AfterEach
  void close() {
    meters.close();
  }

  private boolean shown() {
    return !meters.registry().find("jvm.memory.used").gauges().isEmpty();
  }

  @Test
  void meters_areThereInTheFirstScrape() {
    assertThat(shown()).isFalse();
    assertThat(meters.scrape()).contains(NAMES);
  }

  @Test
  void meters_areThereInTheFirstScrapeAsOpenMetrics() {
    assertThat(meters.scrapeOpenMetrics()).contains("jvm_memory_used_bytes{");
  }

  @Test
  void secondLook_addsNothing() {
    meters.scrape();
    int count = meters.registry().getMeters().size();
    meters.scrape();

    assertThat(meters.registry().getMeters()).hasSize(count);
  }

  @Test
  void closed_showsNothingMore() {
    JvmMeters jvm = new JvmMeters(meters.registry());
    jvm.close();
    jvm.show();

    assertThat(shown()).isFalse();
  }
}
