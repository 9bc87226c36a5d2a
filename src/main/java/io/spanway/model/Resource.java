// SPDX-License-Identifier: Apache-2.0
package io.spanway.model;

import org.jspecify.annotations.Nullable;

/**
 * What produced a span: OpenTelemetry's resource.
 *
 * @param attributes its attributes
 */
public record Resource(Attributes attributes) {
  private static final String SERVICE_NAME = "service.name";

  /** The value of {@code service.name}, null if it has none. */
  public @Nullable String serviceName() {
    return attributes.labelValue(SERVICE_NAME);
  }
}
