// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import org.jspecify.annotations.Nullable;

/**
 * Micrometer's meters of the JVM and its process. They are there once somebody looks: Java's
 * management, which they ask, is a tenth of a start. Thread-safe.
 */
final class JvmMeters {
  private final MeterRegistry registry;
  private @Nullable JvmGcMetrics gc;
  private boolean closed;

  JvmMeters(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Has them in the registry from now on. */
  synchronized void show() {
    if (gc != null || closed) {
      return;
    }
    JvmGcMetrics collector = new JvmGcMetrics();
    gc = collector;
    collector.bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
  }

  /** Has the JVM tell no more of its collections. */
  synchronized void close() {
    closed = true;
    JvmGcMetrics collector = gc;
    if (collector != null) {
      collector.close();
    }
  }
}
