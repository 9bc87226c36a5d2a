// SPDX-License-Identifier: Apache-2.0
package io.spanway.model;

import org.jspecify.annotations.Nullable;

/**
 * One span of a trace.
 *
 * @param id its ID
 * @param parentId the span that caused it, null for a root
 * @param name its operation
 * @param kind OpenTelemetry's name of its kind ({@code SERVER}, {@code CLIENT}, …), empty when
 *     unspecified
 * @param startNs its start in nanoseconds since the epoch
 * @param endNs its end; before {@code startNs} when a tracer's clock went wrong
 * @param resource what produced it
 * @param attributes its own attributes
 * @param scopeAttributes the attributes of its instrumentation scope
 */
public record Span(
    SpanId id,
    @Nullable SpanId parentId,
    String name,
    String kind,
    long startNs,
    long endNs,
    Resource resource,
    Attributes attributes,
    Attributes scopeAttributes) {

  /** The first label value of {@code key} in resource, span and scope, in that order. */
  public @Nullable String labelValue(String key) {
    String value = resource.attributes().labelValue(key);
    if (value == null) {
      value = attributes.labelValue(key);
    }
    return value == null ? scopeAttributes.labelValue(key) : value;
  }
}
