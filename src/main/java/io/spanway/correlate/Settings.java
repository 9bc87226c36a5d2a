// SPDX-License-Identifier: Apache-2.0
package io.spanway.correlate;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The configuration, checked and with defaults.
 *
 * @param query takes the place of tags and filters; null for none
 */
record Settings(
    List<Tag> tags,
    boolean defaultTags,
    long startShiftNs,
    long endShiftNs,
    @Nullable Boolean filterByTraceId,
    @Nullable Boolean filterBySpanId,
    @Nullable QueryTemplate query,
    List<String> traceFields,
    List<String> spanFields,
    IdLocation location,
    boolean softSpanFilter) {

  Settings {
    tags = List.copyOf(tags);
    traceFields = List.copyOf(traceFields);
    spanFields = List.copyOf(spanFields);
  }
}
