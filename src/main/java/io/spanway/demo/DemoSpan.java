// SPDX-License-Identifier: Apache-2.0
package io.spanway.demo;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A span of the sample data, the only one of its resource.
 *
 * @param traceId 32 lower-case hexadecimal digits
 * @param spanId 16 lower-case hexadecimal digits
 * @param parentId the parent's ID, null for the root
 * @param resource the resource's attributes in order
 * @param attributes the span's own attributes in order
 * @param startNs its start, in nanoseconds since the epoch
 * @param endNs its end
 */
record DemoSpan(
    String traceId,
    String spanId,
    @Nullable String parentId,
    String name,
    Map<String, String> resource,
    List<Attribute> attributes,
    long startNs,
    long endNs) {
  /**
   * An attribute of a span.
   *
   * @param value its value as text
   * @param isInteger whether Tempo holds it as an integer
   */
  record Attribute(String key, String value, boolean isInteger) {}

  String service() {
    return resource.getOrDefault("service.name", "");
  }
}
